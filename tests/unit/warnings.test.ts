// What is allowed and probably not meant; silence about everything else.
import assert from "assert";

import type { EtcdClusterArgs } from "../../components";
import { validated } from "../../components/etcd-cluster/validation/validate";
import * as warnings from "../../components/etcd-cluster/validation/warnings";

const warningsOf = (args: EtcdClusterArgs) => warnings.warningsOf(validated(args), args);

describe("warnings", () => {
    it("are not given for the defaults, nor for what is usual", () => {
        const quiet: EtcdClusterArgs[] = [
            {},
            { storageSize: "1Gi" },
            { replicas: 1 },
            { replicas: 1, affinity: "hard" },
            { replicas: 5, affinity: "soft" },
            { replicas: 5, initialClusterSize: 2 },
            { storageSize: "4Gi", replicas: 9 },
            { storageSize: "2Gi" },
            { storageSize: "1Ti" },
            { quotaBackendBytes: "256Mi" },
            { storageSize: "5Gi", quotaBackendBytes: "2Gi" },
            { storageSize: "17Gi", quotaBackendBytes: "8Gi" },
            { clientServiceType: "NodePort", nodePort: 30000, externalHost: "node.example" },
            { clientServiceType: "LoadBalancer", tls: "off", loadBalancerSourceRanges: ["10.0.0.0/8"] },
            { clientServiceType: "LoadBalancer", tls: "off", loadBalancerClass: "inside" },
            { clientServiceType: "LoadBalancer", tls: "off", serviceAnnotations: { "a.io/scheme": "internal" } },
            { podSecurity: "platform", pod: { securityContext: { runAsUser: 7 } } },
            { clientServiceType: "NodePort", tls: "off" },
            { clientServiceType: "NodePort", tls: "secret", tlsSecret: "mine" },
        ];
        quiet.forEach((args) => assert.deepEqual(warningsOf(args), [], JSON.stringify(args)));
    });

    it("are given for an even number of members, with what it survives", () => {
        for (const replicas of [2, 4, 6, 8]) {
            const [warning, ...others] = warningsOf({ replicas });
            assert.match(
                warning!,
                new RegExp(`^replicas is ${replicas}: .* the loss of ${replicas / 2 - 1}, as ${replicas - 1}`),
            );
            assert.deepEqual(others, []);
        }
    });

    it("are given for a node of its own for each member, with how many that are", () => {
        assert.match(warningsOf({ affinity: "hard", replicas: 5 }).join(), /^affinity is hard: 5 members need 5 nodes/);
        assert.equal(warningsOf({ affinity: "hard", replicas: 4 }).length, 2);
    });

    it("are given for a volume that may be full before etcd stops writes", () => {
        for (const storageSize of ["256Mi", "512Mi", "1G", "1023Mi"]) {
            const [warning, ...others] = warningsOf({ storageSize });
            assert.match(warning!, new RegExp(`^storageSize is ${storageSize}: .* the member`));
            assert.deepEqual(others, []);
        }
        assert.equal(warningsOf({ storageSize: "1000Mi", replicas: 2 }).length, 2);
    });

    it("are given for a quota that needs a larger volume, with that and with the most that this one bears", () => {
        const [warning, ...others] = warningsOf({ quotaBackendBytes: "257Mi" });
        assert.match(
            warning!,
            /^quotaBackendBytes is 257Mi: .* a volume of 1026Mi, and storageSize is 1Gi, .* At most 256Mi/,
        );
        assert.deepEqual(others, []);
        assert.match(warningsOf({ quotaBackendBytes: "2Gi", storageSize: "4Gi" }).join(), /At most 1792Mi/);
        assert.match(warningsOf({ quotaBackendBytes: "200Mi", storageSize: "512Mi" }).join(), /^quotaBackendBytes is/);
        // What it advises is not what it objects to: then it is the volume that is too small for any.
        for (const quotaBackendBytes of ["128Mi", "64Mi"]) {
            assert.match(warningsOf({ quotaBackendBytes, storageSize: "512Mi" }).join(), /^storageSize is 512Mi/);
        }
    });

    it("are given for a quota above what etcd advises", () => {
        const warnings = warningsOf({ quotaBackendBytes: "8193Mi", storageSize: "64Gi" });
        assert.equal(warnings.length, 1);
        assert.match(warnings[0]!, /^quotaBackendBytes is 8193Mi: etcd advises 8Gi/);
        assert.equal(warningsOf({ quotaBackendBytes: "10Gi", storageSize: "11Gi" }).length, 2);
    });

    it("are given for clients from outside, to whose address no certificate is made out", () => {
        for (const tls of ["generated", "cert-manager"] as const) {
            for (const clientServiceType of ["NodePort", "LoadBalancer"] as const) {
                const warnings = warningsOf({ tls, clientServiceType });
                assert.match(warnings.join(), new RegExp(`^clientServiceType is ${clientServiceType} `));
            }
        }
    });

    it("are given for a balancer that takes connections from everywhere", () => {
        const everybody: EtcdClusterArgs[] = [
            {},
            { loadBalancerSourceRanges: ["0.0.0.0/0"] },
            { serviceAnnotations: { "a.io/internal": "false" } },
            { serviceAnnotations: { "a.io/scheme": "internet-facing" } },
        ];
        for (const more of everybody) {
            const warnings = warningsOf({ clientServiceType: "LoadBalancer", externalHost: "a.example", ...more });
            assert.match(warnings.join(), /^clientServiceType is LoadBalancer, without loadBalancerSourceRanges/);
        }
    });

    it("are given for pods to which the platform must give a user", () => {
        assert.match(warningsOf({ podSecurity: "platform" }).join(), /^podSecurity is platform: /);
    });
});
