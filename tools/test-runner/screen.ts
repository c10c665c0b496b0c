/**
 * One terminal for programs that run side by side. Each writes into a file. What the first one writes is shown as it comes; what the
 * others wrote is shown whole when they end. A line now and then says that they go on.
 */
import * as fs from "fs";

import { duration, say } from "../support/progress";

/** How often what the shown one has written is looked at. */
const LOOK_MS = 200;
/** How often those that are not shown give a sign of life. */
const SIGN_MS = 30_000;
const WIDTH = 100;

interface Job {
    name: string;
    file: string;
    /** Bytes that were shown. */
    shown: number;
    begun: number;
    /** Shown only while there is nothing else. */
    aside: boolean;
}

export class Screen {
    private readonly jobs: Job[] = [];
    private timers: NodeJS.Timeout[] = [];
    private live: Job | undefined;

    /** From now on until `closed`, what comes into that file is a job's; `aside`: it is shown only while there is nothing else. */
    opened(name: string, file: string, aside = false): void {
        this.jobs.push({ name, file, shown: 0, begun: Date.now(), aside });
        if (this.timers.length === 0) {
            this.timers = [setInterval(() => this.look(), LOOK_MS), setInterval(() => this.sign(), SIGN_MS)];
        }
        this.look();
    }

    /** It has ended: shows what was not shown of it yet. */
    closed(name: string): void {
        this.look();
        const job = this.jobs.find((each) => each.name === name)!;
        this.jobs.splice(this.jobs.indexOf(job), 1);
        this.show(job, true);
        if (this.jobs.length === 0) {
            this.timers.forEach(clearInterval);
            this.timers = [];
        }
        this.look();
    }

    private get first(): Job | undefined {
        return this.jobs.find(({ aside }) => !aside) ?? this.jobs[0];
    }

    private look(): void {
        if (this.first) {
            this.show(this.first, false);
        }
    }

    /** Shows the lines that are new, under the job's name when another one's stand above; at its end also what no end of a line follows. */
    private show(job: Job, ended: boolean): void {
        const text = fs.readFileSync(job.file).subarray(job.shown);
        const length = ended ? text.length : text.lastIndexOf("\n") + 1;
        if (length === 0) {
            return;
        }
        if (this.live !== job) {
            say(`\n== ${job.name}${job.shown > 0 ? ", continued" : ""}`);
            this.live = job;
        }
        process.stdout.write(text.subarray(0, length).toString());
        job.shown += length;
    }

    private sign(): void {
        for (const { name, begun, file } of this.jobs.filter((job) => job !== this.first)) {
            say(`  ... ${name}: ${duration(Date.now() - begun)}${lastLine(file)}`);
        }
    }
}

/** What a file ends with, shortened. */
function lastLine(file: string): string {
    const line = fs.readFileSync(file, "utf8").trimEnd().split("\n").pop()!.trim();
    return line && `, ${line.length > WIDTH ? `${line.slice(0, WIDTH)}…` : line}`;
}
