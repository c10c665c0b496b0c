// What is refused, and what is no change at all.
import assert from "assert";

import type * as pulumi from "@pulumi/pulumi";

import {
    frozenByTls,
    frozenInputs,
    refusals,
    refuseFrozenChanges,
    refuseProblems,
    rotates,
} from "../../components/etcd-cluster/changes/immutable";
import { resolve } from "../../components/etcd-cluster/options";

const FROZEN = {
    name: "etcd",
    namespace: "default",
    storageSize: "1Gi",
    storageClass: "fast",
    storageSelector: { a: "1", b: "2" },
    rootPassword: "before-7d1",
    initialClusterToken: "token",
    tls: "secret",
    tlsSecret: "certificates",
    tlsIssuer: "ClusterIssuer/ca",
    clusterDomain: "cluster.local",
};

describe("frozen inputs", () => {
    it("that stay the same are fine, in any order of labels", () => {
        assert.deepEqual(refusals(FROZEN, { ...FROZEN, storageSelector: { b: "2", a: "1" } }), []);
        assert.deepEqual(refusals({}, { storageClass: undefined }), []);
        assert.deepEqual(refusals(FROZEN, { ...FROZEN, replicas: 5 }), []);
    });

    for (const key of Object.keys(FROZEN)) {
        it(`refuse a change of ${key}, to another value, from and to the default`, () => {
            const other = key === "storageSelector" ? { a: "1" } : "other";
            const rest = { ...FROZEN, [key]: undefined };
            for (const [before, after] of [
                [FROZEN, { ...FROZEN, [key]: other }],
                [rest, FROZEN],
                [FROZEN, rest],
            ]) {
                const refused = refusals(before!, after!);
                assert.equal(refused.length, 1);
                assert.match(refused[0]!, new RegExp(`^  ${key} cannot be changed`));
                assert.match(refused[0]!, /: .+\.$/);
            }
        });
    }

    it("name both values, but for a secret", () => {
        assert.match(refusals(FROZEN, { ...FROZEN, storageSize: "2Gi" })[0]!, /from "1Gi" to "2Gi"/);
        assert.match(refusals(FROZEN, { ...FROZEN, storageClass: undefined })[0]!, /from "fast" to the default/);
        assert.doesNotMatch(refusals(FROZEN, { ...FROZEN, rootPassword: "after-7d1" })[0]!, /7d1/);
    });

    it("are noted for every stack as they are for those that there are: another one would be a change", () => {
        const always = {
            name: "infra-etcd-cluster",
            namespace: "default",
            storageSize: "1Gi",
            storageClass: undefined,
            storageSelector: {},
            rootPassword: undefined,
            previousRootPassword: undefined,
            rootPasswordSecret: undefined,
            initialClusterToken: undefined,
            version: "3.6.16",
            marker: "without data of Pulumi",
        };
        const tls = { tls: "generated", tlsSecret: undefined, tlsIssuer: undefined, clusterDomain: "cluster.local" };
        assert.deepEqual(frozenInputs({}, resolve({})), { ...always, ...tls });
        assert.deepEqual(frozenInputs({}, resolve({ tls: "off" })), always);
    });

    it("have TLS among them where there is any, and then the domain that certificates are made out to", () => {
        assert.deepEqual(frozenByTls(resolve({ tls: "off", clusterDomain: "k8s" })), {});
        const [off, on] = [{}, frozenByTls(resolve({ clusterDomain: "k8s" }))];
        assert.deepEqual(on, { tls: "generated", tlsSecret: undefined, tlsIssuer: undefined, clusterDomain: "k8s" });
        assert.deepEqual(frozenByTls(resolve({ tlsCaGenerations: [1] })), frozenByTls(resolve({})));
        assert.deepEqual(frozenByTls(resolve({ tlsCaGenerations: [1, 2] })).tlsCaGenerations, [1, 2]);
        const [turnedOn, ...more] = refusals(off, on);
        assert.match(turnedOn!, /tls cannot be changed from "off" to "generated": .*Set tls to what it was \(off/);
        assert.deepEqual(more, [], "what is only noted with TLS was not changed by anybody");
        assert.match(refusals(on, off)[0]!, /tls cannot be changed from "generated" to "off"/);
        const issued = frozenByTls(resolve({ tls: "cert-manager", tlsIssuer: "ca", clusterDomain: "k8s" }));
        assert.match(refusals(on, issued)[0]!, /tls cannot be changed from "generated" to "cert-manager"/);
        assert.match(refusals(on, { ...on, clusterDomain: "other" }).join(), /^ {2}clusterDomain cannot be changed/);
        assert.deepEqual(refusals(issued, { ...issued, tlsIssuer: "Issuer/ca" }), [], "the same in other words");
        const other = { ...issued, tlsIssuer: "ClusterIssuer/ca" };
        assert.match(
            refusals(issued, other).join(),
            /^ {2}tlsIssuer cannot be changed from "ca" to "ClusterIssuer\/ca"/,
        );
    });

    it("let the password go on to another, when the one that etcd has is given along", () => {
        const before = { rootPassword: "a" };
        assert.ok(rotates(before, { rootPassword: "b", previousRootPassword: "a" }, "a"));
        assert.ok(rotates({}, { rootPassword: "b", previousRootPassword: "generated" }, "generated"));
        assert.ok(rotates(before, { previousRootPassword: "a" }, "a"), "to a generated one");
        assert.ok(rotates(before, { rootPassword: "b", previousRootPassword: "a" }, undefined), "after a failed up");
        assert.ok(!rotates(before, { rootPassword: "b" }, "a"));
        assert.ok(!rotates(before, { rootPassword: "b", previousRootPassword: "c" }, "a"));
        assert.ok(!rotates(before, { rootPassword: "b", previousRootPassword: "b" }, "a"));
        assert.ok(!rotates({}, { rootPassword: "b" }, undefined), "nothing is known and nothing given");
    });

    it("are all named at once", () => {
        assert.equal(refusals(FROZEN, { tls: FROZEN.tls }).length, Object.keys(FROZEN).length - 1);
    });
});

describe("the hook", () => {
    const { callback, opts } = refuseFrozenChanges("etcd");
    const told = (old: object, wanted: object, outputs: object) =>
        callback({ oldInputs: old, newInputs: wanted, oldOutputs: outputs } as unknown as pulumi.ResourceHookArgs);

    it("runs at preview as well", () => {
        assert.equal(opts?.onDryRun, true);
    });

    it("refuses, all at once, what cannot be changed", async () => {
        const old = { name: "a", version: "3.6.16", tls: "generated" };
        const wanted = { name: "b", version: "3.4.42", tls: "generated", tlsCaGenerations: [2] };
        await assert.rejects(
            async () => told(old, wanted, { version: "3.6.16" }),
            /nothing was changed:\n {2}name cannot .*\n {2}version cannot .*\n {2}tlsCaGenerations cannot be changed from \[1\] to \[2\]/,
        );
        await told(old, old, { version: "3.6.16" });
        // Whoever has mistyped what cannot be changed would have no way on.
        const typo = { tls: "cert-manager", tlsIssuer: "compnay" };
        const mended = { ...typo, tlsIssuer: "company" };
        await assert.rejects(
            async () => told(typo, mended, {}),
            /tlsIssuer cannot .*\n.*If none ever has[^]*\n {4}pulumi destroy\n/,
        );
        await assert.rejects(async () => told(typo, mended, { version: "3.6.16" }), /data\.$/);
    });

    it("of what is known only later refuses what is wrong with it, when the component is made and when it is changed", async () => {
        const later = refuseProblems("etcd");
        assert.equal(later.opts?.onDryRun, true);
        const inputs = (problems?: unknown) =>
            ({ newInputs: { name: "a", problems } }) as unknown as pulumi.ResourceHookArgs;
        await later.callback(inputs());
        await assert.rejects(async () => later.callback(inputs("namespace is bad")), /^Error: namespace is bad$/);
    });

    it("lets CAs be exchanged step by step, the next when the one before has ended well", async () => {
        const tls = { version: "3.6.16", tls: "generated" };
        const steps = [tls, ...[[1, 2], [2, 1], [2]].map((tlsCaGenerations) => ({ ...tls, tlsCaGenerations }))];
        for (const [n, step] of steps.slice(1).entries()) {
            await told(steps[n]!, step, { version: "3.6.16" });
        }
        // A failed `up` leaves no outputs.
        await assert.rejects(async () => told(steps[1]!, steps[2]!, {}), /the last pulumi up did not end well/);
        await told(steps[1]!, steps[1]!, {});
    });
});
