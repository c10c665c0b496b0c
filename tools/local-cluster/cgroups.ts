/**
 * Control groups of one cluster: one group in every hierarchy, with a part for the daemons and one for the pods of each node.
 * Membership in them is also how everything that belongs to the cluster is found again, whoever was killed.
 */
import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";

const MOUNT = "/sys/fs/cgroup";
const isV2 = (mount = MOUNT) => fs.existsSync(path.join(mount, "cgroup.controllers"));

/** Version 2 beside version 1, without controllers: we join nothing there, but kubelet and the container runtime make groups. */
const UNIFIED = "unified";

/** Name of the cluster's group below each hierarchy; two clusters of the same name in different places are two. */
export function groupOf(home: string): string {
    const place = crypto.createHash("sha256").update(path.resolve(home)).digest("hex").slice(0, 8);
    return `pulumi-etcd-${path.basename(home)}-${place}`;
}

/** Folders of all hierarchies: one with version 2, one for each controller with version 1, and what may be beside those. */
function allHierarchies(mount: string): string[] {
    if (isV2(mount)) {
        return [mount];
    }
    const folders = fs.existsSync(mount) ? fs.readdirSync(mount, { withFileTypes: true }) : [];
    return folders
        .filter((entry) => entry.isDirectory())
        .map((entry) => path.join(mount, entry.name))
        .filter((folder) => fs.existsSync(path.join(folder, "cgroup.procs")));
}

/** Those in which a cluster has its groups. */
const hierarchies = () => allHierarchies(MOUNT).filter((folder) => path.basename(folder) !== UNIFIED);

/** Why there are no usable control groups, or undefined. */
export function cgroupsUnavailable(): string | undefined {
    const [first] = hierarchies();
    if (!first) {
        return `no control groups are mounted at ${MOUNT}.`;
    }
    try {
        fs.accessSync(first, fs.constants.W_OK);
        return undefined;
    } catch {
        return `${MOUNT} cannot be written.`;
    }
}

/** The part of the daemons in one hierarchy. */
const daemonsOf = (hierarchy: string, home: string) => path.join(hierarchy, groupOf(home), "daemons");

/** Argument vector that runs a command as a member of the daemons' groups, from its first instant. */
export function joinGroups(home: string, argv: string[]): string[] {
    const files = hierarchies().map((hierarchy) => path.join(daemonsOf(hierarchy, home), "cgroup.procs"));
    const join = 'while [ "$1" != -- ]; do echo $$ >"$1"; shift; done; shift; exec "$@"';
    return ["/bin/sh", "-c", join, "sh", ...files, "--", ...argv];
}

/** The group of a node's pods, as kubelet names it. Two kubelets in one group would remove each other's pods. */
export const nodeGroupOf = (home: string, node: string) => `/${groupOf(home)}/${node}`;

/** Makes the groups. */
export function makeGroups(home: string, nodes: string[]): void {
    for (const hierarchy of hierarchies()) {
        const group = path.join(hierarchy, groupOf(home));
        const parts = [daemonsOf(hierarchy, home), ...nodes.map((node) => path.join(group, node))];
        fs.mkdirSync(group, { recursive: true });
        if (isV2()) {
            delegate(hierarchy);
            delegate(group);
        }
        parts.forEach((folder) => fs.mkdirSync(folder, { recursive: true }));
        if (path.basename(hierarchy) === "cpuset") {
            [group, ...parts].forEach((folder) => inherit(folder, ["cpuset.cpus", "cpuset.mems"]));
        }
    }
}

/** Version 2: controllers reach a group only when its parent passes them on. */
function delegate(folder: string): void {
    for (const controller of fs.readFileSync(path.join(folder, "cgroup.controllers"), "utf8").trim().split(" ")) {
        tryWrite(path.join(folder, "cgroup.subtree_control"), `+${controller}`);
    }
}

/** Version 1: a cpuset is empty until it is filled. */
function inherit(folder: string, files: string[]): void {
    for (const file of files) {
        fs.writeFileSync(path.join(folder, file), fs.readFileSync(path.join(folder, "..", file)));
    }
}

function tryWrite(file: string, text: string): void {
    try {
        fs.writeFileSync(file, text);
    } catch {
        // A controller that is not there for us is not needed either.
    }
}

/** Process IDs of everything in the cluster's groups: daemons, shims, containers. */
export function groupProcesses(home: string): number[] {
    const pids = new Set<number>();
    for (const folder of groupFolders(home)) {
        try {
            const text = fs.readFileSync(path.join(folder, "cgroup.procs"), "utf8");
            text.split("\n")
                .filter(Boolean)
                .forEach((pid) => pids.add(Number(pid)));
        } catch {
            // Gone meanwhile, or a threaded group, which lists nothing.
        }
    }
    return [...pids];
}

/** Removes the groups; they must be empty of processes. */
export function removeGroups(home: string, mount = MOUNT): void {
    for (const folder of groupFolders(home, mount).reverse()) {
        try {
            fs.rmdirSync(folder);
        } catch {
            // The caller looks whether any is left.
        }
    }
}

/** All folders of the cluster's groups, parents first, whoever made them. */
export function groupFolders(home: string, mount = MOUNT): string[] {
    const below = (folder: string): string[] => {
        if (!fs.existsSync(folder)) {
            return [];
        }
        const children = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
        return [folder, ...children.flatMap((entry) => below(path.join(folder, entry.name)))];
    };
    return allHierarchies(mount).flatMap((hierarchy) => below(path.join(hierarchy, groupOf(home))));
}
