// Volumes of the local test cluster: where they lie, and a small file system of its own in the place of one.
import { spawnSync } from "child_process";
import * as fs from "fs";
import * as path from "path";

import { findSandbox } from "../../tools/local-cluster/sandbox";
import { home } from "./cluster-processes";
import type { EtcdStack } from "./cluster-stack";

/** The folder on this machine that is the volume of a member. */
export async function volumeOf(stack: EtcdStack, ordinal: number): Promise<string> {
    const claim = `datadir-${stack.name}-${ordinal}`;
    const volume = await stack.kubectl("get", "pvc", claim, "-o", "jsonpath={.spec.volumeName}");
    return stack.kubectl("get", "pv", volume, "-o", "jsonpath={.spec.hostPath.path}{.spec.local.path}");
}

/** The folder in which a node has mounted a ConfigMap for a pod. */
export function mountedIn(node: string, uid: string, volume: string): string {
    return path.join(home(), node, "kubelet/pods", uid, "volumes/kubernetes.io~configmap", volume);
}

function sandbox() {
    const found = findSandbox(home());
    if (!found) {
        throw new Error("the local cluster does not run");
    }
    return found;
}

function must(argv: string[]): void {
    const { status, stderr, error } = spawnSync(argv[0]!, argv.slice(1), { encoding: "utf8" });
    if (status !== 0) {
        throw new Error(`${argv.join(" ")}: ${error?.message ?? stderr.trim()}`);
    }
}

/** A small file system in the place of a folder. */
interface SmallDisk {
    /** Where it can be reached from here. */
    folder: string;
    remove(): void;
}

/** Mounts an empty one over a folder, where the nodes see it: containers that start from now on find it there. */
function smallDisk(place: string, megabytes: number): SmallDisk {
    const image = path.join(home(), "small-disk.img");
    const { inside, pid } = sandbox();
    fs.writeFileSync(image, "");
    fs.truncateSync(image, megabytes << 20);
    must(["mkfs.ext4", "-q", "-F", "-m", "0", image]);
    must([...inside, "mount", "-o", "loop", image, place]);
    const folder = path.join(`/proc/${pid}/root`, place);
    // Like every volume here: a member runs as a user of its own.
    fs.chmodSync(folder, 0o777);
    return {
        folder,
        remove: () => {
            must([...inside, "umount", "--lazy", place]);
            fs.rmSync(image);
        },
    };
}

/** Runs `work` with a small empty disk in the place of a folder, which it may reach under the name that it is given. */
export async function onSmallDisk(
    place: string,
    megabytes: number,
    work: (folder: string) => Promise<void>,
): Promise<void> {
    const disk = smallDisk(place, megabytes);
    try {
        await work(disk.folder);
    } finally {
        disk.remove();
    }
}

/** Why there can be no such disk here, tried; or undefined. */
export function smallDiskUnavailable(): string | undefined {
    const place = fs.mkdtempSync(path.join(home(), "trial-"));
    try {
        smallDisk(place, 16).remove();
        return undefined;
    } catch (error) {
        return (error as Error).message;
    } finally {
        fs.rmdirSync(place);
    }
}

/** Fills a disk to its last byte; gives the file that does. */
export function fill(disk: string): string {
    const file = path.join(disk, "ballast");
    spawnSync("dd", ["if=/dev/zero", `of=${file}`, "bs=64k"]);
    spawnSync("dd", ["if=/dev/zero", `of=${file}`, "bs=512", "oflag=append", "conv=notrunc"]);
    const { bavail } = fs.statfsSync(disk);
    if (bavail > 0) {
        throw new Error(`${bavail} blocks of ${disk} are still free`);
    }
    return file;
}
