/** Which revision of the template each pod is of, and that it has what belongs to it: settings, mounts, and above all its scripts. */
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import { CHECKOUT } from "../../tools/support/paths";
import { mountedIn } from "../support/cluster-disks";
import { waitFor } from "../support/scripts-wait";
import { podOf } from "./pods";
import type { World } from "./world";

interface Template {
    spec: { containers: unknown; volumes: { name: string; configMap?: { name: string } }[] };
}
type Pod = Template & { metadata: { name: string; labels: Record<string, string> } };
type Revision = { metadata: { name: string }; data: { spec: { template: Template } } };
type ConfigMap = { metadata: { name: string }; data: Record<string, string> };

/** The ConfigMap with the scripts of a pod or a template. */
const scriptsOf = ({ spec: { volumes } }: Template) => volumes.find(({ name }) => name === "scripts")!.configMap!.name;

/** What of a pod comes from its revision: its scripts, and what its containers are. */
const essence = (template: Template) => {
    const [{ image, command, env, resources, volumeMounts }] = template.spec.containers as [Record<string, unknown>];
    const mounts = (volumeMounts as { name: string }[]).filter(({ name }) => !name.startsWith("kube-api-access"));
    // A request that the template leaves open is filled in for the pod, from its limit.
    const { requests, limits } = resources as Record<string, Record<string, string>>;
    return JSON.stringify([scriptsOf(template), image, command, env, requests!.cpu, limits, mounts]);
};

export class Revisions {
    /** Scripts by revision, as they were when a pod of it was seen first. */
    private readonly scripts = new Map<string, Record<string, string>>();

    constructor(private readonly world: World) {}

    /**
     * Every member's pod is what its revision says, and the scripts that the revision names are there and are what they always were.
     * Gives the revisions, by ordinal.
     */
    async look(): Promise<string[]> {
        const pods = await this.list<Pod>("pods");
        const revisions = await this.list<Revision>("controllerrevisions");
        const configMaps = await this.list<ConfigMap>("configmaps");
        return pods.map((pod) => {
            const name = pod.metadata.labels["controller-revision-hash"]!;
            const { template } = revisions.find(({ metadata }) => metadata.name === name)!.data.spec;
            assert.equal(essence(pod), essence(template), `${pod.metadata.name} is not of revision ${name}`);
            const scripts = configMaps.find(({ metadata }) => metadata.name === scriptsOf(template));
            const whose = `the scripts of revision ${name}, which ${pod.metadata.name} is of`;
            assert.ok(scripts, `${whose}, are gone: ${scriptsOf(template)}`);
            const first = this.scripts.get(name) ?? scripts.data;
            this.scripts.set(name, first);
            const changed = Object.keys(first).filter((key) => first[key] !== scripts.data[key]);
            assert.deepEqual(changed, [], `${whose}, have changed under it in ${scriptsOf(template)}`);
            return name;
        });
    }

    /** Waits until `condition` holds of the revisions; what is not right meanwhile is an error at once. */
    async until(what: string, condition: (revisions: string[]) => Promise<boolean>): Promise<string[]> {
        const look = async () => {
            const revisions = await this.look();
            return (await condition(revisions)) ? revisions : undefined;
        };
        const wrong = (error: unknown) => {
            if (error instanceof assert.AssertionError) {
                return error;
            }
            throw error;
        };
        const seen = await waitFor(what, () => look().catch(wrong), { limit: 300, interval: 200 });
        if (seen instanceof Error) {
            throw seen;
        }
        return seen;
    }

    /**
     * Waits for a pod to run, and compares the scripts that lie in it with those of its revision. As its node has mounted them: a command
     * in the pod may meet a container of the one before, which is called the same.
     */
    async runsItsOwn(ordinal: number): Promise<void> {
        const { stack } = this.world;
        const { name, uid } = await waitFor(
            `pod ${ordinal} to run`,
            async () => {
                const pod = await podOf(this.world, ordinal);
                return pod.containerId === "" ? undefined : pod;
            },
            { limit: 120 },
        );
        await this.look();
        const label = "jsonpath={.metadata.uid} {.metadata.labels.controller-revision-hash}";
        const [now, revision] = (await stack.kubectl("get", "pod", name, "-o", label)).split(" ");
        assert.equal(now, uid, `${name} was replaced meanwhile`);
        const { node } = await podOf(this.world, ordinal);
        const there = fs.readFileSync(path.join(mountedIn(node, uid, "scripts"), "lib/common.sh"), "utf8");
        const shipped = this.scripts.get(revision!)!["lib.common.sh"]!;
        assert.equal(there, shipped, `${name} runs other scripts than those of its revision ${revision}`);
    }

    private async list<T>(kind: string): Promise<T[]> {
        const { stack } = this.world;
        const text = await stack.kubectl("get", kind, "-l", `app=etcd,k8s-app=${stack.name}`, "-o", "json");
        return (JSON.parse(text) as { items: T[] }).items;
    }
}

let programs = 0;

/** A program that is this checkout's but for its scripts: one of them has another comment, or what `edit` makes of it. */
export function otherScripts(script = "lib/common.sh", edit = (text: string) => `${text}# ${programs}\n`): string {
    const folder = path.join(process.env.TEST_WORK!, `program-${++programs}`);
    const parts = ["components", "stacks", "index.ts", "package.json", "Pulumi.yaml"];
    for (const part of [...parts, "tsconfig.json", "tsconfig.pulumi.json"]) {
        fs.cpSync(path.join(CHECKOUT, part), path.join(folder, part), { recursive: true });
    }
    fs.symlinkSync(path.join(CHECKOUT, "node_modules"), path.join(folder, "node_modules"));
    const file = path.join(folder, "components/etcd-cluster/scripts", script);
    const text = fs.readFileSync(file, "utf8");
    assert.notEqual(edit(text), text, `${script} is what it was`);
    fs.writeFileSync(file, edit(text));
    return folder;
}
