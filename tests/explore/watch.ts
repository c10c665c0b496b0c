/** Looks at the disks every moment, as nobody in the cluster can, and notes what changes there. */
import * as fs from "fs";
import * as path from "path";

import type { FakePod } from "../support/scripts-pod";
import type { DiskSeen, History } from "./history";

const INTERVAL = 250;

interface Look extends DiskSeen {
    /** Which folder the data is in. */
    inode: number;
    /** How often we ourselves have changed the disk. */
    touched: number;
}

export class Watch {
    private readonly last = new Map<number, Look>();
    private readonly touches = new Map<number, number>();
    private readonly timer = setInterval(() => this.look(), INTERVAL);

    constructor(
        private readonly history: History,
        private readonly pods: () => FakePod[],
    ) {}

    /** What is found on that disk from now on was put there by us. */
    touched(ordinal: number): void {
        this.touches.set(ordinal, (this.touches.get(ordinal) ?? 0) + 1);
    }

    stop(): void {
        clearInterval(this.timer);
        this.look();
    }

    private look(): void {
        this.pods().forEach((pod, ordinal) => {
            const seen = this.lookAt(pod, ordinal);
            const before = this.last.get(ordinal);
            this.last.set(ordinal, seen);
            const { inode, touched, ...disk } = seen;
            if (!before || before.member !== seen.member || before.wal !== seen.wal || before.life !== seen.life) {
                this.history.disks.push(disk);
            }
            if (before?.wal && before.inode !== inode && before.touched === touched) {
                this.history.setAsides.push({ at: seen.at, pod: ordinal, member: before.member });
            }
        });
    }

    private lookAt(pod: FakePod, ordinal: number): Look {
        const data = pod.path("data/default.etcd");
        const wal = path.join(data, "member/wal");
        const touched = this.touches.get(ordinal) ?? 0;
        const about = { at: Date.now(), pod: ordinal, touched };
        try {
            const logs = fs.existsSync(wal) ? fs.readdirSync(wal) : [];
            return {
                ...about,
                wal: logs.some((name) => name.endsWith(".wal")),
                inode: fs.existsSync(data) ? fs.statSync(data).ino : 0,
                member: pod.file("data/member-id"),
                life: pod.file("data/life"),
            };
        } catch {
            // It changes at this moment; the next look sees what it became.
            const before = this.last.get(ordinal);
            return { ...(before ?? { inode: 0, member: "", wal: false, life: "" }), ...about };
        }
    }
}
