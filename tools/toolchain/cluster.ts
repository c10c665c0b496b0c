/** All programs that a local Kubernetes is made of. */
import { resolveTools } from "./index";
import { systemTools } from "./packages";

const SYSTEM = ["containerd", "ctr", "containerd-shim-runc-v2", "runc", "bridge", "busybox", "catatonit"];
const NETWORK = ["nft", "iptables", "conntrack", "ip", "nsenter"];

/** Absolute paths by name. */
export async function clusterTools(): Promise<Record<string, string>> {
    return {
        ...(await systemTools([...SYSTEM, ...NETWORK])),
        ...(await resolveTools(["etcd", "etcdctl", "etcdutl", "kubernetes", "coredns", "local-path-provisioner"])),
    };
}
