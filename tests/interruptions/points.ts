/** The points of a run: read from what shim.sh noted, and the one kill at one of them. */
import * as fs from "fs";
import * as path from "path";

import type { Cluster } from "../support/scripts-cluster";
import type { FakePod } from "../support/scripts-pod";
import { waitFor } from "../support/scripts-wait";

/** What makes the scripts of a cluster note their points: see shim.sh. */
export const SHELL = ["/toolbox/sh", "/points/shim.sh"];

/** Seconds after a scenario's end in which its points still count; as long as the scripts pause between two rounds. */
const AFTERWARDS = 5;
const SHIM = path.join(__dirname, "shim.sh");

export class Points {
    private readonly folder: string;

    /** Of a cluster that was made with {@link SHELL} and whose pods have not begun yet. */
    constructor(private readonly cluster: Cluster) {
        this.folder = path.join(cluster.folder, "points");
        fs.mkdirSync(this.folder, { recursive: true });
        fs.copyFileSync(SHIM, path.join(this.folder, "shim.sh"));
        this.forget();
    }

    /** From now on the run is another one. */
    forget(): void {
        fs.writeFileSync(this.file("log"), "");
        fs.rmSync(this.file("claimed"), { recursive: true, force: true });
        this.disarm();
    }

    /** The points that these ordinals passed since then, each once, in the order in which they were first passed. */
    passed(ordinals: number[]): string[] {
        const names = new Set(this.names(ordinals));
        const lines = fs.readFileSync(this.file("log"), "utf8").trim().split("\n");
        const points = lines.map((line) => line.split("\t")).filter(([pod]) => names.has(pod!));
        return [...new Set(points.map(([, point]) => point!))];
    }

    /** Does the work; whichever of the ordinals comes to the point first is killed there. Returns it, or nothing if none came. */
    async strike(point: string, ordinals: number[], work: () => Promise<unknown>): Promise<FakePod | undefined> {
        this.names(ordinals).forEach((name) => fs.writeFileSync(this.file(`armed-${name}`), `${point}\n`));
        let struck: FakePod | undefined;
        const watch = setInterval(() => {
            const name = this.claimedBy();
            // A container that has only just begun is killed as soon as its process 1 is known; until then it stands still.
            if (name && !struck) {
                struck = this.cluster.pods.find((pod) => pod.name === name && pod.crash());
            }
        }, 2);
        try {
            await work();
            // Healthy is not yet at rest: the last points come a moment later.
            await waitFor("the last points", () => struck, { limit: AFTERWARDS, interval: 20 }).catch(() => undefined);
        } finally {
            clearInterval(watch);
            this.disarm();
        }
        return struck;
    }

    /** The clock of the scripts jumps ahead; that of etcd does not. */
    advance(seconds: number): void {
        const ahead = Number(fs.existsSync(this.file("clock")) && fs.readFileSync(this.file("clock"), "utf8"));
        fs.writeFileSync(this.file("clock"), `${ahead + seconds}\n`);
    }

    /** Of pods that may not be there yet. */
    private names(ordinals: number[]): string[] {
        return ordinals.map((ordinal) => `${this.cluster.set}-${ordinal}`);
    }

    private claimedBy(): string {
        const file = this.file("claimed/pod");
        return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : "";
    }

    private disarm(): void {
        for (const name of fs.readdirSync(this.folder).filter((each) => each.startsWith("armed-"))) {
            fs.rmSync(this.file(name));
        }
    }

    private file(name: string): string {
        return path.join(this.folder, name);
    }
}
