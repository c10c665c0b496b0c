// What a person has to read: the objects of a cluster show themselves, and not the scripts that they run.
import assert from "assert";

import { readScripts } from "../../components/etcd-cluster/manifests/scripts";
import type { EtcdStack } from "./cluster-stack";

/** Every kind of which the program, or a controller on its behalf, makes one. */
const KINDS = "all,configmap,secret,controllerrevision,pvc,pdb,networkpolicy,role,rolebinding,serviceaccount,event";

interface Listed {
    kind: string;
    metadata: { name: string };
}

/**
 * Bounds for what is shown of three members, and of the stack that made them. Two init containers, nine volumes and their mounts are
 * most of what is left; the scripts, which were 2,000 lines of each pod, are in one object. Errors: an AssertionError that says what is larger.
 */
export async function assertReadable(stack: EtcdStack): Promise<void> {
    const pod = `${stack.name}-0`;
    const described = (await stack.kubectl("describe", "pod", pod)).split("\n");
    const conditions = described.findIndex((line) => line.startsWith("Conditions:"));
    assert.ok(conditions > 0 && conditions <= 130, `kubectl describe pod has its conditions on line ${conditions}`);
    const events = described.findIndex((line) => line.startsWith("Events:"));
    assert.ok(events > 0 && events <= 185, `kubectl describe pod has its events on line ${events}`);
    // As the API server keeps and sends it; kubectl indents it.
    const bytes = JSON.stringify(JSON.parse(await stack.kubectl("get", "pod", pod, "-o", "json"))).length;
    assert.ok(bytes <= 20_000, `a pod is ${bytes} bytes of JSON`);

    const { items } = JSON.parse(await stack.kubectl("get", KINDS, "-o", "json")) as { items: Listed[] };
    for (const [file, script] of Object.entries(readScripts())) {
        // As it is in JSON; the first line is the same in all of them.
        const begin = JSON.stringify(script.split("\n").slice(1).join("\n").slice(0, 100)).slice(1, -1);
        const holders = items.filter((item) => JSON.stringify(item).includes(begin));
        assert.deepEqual(
            holders.map(({ kind, metadata }) => [kind, metadata.name.startsWith(`${stack.name}-scripts-`)]),
            [["ConfigMap", true]],
            file,
        );
    }
    // As it is stored; `pulumi stack export` indents it. It has each ConfigMap three times: as given, as it is, and as it was last applied.
    const state = JSON.stringify(JSON.parse(await stack.exported())).length;
    const scripts = 3 * JSON.stringify(readScripts()).length;
    assert.ok(state - scripts <= 200_000, `the stack's state is ${state} bytes, the scripts' part of it ${scripts}`);
    console.log(
        `      conditions on line ${conditions}, events on line ${events}, a pod ${bytes} bytes, the state ${state} bytes`,
    );
}
