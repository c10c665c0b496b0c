// Whatever somebody writes: either one error that lists what is wrong, or objects. tests/scripts/objects.test.ts asks a real API
// server what it thinks of those.
import assert from "assert";

import * as pulumi from "@pulumi/pulumi";
import * as fc from "fast-check";

import type { EtcdClusterArgs } from "../../components";
import { memberAccess, rolloutAccess } from "../../components/etcd-cluster/manifests/access";
import { caCertificate, caIssuer, memberCertificate } from "../../components/etcd-cluster/manifests/cert-manager";
import { disruptionBudget } from "../../components/etcd-cluster/manifests/disruption-budget";
import { marker } from "../../components/etcd-cluster/manifests/marker";
import { egressPolicy, networkPolicy } from "../../components/etcd-cluster/manifests/network-policy";
import { rollout } from "../../components/etcd-cluster/manifests/rollout";
import { readScripts } from "../../components/etcd-cluster/manifests/scripts";
import { clientService, headlessService } from "../../components/etcd-cluster/manifests/services";
import { podTemplate, statefulSet } from "../../components/etcd-cluster/manifests/stateful-set";
import { resolve } from "../../components/etcd-cluster/options";
import { KEYS } from "../../components/etcd-cluster/settings";
import { validated } from "../../components/etcd-cluster/validation/validate";
import { warningsOf } from "../../components/etcd-cluster/validation/warnings";
import { arbitraryArgs, SEED } from "../support/arbitrary-args";

const RUNS = 1000;
const scripts = readScripts();

/** How many problems the one error lists, or nothing when the arguments are accepted. */
function refusalOf(args: EtcdClusterArgs): number | undefined {
    try {
        validated(args);
        return undefined;
    } catch (error) {
        assert.ok(pulumi.RunError.isInstance(error), `not an error for users: ${String(error)}`);
        const [head, ...lines] = error.message.split("\n");
        assert.equal(lines.pop(), "Nothing was changed.");
        assert.ok(lines.every((line) => /^ {2}.+ is .+; allowed: ./.test(line)));
        assert.match(head!, new RegExp(`has ${lines.length} problems?:$`));
        return lines.length;
    }
}

/** Builds every object; the Secrets do not depend on the arguments beyond the names. */
function build(args: EtcdClusterArgs): unknown[] {
    const options = resolve(args);
    const template = podTemplate(options, scripts, "token");
    const pure = [statefulSet(options, template), marker(options), disruptionBudget(options)];
    const more = [
        headlessService(options),
        networkPolicy(options),
        egressPolicy(options),
        clientService(options),
        memberAccess(options),
        rolloutAccess(options),
    ];
    const issued = options.tls === "cert-manager" ? [caCertificate, caIssuer, memberCertificate] : [];
    return [
        ...issued.map((make) => make(options)),
        ...pure,
        ...more,
        rollout(options, scripts, "token", { generation: 1 }),
        warningsOf(options, args),
    ];
}

describe("arbitrary arguments", () => {
    it("are refused by one error that lists everything, or make objects", function () {
        this.timeout(120_000);
        const seen = new Set<string>();
        let accepted = 0;
        const property = fc.property(arbitraryArgs, (args) => {
            if (refusalOf(args) === undefined) {
                accepted++;
                Object.keys(args).forEach((key) => seen.add(key));
                assert.ok(build(args).every((object) => object !== undefined));
            }
        });
        fc.assert(property, { seed: SEED, numRuns: RUNS });
        console.log(`      ${accepted} accepted, ${RUNS - accepted} refused`);
        // A generator that makes nothing but nonsense, or nothing but sense, would prove little.
        assert.ok(accepted >= 0.3 * RUNS && accepted <= 0.9 * RUNS, `${accepted} of ${RUNS} were accepted`);
        assert.deepEqual([...seen].sort(), [...KEYS].sort());
    });
});
