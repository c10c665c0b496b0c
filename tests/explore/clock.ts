/** The scripts' time: quicker than ours, so that their minutes pass in seconds, and off by steps where a sequence wants that. */
import * as fs from "fs";
import * as path from "path";

/** Seconds of the scripts in one of ours. What `sleep` and etcd take is not changed by it. */
export const SPEED = 3;

const SHIM = path.join(__dirname, "shim.sh");

/** What makes the scripts of a cluster live by it. */
export const SHELL = ["/toolbox/sh", "/points/shim.sh"];
export const CLOCK_ENVIRONMENT = { UPTIME: "/points/uptime" };

export class Clock {
    private readonly began = Date.now();
    private readonly timer: NodeJS.Timeout;

    /** `folder`: what the pods see as /points. */
    constructor(private readonly folder: string) {
        fs.mkdirSync(folder, { recursive: true });
        fs.copyFileSync(SHIM, path.join(folder, "shim.sh"));
        this.write();
        this.timer = setInterval(() => this.write(), 100);
    }

    /** The clock of one pod is set forward, or back. */
    step(pod: string, seconds: number): void {
        const file = path.join(this.folder, `step-${pod}`);
        const before = fs.existsSync(file) ? Number(fs.readFileSync(file, "utf8")) : 0;
        fs.writeFileSync(file, `${before + seconds}\n`);
    }

    stop(): void {
        clearInterval(this.timer);
    }

    private write(): void {
        const passed = Math.floor(((Date.now() - this.began) / 1000) * SPEED);
        this.replace("now", `${Math.floor(this.began / 1000) + passed}\n`);
        this.replace("uptime", `${1000 + passed}.00 0.00\n`);
    }

    private replace(name: string, content: string): void {
        fs.writeFileSync(path.join(this.folder, `${name}.tmp`), content);
        fs.renameSync(path.join(this.folder, `${name}.tmp`), path.join(this.folder, name));
    }
}
