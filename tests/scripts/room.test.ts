// The set-aside copy of old data is kept while there is room for it, on a volume of a size that a test can fill.
import assert from "assert";
import { execFileSync } from "child_process";
import * as fs from "fs";

import { Cluster } from "../support/scripts-cluster";
import { sleep } from "../support/scripts-wait";

/** etcd itself takes a third of it for its WAL before anything is written. */
const MEGABYTES = 400;
const FILLER = 180;

describe("a copy of old data", () => {
    it("is deleted when the volume fills up, and not before", async () => {
        await Cluster.with({ replicas: 1 }, async (cluster) => {
            const pod = cluster.pod(0);
            const volume = pod.path("data");
            fs.mkdirSync(volume, { recursive: true });
            execFileSync("busybox", ["mount", "-t", "tmpfs", "-o", `size=${MEGABYTES}m`, "volume", volume]);
            /** The first look after a start; the next one is a minute later. */
            const looked = () => cluster.waitFor("a look at the volume", () => pod.file("state/last-keep-room"));
            try {
                fs.mkdirSync(pod.path("data/set-aside"));
                await pod.create();
                await looked();
                await sleep(1000);
                assert.ok(fs.existsSync(pod.path("data/set-aside")), pod.said);
                fs.writeFileSync(pod.path("data/filler"), Buffer.alloc(FILLER << 20));
                await pod.kill9();
                await pod.start();
                await cluster.waitFor("the copy to be gone", () => !fs.existsSync(pod.path("data/set-aside")));
                assert.match(pod.said, /the volume is \d+% full: deleting the set-aside copy/);
                await cluster.allReady();
            } finally {
                await pod.vanish();
                execFileSync("busybox", ["umount", volume]);
            }
        });
    });
});
