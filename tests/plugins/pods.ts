// Pods without nodes: their scheduler does not exist, so no kubelet ever starts them, and the tests say through the
// status sub-resource when they are ready. That makes every stage of a rollout last as long as a test needs it.
import { setTimeout as sleep } from "node:timers/promises";
import { kubectl } from "./namespace";

export const NO_SCHEDULER = "none-for-plugin-tests";

const READY = JSON.stringify({
    status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
});

/** What a kubelet would say of a pod whose only container has ended; `lastWords` is its termination message. */
function ended(exitCode: number, lastWords?: string): string {
    const terminated = { exitCode, reason: exitCode === 0 ? "Completed" : "Error", message: lastWords };
    const container = { name: "main", image: "none", imageID: "", ready: false, restartCount: 0 };
    const phase = exitCode === 0 ? "Succeeded" : "Failed";
    const conditions = [{ type: "Ready", status: "False", reason: `Pod${exitCode === 0 ? "Completed" : "Failed"}` }];
    return JSON.stringify({
        status: { phase, conditions, containerStatuses: [{ ...container, state: { terminated } }] },
    });
}

async function unready(): Promise<string[]> {
    const template = '{range .items[?(@.status.phase=="Pending")]}{.metadata.name}{"\\n"}{end}';
    return (await kubectl("get", "pods", "-o", `jsonpath=${template}`)).split("\n").filter(Boolean);
}

/** Marks up to `count` pods ready, then no more. */
export async function makeReady(count: number): Promise<void> {
    for (let left = count; left > 0; await sleep(200)) {
        for (const pod of (await unready()).slice(0, left)) {
            await kubectl("patch", "pod", pod, "--subresource=status", "-p", READY);
            left--;
        }
    }
}

/** Ends the next pod that appears. */
export async function endNext(exitCode: number, lastWords?: string): Promise<void> {
    for (;;) {
        const [pod] = await unready();
        if (pod) {
            await kubectl("patch", "pod", pod, "--subresource=status", "-p", ended(exitCode, lastWords));
            return;
        }
        await sleep(200);
    }
}

/** Marks every pod ready as it appears, until the work is done. */
export async function whileReady<T>(work: Promise<T>): Promise<T> {
    let working = true;
    const keepReady = async (): Promise<void> => {
        while (working) {
            for (const pod of await unready()) {
                await kubectl("patch", "pod", pod, "--subresource=status", "-p", READY).catch(() => undefined);
            }
            await sleep(200);
        }
    };
    const helper = keepReady();
    try {
        return await work;
    } finally {
        working = false;
        await helper;
    }
}
