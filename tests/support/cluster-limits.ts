// Limits of a member's control groups, lowered for a while: memory, so that the kernel itself kills, and writes a second to the
// disk. For both versions of control groups, and tried at run time whether they work.
import { spawnSync } from "child_process";
import * as fs from "fs";
import * as path from "path";

import { groupFolders } from "../../tools/local-cluster/cgroups";
import { home } from "./cluster-processes";

const MOUNT = "/sys/fs/cgroup";
const isV2 = () => fs.existsSync(path.join(MOUNT, "cgroup.controllers"));

/** The folder of a process's group in the hierarchy of that controller of version 1, or in the one of version 2. */
function groupOf(pid: number, controller: string): string {
    for (const line of fs.readFileSync(`/proc/${pid}/cgroup`, "utf8").trim().split("\n")) {
        const [, controllers, place] = /^\d+:([^:]*):(.*)$/.exec(line)!;
        if (isV2() ? controllers === "" : controllers!.split(",").includes(controller)) {
            return path.join(MOUNT, isV2() ? "" : controller, place!);
        }
    }
    throw new Error(`process ${pid} is in no group of ${controller}`);
}

/** A group beside those of the daemons and pods, for trying; it goes with the cluster. */
function trialGroup(controller: string): string {
    const [cluster] = groupFolders(home()).filter((folder) => isV2() || folder.startsWith(`${MOUNT}/${controller}/`));
    const folder = path.join(cluster!, "trial");
    fs.mkdirSync(folder, { recursive: true });
    return folder;
}

/** Runs a command line as a member of a group. */
const runIn = (group: string, command: string) =>
    spawnSync("/bin/sh", ["-c", `echo $$ >"$1"/cgroup.procs && ${command}`, "sh", group], { timeout: 60_000 });

const memoryLimit = () => (isV2() ? "memory.max" : "memory.limit_in_bytes");
const memoryUsage = () => (isV2() ? "memory.current" : "memory.usage_in_bytes");

/** How many processes of the group the kernel has killed for want of memory. */
function killsIn(group: string): number {
    const text = fs.readFileSync(path.join(group, isV2() ? "memory.events" : "memory.oom_control"), "utf8");
    return Number(/^oom_kill (\d+)$/m.exec(text)![1]);
}

/** As little memory as the kernel grants without killing at once; version 1 refuses less than what cannot be given up. */
function squeeze(group: string): void {
    for (const bytes of [16 << 20, Number(fs.readFileSync(path.join(group, memoryUsage()), "utf8"))]) {
        try {
            fs.writeFileSync(path.join(group, memoryLimit()), String(bytes));
            return;
        } catch {
            // Busy.
        }
    }
}

/** Takes memory away from a process's group until the kernel has killed that process; `use` makes it ask for more. */
export async function outOfMemory(pid: number, use: () => Promise<unknown>): Promise<void> {
    const group = groupOf(pid, "memory");
    const file = path.join(group, memoryLimit());
    const before = fs.readFileSync(file, "utf8");
    const kills = killsIn(group);
    const end = Date.now() + 120_000;
    try {
        while (fs.existsSync(`/proc/${pid}`)) {
            if (Date.now() > end) {
                throw new Error(`process ${pid} lives, with ${fs.readFileSync(file, "utf8").trim()} bytes of memory`);
            }
            squeeze(group);
            await use();
        }
        if (killsIn(group) === kills) {
            throw new Error(`process ${pid} ended, and it was not the kernel that killed it`);
        }
    } finally {
        if (fs.existsSync(file)) {
            fs.writeFileSync(file, before);
        }
    }
}

/** Why the kernel kills nobody for want of memory here, tried; or undefined. */
export function outOfMemoryUnavailable(): string | undefined {
    const group = trialGroup("memory");
    fs.writeFileSync(path.join(group, memoryLimit()), String(16 << 20));
    const { signal, status } = runIn(group, "exec dd if=/dev/zero of=/dev/null bs=64M count=1");
    return signal === "SIGKILL" ? undefined : `64 MiB were used in a group of 16 MiB (status ${status})`;
}

/** The disk that holds a file, as control groups call it. */
function deviceOf(file: string): string {
    const { dev } = fs.statSync(file);
    return `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`;
}

/** At most so many writes a second of a group to a disk; 0: any number. */
function limitWrites(group: string, device: string, count: number): void {
    if (isV2()) {
        fs.writeFileSync(path.join(group, "io.max"), `${device} wiops=${count || "max"}`);
    } else {
        fs.writeFileSync(path.join(group, "blkio.throttle.write_iops_device"), `${device} ${count}`);
    }
}

/** A process and those beside it in its group write at most so often a second to the disk of `file`, while `work` lasts. */
export async function slowDisk(pid: number, file: string, count: number, work: () => Promise<void>): Promise<void> {
    const group = groupOf(pid, "blkio");
    limitWrites(group, deviceOf(file), count);
    try {
        await work();
    } finally {
        if (fs.existsSync(group)) {
            limitWrites(group, deviceOf(file), 0);
        }
    }
}

/** Why a disk cannot be made slow here, tried; or undefined. */
export function slowDiskUnavailable(): string | undefined {
    const group = trialGroup("blkio");
    const file = path.join(home(), "trial");
    const measure = () => {
        const begin = Date.now();
        runIn(group, `exec dd if=/dev/zero of=${file} bs=4k count=5 oflag=dsync`);
        return Date.now() - begin;
    };
    try {
        const usual = measure();
        limitWrites(group, deviceOf(file), 5);
        const limited = measure();
        limitWrites(group, deviceOf(file), 0);
        return limited > usual + 500
            ? undefined
            : "five synced writes at five a second took no longer than without a limit";
    } catch (error) {
        return (error as Error).message;
    } finally {
        fs.rmSync(file, { force: true });
    }
}
