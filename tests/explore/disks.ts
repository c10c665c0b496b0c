/** The volumes: each a file system in memory of its own, so that it can fill up, become read-only, and be put back to what it was. */
import { execFile } from "child_process";
import * as fs from "fs";
import * as path from "path";
import { promisify } from "util";

import type { FakePod } from "../support/scripts-pod";

const run = promisify(execFile);

const SIZE = "1200m";

/** What may be wrong with a volume. `readonly` and `unreadable` begin while no container has it. */
export type Defect = "full" | "unwritable" | "readonly" | "unreadable";
export const DEFECTS: readonly Defect[] = ["full", "unwritable", "readonly", "unreadable"];

export class Disk {
    readonly defects = new Set<Defect>();

    constructor(private readonly pod: FakePod) {}

    get folder(): string {
        return this.pod.path("data");
    }

    async attach(): Promise<void> {
        fs.mkdirSync(this.folder, { recursive: true });
        await run("mount", ["-t", "tmpfs", "-o", `size=${SIZE},mode=0755`, "volume", this.folder]);
    }

    async detach(): Promise<void> {
        await run("umount", ["--lazy", this.folder]);
    }

    async spoil(defect: Defect): Promise<void> {
        this.defects.add(defect);
        switch (defect) {
            case "full":
                await this.remount(`size=${(await this.usedKilobytes()) + 64}k`);
                return;
            case "unwritable":
                fs.chmodSync(this.folder, 0o555);
                return;
            case "readonly":
                await this.remount("ro");
                // The file system, and not this mount of it alone: what a container mounts of it stays writable once it is mended.
                await this.remount("bind,rw");
                return;
            case "unreadable":
                this.mode(0o000);
        }
    }

    async mend(): Promise<void> {
        for (const defect of this.defects) {
            if (defect === "full") {
                await this.remount(`size=${SIZE}`);
            } else if (defect === "readonly") {
                await this.remount("rw");
            }
        }
        fs.chmodSync(this.folder, 0o755);
        this.mode(0o700);
        this.defects.clear();
    }

    wipe(): void {
        this.pod.wipeData();
    }

    /** What lies there now becomes the copy. */
    async copy(): Promise<void> {
        await run("rm", ["-rf", this.kept]);
        await run("cp", ["-a", this.folder, this.kept]);
    }

    get hasCopy(): boolean {
        return fs.existsSync(this.kept);
    }

    async putBack(): Promise<void> {
        this.wipe();
        await run("cp", ["-a", `${this.kept}/.`, this.folder]);
    }

    private get kept(): string {
        return this.pod.path("copy");
    }

    private mode(mode: number): void {
        const wal = path.join(this.folder, "default.etcd/member/wal");
        if (fs.existsSync(wal)) {
            fs.chmodSync(wal, mode);
        }
    }

    private async usedKilobytes(): Promise<number> {
        const { stdout } = await run("df", ["-k", "--output=used", this.folder]);
        return Number(stdout.trim().split("\n").at(-1));
    }

    private async remount(options: string): Promise<void> {
        await run("mount", ["-o", `remount,${options}`, this.folder]);
    }
}
