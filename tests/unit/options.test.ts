// What the arguments come to, names, and the few forms of text that are read.
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import { caName, clusterUrl, labelsOf, memberUrl, namesOf, tlsName } from "../../components/etcd-cluster/names";
import { resolve } from "../../components/etcd-cluster/options";
import { parseQuantity } from "../../components/etcd-cluster/validation/quantity";
import {
    isSafeVersion,
    isSupportedVersion,
    versionOfImage,
} from "../../components/etcd-cluster/validation/supported-versions";
import { DEFAULTS } from "../support/argument-cases";

describe("options", () => {
    it("have these defaults", () => {
        assert.deepEqual(resolve({}), DEFAULTS);
    });

    it("form with at most three members, and with no more than there are", () => {
        const sizes = [1, 2, 3, 5, 9].map((replicas) => resolve({ replicas }).initialClusterSize);
        assert.deepEqual(sizes, [1, 2, 3, 3, 3]);
        assert.equal(resolve({ replicas: 5, initialClusterSize: 5 }).initialClusterSize, 5);
        // It stays in the settings after formation, and must not stand in the way of scaling down.
        assert.equal(resolve({ replicas: 3, initialClusterSize: 5 }).initialClusterSize, 3);
    });

    it("have a quota that the volume has room for: twice, beside 512Mi of log, and never more than etcd's own", () => {
        const quota = (storageSize: string) => resolve({ storageSize }).quotaBackendBytes / 2 ** 20;
        const sizes = ["256Mi", "512Mi", "1Gi", "2Gi", "4Gi", "4607Mi", "4608Mi", "5Gi", "1Ti", "8E"];
        assert.deepEqual(sizes.map(quota), [64, 128, 256, 768, 1792, 2047.5, 2048, 2048, 2048, 2048]);
        for (let size = 1024; size <= 8192; size += 7) {
            assert.ok(2 * quota(`${size}Mi`) + 512 <= size, `${size}Mi`);
        }
    });

    it("have the quota that docs/operations.md says they have", () => {
        const text = fs.readFileSync(path.join(__dirname, "../../docs/operations.md"), "utf8");
        const [, table] = /by default \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(text)!;
        const rows = [...table!.matchAll(/^\| (\d+Gi)(?: and more)? \| (\d+[MG]i)\b/gm)];
        assert.equal(rows.length, 4);
        for (const [row, storageSize, quota] of rows) {
            assert.equal(resolve({ storageSize }).quotaBackendBytes, parseQuantity(quota!), row);
        }
    });

    it("take a quota as it is set, in whole bytes", () => {
        const quota = (quotaBackendBytes: string) =>
            resolve({ storageSize: "64Gi", quotaBackendBytes }).quotaBackendBytes;
        const values = ["16Mi", "8Gi", "0.1Gi", "1e9", "33554433"].map(quota);
        assert.deepEqual(values, [2 ** 24, 2 ** 33, 107374182, 1e9, 33554433]);
    });

    it("take version and image from each other", () => {
        assert.equal(resolve({ version: "v3.5.32" }).image, "gcr.io/etcd-development/etcd:v3.5.32");
        assert.equal(resolve({ image: "mirror/etcd:v3.5.40-arm64" }).version, "3.5.40");
        assert.equal(resolve({ image: "mirror/etcd:prod", version: "3.7.2" }).version, "3.7.2");
    });
});

describe("names", () => {
    it("are derived from one, and stay", () => {
        assert.deepEqual(namesOf("etcd"), {
            statefulSet: "etcd",
            headlessService: "etcd",
            clientService: "etcd-client",
            marker: "etcd-formation",
            recoveryRequest: "etcd-recovery",
            serviceAccount: "etcd",
            role: "etcd",
            disruptionBudget: "etcd",
            networkPolicy: "etcd",
            egressPolicy: "etcd-egress",
            rollout: "etcd-rollout",
            rootPasswordSecret: "etcd-root-password",
            ca: "etcd-ca",
            selfSigned: "etcd-self-signed",
            backup: "etcd-backup",
        });
        assert.deepEqual(labelsOf("etcd"), { "k8s-app": "etcd", app: "etcd" });
        assert.equal(memberUrl("http", "e", 4, "n", "d.local"), "http://e-4.e.n.svc.d.local:2379");
        assert.equal(clusterUrl("https", "e", "n", "d.local"), "https://e-client.n.svc.d.local:2379");
    });
});

describe("names of CAs and of their Secrets", () => {
    it("are for the first CA what they were before there could be others", () => {
        assert.equal(caName("etcd", 1), "etcd-ca");
        assert.equal(tlsName("etcd", [1]), "etcd-tls");
    });

    it("are others for each CA, and for each list in each order", () => {
        const lists = [[1], [2], [1, 2], [2, 1], [12], [1, 2, 3], [1, 23], [11], [1, 1]];
        assert.equal(new Set(lists.map((list) => tlsName("etcd", list))).size, lists.length);
        assert.equal(tlsName("etcd", [2, 1]), "etcd-tls-2-1");
        assert.equal(caName("etcd", 12), "etcd-ca-12");
    });
});

describe("quantities", () => {
    it("are read as Kubernetes reads them", () => {
        const values = ["1Gi", "500m", "2e3", "1.5k", "0", "1E", "100"].map(parseQuantity);
        assert.deepEqual(values, [2 ** 30, 0.5, 2000, 1500, 0, 1e18, 100]);
        for (const text of ["", "Gi", "1GB", "1 Gi", "one", "1gi", "--1", "1e"]) {
            assert.equal(parseQuantity(text), undefined, text);
        }
    });
});

describe("versions", () => {
    it("are supported from the patch on that fixed what the scripts rely on", () => {
        for (const version of ["3.4.42", "3.5.32", "3.6.12", "3.7.1", "v3.6.16", "3.6.100"]) {
            assert.ok(isSupportedVersion(version), version);
        }
        for (const version of [
            "3.4.41",
            "3.5.31",
            "3.6.11",
            "3.7.0",
            "3.3.27",
            "3.8.1",
            "4.6.16",
            "3.6",
            "3.6.16-rc.0",
        ]) {
            assert.ok(!isSupportedVersion(version), version);
        }
    });

    it("are safe from the patch on that fixed what etcd's changelogs name, and never in a line that ended before", () => {
        for (const version of ["3.5.33", "3.6.14", "3.7.1", "v3.6.16"]) {
            assert.ok(isSafeVersion(version), version);
        }
        for (const version of ["3.4.42", "3.4.45", "3.4.99", "3.5.32", "3.6.13", "3.7.0", "3.8.0", "latest"]) {
            assert.ok(!isSafeVersion(version), version);
        }
    });

    it("are read from an image's tag", () => {
        assert.equal(versionOfImage("gcr.io/etcd-development/etcd:v3.6.16"), "3.6.16");
        assert.equal(versionOfImage(`localhost:5000/etcd:3.5.40-amd64@sha256:${"0".repeat(64)}`), "3.5.40");
        for (const image of ["etcd", "localhost:5000/etcd", "etcd:latest", `etcd@sha256:${"0".repeat(64)}`]) {
            assert.equal(versionOfImage(image), undefined, image);
        }
    });
});
