// What validation accepts, a real API server accepts as well: by a dry run of every object that the program makes, and of the
// pods and claims that controllers will make of them, where Pod Security level restricted is enforced.
import assert from "assert";

import * as fc from "fast-check";

import type { EtcdClusterArgs } from "../../components";
import { problemsOf } from "../../components/etcd-cluster/validation/validate";
import { plausibleArgs, SEED } from "../support/arbitrary-args";
import { madeByControllers, registeredObjects } from "../support/registered-objects";
import { environment } from "../support/scripts-environment";

const RUNS = 40;

describe("what the program makes", () => {
    const made = new Set<string>();

    const listOf = (items: object[]) => JSON.stringify({ apiVersion: "v1", kind: "List", items });

    /** A namespace, and the accounts without which the API server takes no pod; the only things that are really made. */
    async function prepare(objects: Record<string, never>[], namespace: string): Promise<void> {
        const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
        const needed = [
            { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } },
            ...objects.filter(({ kind }) => kind === "ServiceAccount"),
        ].filter((object) => !made.has(JSON.stringify(object)));
        if (needed.length > 0) {
            await environment().api.kubectl(["apply", "--server-side", "-f", "-"], listOf(needed));
            needed.forEach((object) => made.add(JSON.stringify(object)));
        }
    }

    /** Throws what the API server says to any of them; a warning counts, as of a pod that Pod Security would refuse. */
    async function dryRun(args: EtcdClusterArgs): Promise<string[]> {
        const registered = (await registeredObjects(args)) as Record<string, never>[];
        // This API server has no definitions of custom resources; tests/cluster/cert-manager.test.ts asks one that has.
        const objects = registered.filter(({ apiVersion }) => !String(apiVersion).startsWith("cert-manager.io/"));
        await prepare(objects, (args.namespace as string | undefined) ?? "default");
        const all = [...objects, ...madeByControllers(objects)];
        const apply = ["apply", "--server-side", "--dry-run=server", "--force-conflicts", "-o", "name", "-f", "-"];
        return (await environment().api.kubectl(apply, listOf(all))).trim().split("\n");
    }

    it("is accepted by a real API server, of all kinds, by default", async () => {
        const names = await dryRun({});
        const kinds = [...new Set(names.map((name) => name.split("/")[0]!))].sort();
        assert.deepEqual(kinds, [
            "configmap",
            "job.batch",
            "networkpolicy.networking.k8s.io",
            "persistentvolumeclaim",
            "pod",
            "poddisruptionbudget.policy",
            "role.rbac.authorization.k8s.io",
            "rolebinding.rbac.authorization.k8s.io",
            "secret",
            "service",
            "serviceaccount",
            "statefulset.apps",
        ]);
        assert.equal(names.filter((name) => name.startsWith("pod/")).length, 2);
    });

    it("is accepted with backups, into a bucket and onto a volume, and so are the pods that make them", async () => {
        const s3 = { bucket: "backups", secret: "keys", endpoint: "https://s3.example.org" };
        for (const destination of [{ s3 }, { volume: "backups" }]) {
            const names = await dryRun({
                backup: { schedule: "*/5 * * * *", timeZone: "Europe/Berlin", ...destination },
            });
            assert.ok(names.includes("cronjob.batch/infra-etcd-cluster-backup"), names.join());
            assert.ok(names.includes("pod/infra-etcd-cluster-backup-0-x"), names.join());
        }
    });

    it("is accepted where a range of limits wants a request and a limit of every container, also of Jobs and before the start", async () => {
        const namespace = "limited";
        const backup = { schedule: "0 * * * *", volume: "backups" };
        const range = {
            apiVersion: "v1",
            kind: "LimitRange",
            metadata: { name: "strict", namespace },
            // Fills in nothing, as any other kind of limit does for a container that has none.
            spec: { limits: [{ type: "Container", maxLimitRequestRatio: { cpu: "100", memory: "8" } }] },
        };
        await prepare([], namespace);
        await environment().api.kubectl(["apply", "-f", "-"], JSON.stringify(range));
        const limits = { limits: { cpu: "1" } };
        // A CPU limit is the user's to set, for members and for what helps them.
        const refused = /cpu max limit to request ratio per Container is 100, but no limit is specified/;
        await assert.rejects(dryRun({ namespace, backup, resources: limits }), refused);
        await assert.rejects(dryRun({ namespace, backup, helperResources: limits }), refused);
        const names = await dryRun({ namespace, backup, resources: limits, helperResources: limits });
        const pods = names.filter((name) => name.startsWith("pod/"));
        assert.equal(pods.length, 3, names.join());
    });

    it("is accepted by a real API server for arbitrary arguments that validation accepts", async () => {
        let refused = 0;
        let accepted = 0;
        const property = fc.asyncProperty(plausibleArgs, async (args) => {
            if (problemsOf(args).length > 0) {
                refused++;
            } else {
                await dryRun(args);
                accepted++;
            }
        });
        await fc.assert(property, { seed: SEED, numRuns: RUNS });
        console.log(`      ${accepted} accepted, ${refused} refused by validation`);
        assert.ok(accepted >= 0.3 * RUNS);
    });
});
