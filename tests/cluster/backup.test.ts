// A backup by a real CronJob, as a user asks for one: it is proven, no member notices, and nothing is left of the setting when it goes.
import assert from "assert";

import { changed } from "../support/cluster-stack";
import { kubectlWith } from "../support/cluster-kubectl";
import { waitFor } from "../support/scripts-wait";
import { onSharedStack } from "../support/shared-stack";

const CLAIM = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "backups" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "256Mi" } } },
};

interface Status {
    name: string;
    state?: { terminated?: { exitCode: number; message?: string } };
}

describe("backups", () => {
    it("by kubectl create job, onto a volume: restored, compared, and proven, and no member is touched", async () => {
        await onSharedStack(async (stack, view) => {
            const pods = await view.pods();
            await kubectlWith(JSON.stringify(CLAIM), "--namespace", stack.namespace, "apply", "-f", "-");
            // Once a year: the test asks for it.
            await stack.configure({ backup: { schedule: "0 0 1 1 *", volume: "backups" } });
            const outcome = await stack.upped();
            // The CronJob, its account and its scripts; the policy of the network lets its pods in.
            assert.deepEqual([changed(outcome).create, changed(outcome).update], [3, 1], outcome.text);

            const kubectl = (...args: string[]) => stack.kubectl(...args);
            await kubectl("create", "job", "now", `--from=cronjob/${stack.name}-backup`);
            const said = await waitFor(
                "the backup",
                async () => {
                    const json = await kubectl("get", "pods", "--selector=job-name=now", "-o", "json");
                    const [pod] = (JSON.parse(json) as { items: { status: Record<string, Status[]> }[] }).items;
                    const all = [
                        ...(pod?.status.initContainerStatuses ?? []),
                        ...(pod?.status.containerStatuses ?? []),
                    ];
                    const failed = all.find(({ state }) => state?.terminated && state.terminated.exitCode !== 0);
                    const done = all.find(({ name }) => name === "publish")?.state?.terminated;
                    return failed ? `${failed.name}: ${failed.state!.terminated!.message}` : done?.message;
                },
                { limit: 240, interval: 1000 },
            );
            const id = BigInt(await view.clusterId()).toString(16);
            assert.match(
                said,
                new RegExp(`^proven: /backup/${stack.name}/${id}/[0-9]{8}T[0-9]{6}Z-[0-9]+-[0-9a-f-]{36}[.]db`),
            );
            const log = await kubectl("logs", "job/now", "--all-containers");
            assert.match(log, /proven: revision \d+, hash \d+; 3 of 3 members/);
            assert.ok(!log.includes(String((await stack.outputs()).rootPassword)));
            assert.deepEqual(await view.pods(), pods);

            await kubectl("delete", "job", "now");
            await stack.unset("backup");
            const gone = await stack.upped();
            assert.deepEqual([changed(gone).delete, changed(gone).update], [3, 1], gone.text);
            await kubectl("delete", "pvc", "backups");
            assert.deepEqual(await view.pods(), pods);
        });
    });
});
