/**
 * How each program is recognised on PATH and built from published Go modules. The module proxy and its checksum database
 * vouch for what is built: a pinned version is always the same source.
 */
import * as path from "path";

import { CHECKOUT } from "../support/paths";
import { hashOfSource } from "./checkout";
import {
    COREDNS,
    ETCD,
    KUBE_NETWORK_POLICIES,
    KUBERNETES,
    LEAST_PULUMI,
    LOCAL_PATH_PROVISIONER,
    OTHER_ETCDS,
    PULUMI,
    RCLONE,
    VERSITYGW,
} from "./pins";

export interface Recipe {
    /** Version to build; of our own programs, a hash of their source. */
    version: string;
    /** Programs that one build makes, by the package of each. */
    programs: Record<string, string>;
    /** Arguments that print the version of a program found on PATH; absent: PATH is not searched. */
    ask?: string[];
    /** Whether what it printed will do. */
    fits?: (printed: string) => boolean;
    /** Modules to require; versions of their dependencies follow from them. */
    modules: string[];
    /** Values for the linker's -X. */
    values?: Record<string, string>;
    /** Folder of the checkout that is the source; it is built where it lies, with the go.sum that is committed beside it. */
    source?: string;
    /** The source tree must be unpacked and its local replacements undone. */
    unpack?: boolean;
}

/** Whether version a is at least b, as numbers. */
export function atLeast(a: string, b: string): boolean {
    const [x, y] = [a, b].map((text) => text.split(".").map(Number));
    const differs = x!.findIndex((part, index) => part !== y![index]);
    return differs < 0 || x![differs]! > y![differs]!;
}

const says = (version: string) => (printed: string) =>
    new RegExp(`(^|[^0-9.])v?${version.replace(/\./g, "\\.")}([^0-9.]|$)`, "m").test(printed);

const JUDGE = path.join(CHECKOUT, "tests/faults/judge");
/** Its own main package takes in seventy kinds of stores, and minutes to build; ours has the parts that backups use. */
const RCLONE_SOURCE = path.join(__dirname, "rclone");
const COMPONENT = "k8s.io/component-base/version";
const [KUBE_MAJOR, KUBE_MINOR] = KUBERNETES.split(".");

export const RECIPES: Record<string, Recipe> = {
    pulumi: {
        version: PULUMI,
        programs: { pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
        ask: ["version"],
        fits: (printed) => atLeast(/v(\d+\.\d+\.\d+)/.exec(printed)?.[1] ?? "0.0.0", LEAST_PULUMI),
        modules: [`github.com/pulumi/pulumi/pkg/v3/cmd/pulumi@v${PULUMI}`],
        values: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${PULUMI}` },
    },
    etcd: {
        version: ETCD,
        programs: { etcd: "go.etcd.io/etcd/server/v3" },
        ask: ["--version"],
        fits: says(ETCD),
        modules: [`go.etcd.io/etcd/server/v3@v${ETCD}`],
    },
    etcdctl: {
        version: ETCD,
        programs: { etcdctl: "go.etcd.io/etcd/etcdctl/v3" },
        ask: ["version"],
        fits: says(ETCD),
        modules: [`go.etcd.io/etcd/etcdctl/v3@v${ETCD}`],
    },
    etcdutl: {
        version: ETCD,
        programs: { etcdutl: "go.etcd.io/etcd/etcdutl/v3" },
        ask: ["version"],
        fits: says(ETCD),
        modules: [`go.etcd.io/etcd/etcdutl/v3@v${ETCD}`],
    },
    kubernetes: {
        version: KUBERNETES,
        programs: Object.fromEntries(
            ["kubectl", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"].map(
                (name) => [name, `./cmd/${name}`],
            ),
        ),
        ask: ["--version"],
        fits: says(KUBERNETES),
        modules: [`k8s.io/kubernetes@v${KUBERNETES}`],
        unpack: true,
        values: {
            [`${COMPONENT}.gitVersion`]: `v${KUBERNETES}`,
            [`${COMPONENT}.gitMajor`]: KUBE_MAJOR!,
            [`${COMPONENT}.gitMinor`]: KUBE_MINOR!,
        },
    },
    coredns: {
        version: COREDNS,
        programs: { coredns: "github.com/coredns/coredns" },
        ask: ["-version"],
        fits: says(COREDNS),
        modules: [`github.com/coredns/coredns@v${COREDNS}`],
    },
    rclone: {
        get version() {
            return `${RCLONE}-${hashOfSource(RCLONE_SOURCE)}`;
        },
        programs: { rclone: "rclone" },
        ask: ["version"],
        fits: says(RCLONE),
        source: RCLONE_SOURCE,
        modules: [],
        values: { "github.com/rclone/rclone/fs.Version": `v${RCLONE}` },
    },
    // Built from its module it says no version.
    versitygw: {
        version: VERSITYGW,
        programs: { versitygw: "github.com/versity/versitygw/cmd/versitygw" },
        modules: [`github.com/versity/versitygw/cmd/versitygw@v${VERSITYGW}`],
    },
    // It prints no usable version, so one on PATH cannot be told apart.
    "local-path-provisioner": {
        version: LOCAL_PATH_PROVISIONER,
        programs: { "local-path-provisioner": "github.com/rancher/local-path-provisioner" },
        modules: [`github.com/rancher/local-path-provisioner@v${LOCAL_PATH_PROVISIONER}`],
    },
    // Likewise.
    "kube-network-policies": {
        version: KUBE_NETWORK_POLICIES,
        programs: { "kube-network-policies": "sigs.k8s.io/kube-network-policies/cmd" },
        modules: [`sigs.k8s.io/kube-network-policies/cmd@v${KUBE_NETWORK_POLICIES}`],
    },
    judge: {
        get version() {
            return hashOfSource(JUDGE);
        },
        programs: { judge: "judge" },
        source: JUDGE,
        modules: [],
    },
};

/** etcd in versions beside the toolchain's own, each program with its version in its name. All of 3.4 is one module. */
for (const [version, moduleVersion] of Object.entries(OTHER_ETCDS)) {
    const packages = version.startsWith("3.4.")
        ? { etcd: "go.etcd.io/etcd", etcdctl: "go.etcd.io/etcd/etcdctl" }
        : {
              etcd: "go.etcd.io/etcd/server/v3",
              etcdctl: "go.etcd.io/etcd/etcdctl/v3",
              etcdutl: "go.etcd.io/etcd/etcdutl/v3",
          };
    RECIPES[otherEtcd(version)] = {
        version,
        programs: Object.fromEntries(
            Object.entries(packages).map(([program, each]) => [`${program}-${version}`, each]),
        ),
        modules: Object.values(packages).map((each) => `${each}@${moduleVersion}`),
    };
}

/** The recipe of another minor's programs. */
export function otherEtcd(version: string): string {
    return `etcd-of-${version.split(".").slice(0, 2).join(".")}`;
}

/** kubectl has a subcommand where its siblings have a flag. */
export function askFor(recipe: Recipe, program: string): string[] | undefined {
    return program === "kubectl" ? ["version", "--client"] : recipe.ask;
}
