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

/** Bounds for what is shown of three members, and of the stack that made them. Errors: an AssertionError that says what is larger. */
export async function assertReadable(stack: EtcdStack): Promise<void> {
    const pod = `${stack.name}-0`;
    const described = await stack.kubectl("describe", "pod", pod);
    const lines = described.split("\n").length;
    assert.ok(lines <= 130, `kubectl describe pod prints ${lines} lines`);
    const bytes = (await stack.kubectl("get", "pod", pod, "-o", "json")).length;
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
    const state = (await stack.exported()).length;
    assert.ok(state <= 400_000, `the stack's state is ${state} bytes`);
    console.log(`      describe pod ${lines} lines, a pod ${bytes} bytes, the state ${state} bytes`);
}
