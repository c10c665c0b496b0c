// What must hold as soon as the first `pulumi up` has ended, whatever the cluster is like.
import assert from "assert";

import { EtcdView } from "./cluster-etcd";
import type { EtcdStack, Outcome } from "./cluster-stack";
import { put } from "./scripts-client";

/** `up`, and then: one cluster, all of it voters with the same data, auth on at every URL, nobody restarted. */
export async function firstUp(
    stack: EtcdStack,
    replicas: number,
    scheme = "https:",
): Promise<Outcome & { view: EtcdView }> {
    const outcome = await stack.upped();
    const view = await EtcdView.of(stack);
    // `pulumi up` has waited for them.
    await view.complete(replicas);
    await view.clusterId();
    await view.sameData();
    assert.equal(view.endpoints.length, replicas);
    const urls = [view.endpoint, ...view.endpoints];
    assert.ok(
        urls.every((url) => url.startsWith(scheme)),
        urls.join(),
    );
    assert.deepEqual(
        (await view.pods()).map(({ restarts }) => restarts),
        Array.from({ length: replicas }, () => 0),
    );
    for (const url of urls) {
        await assert.rejects(put(url, "a", "b"), /user name is empty/);
    }
    return { ...outcome, view };
}
