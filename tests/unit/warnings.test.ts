// What is allowed and probably not meant; silence about everything else.
import assert from "assert";

import type { EtcdClusterArgs } from "../../components";
import { warningsOf } from "../../components/etcd-cluster/warnings";

describe("warnings", () => {
    it("are not given for the defaults, nor for what is usual", () => {
        const quiet: EtcdClusterArgs[] = [
            {},
            { storageSize: "1Gi" },
            { replicas: 1 },
            { replicas: 5, initialClusterSize: 2 },
            { storageSize: "4Gi", replicas: 9 },
            { clientServiceType: "NodePort", nodePort: 30000, externalHost: "node.example" },
            { clientServiceType: "NodePort", tls: "off" },
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

    it("are given for a chosen volume that is full before etcd's quota is reached", () => {
        for (const storageSize of ["512Mi", "1.5Gi", "2Gi", "2147483648"]) {
            assert.match(warningsOf({ storageSize }).join(), /^storageSize is .*quota of 2 GiB/);
        }
        assert.equal(warningsOf({ storageSize: "1500Mi", replicas: 2 }).length, 2);
    });

    it("are given for clients from outside, to whose address no certificate is made out", () => {
        for (const clientServiceType of ["NodePort", "LoadBalancer"] as const) {
            assert.match(
                warningsOf({ clientServiceType }).join(),
                new RegExp(`^clientServiceType is ${clientServiceType} `),
            );
        }
    });
});
