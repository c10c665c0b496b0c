/** Flags of etcd itself. */
import { isFlags } from "../validation/etcd-flags";
import { RESTARTS, type Settings } from "./setting";

export const ETCD = {
    etcdFlags: {
        kind: "object",
        check: isFlags,
        allowed: "a map of names of etcd's flags, without dashes before them, to texts",
        defaultText: "etcd's own",
        option: ({ etcdFlags = {} }) => etcdFlags,
        description:
            "[Flags of etcd](docs/clusters.md#flags-of-etcd) by name, such as `heartbeat-interval` (`pulumi config set --path 'etcdFlags[\"heartbeat-interval\"]' 500`); those that the program owns are refused",
        change: RESTARTS,
    },
} satisfies Partial<Settings>;
