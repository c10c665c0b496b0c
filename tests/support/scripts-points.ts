// Stopping a pod at a known point of its script, rather than by luck: the moment a file appears that the script keeps.
import type { FakePod } from "./scripts-pod";
import { waitFor } from "./scripts-wait";
import * as fs from "fs";

/** Kills the pod (SIGKILL to process 1) as soon as that file of it exists. */
export async function killWhen(pod: FakePod, file: string, limit = 60): Promise<void> {
    await waitFor(`${pod.name} to have ${file}`, () => fs.existsSync(pod.path(file)), {
        limit,
        interval: 1,
        report: () => pod.log,
    });
    await pod.kill9();
}

/** Whether etcd runs in that pod. */
export function etcdRuns(pod: FakePod): boolean {
    return pod.etcd !== undefined;
}
