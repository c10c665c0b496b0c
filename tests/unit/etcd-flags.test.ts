// Which flags of etcd may be set in which version, how they reach it, and which contradict each other.
import assert from "assert";

import type { EtcdClusterArgs } from "../../components";
import { etcdContainer } from "../../components/etcd-cluster/manifests/containers";
import { resolve } from "../../components/etcd-cluster/options";
import { problemsOf } from "../../components/etcd-cluster/validation/validate";

const said = (etcdFlags: Record<string, string>, more: EtcdClusterArgs = {}) =>
    problemsOf({ ...more, etcdFlags }).map(({ key, allowed }) => `${key}: ${allowed}`);

describe("flags of etcd", () => {
    it("reach it by its environment, and it alone", () => {
        const flags = { "snapshot-count": "5000", "election-timeout": "5000", "heartbeat-interval": "500" };
        const { env } = etcdContainer(resolve({ etcdFlags: flags }), "token") as {
            env: { name: string; value: string }[];
        };
        assert.deepEqual(env.slice(-3), [
            { name: "ETCD_ELECTION_TIMEOUT", value: "5000" },
            { name: "ETCD_HEARTBEAT_INTERVAL", value: "500" },
            { name: "ETCD_SNAPSHOT_COUNT", value: "5000" },
        ]);
    });

    it("are those of the version, and one that has another name there is refused with that", () => {
        const check = { "corrupt-check-time": "1h" };
        assert.deepEqual(said(check), []);
        assert.deepEqual(said(check, { version: "3.7.3" }), []);
        const renamed = "etcdFlags.corrupt-check-time: experimental-corrupt-check-time: so etcd 3.5 calls it";
        assert.deepEqual(said(check, { version: "3.5.40" }), [renamed]);
        assert.deepEqual(said({ "experimental-corrupt-check-time": "1h" }, { version: "3.5.40" }), []);
        assert.match(
            said({ "experimental-corrupt-check-time": "1h" }, { version: "3.7.3" }).join(),
            / corrupt-check-time: so/,
        );
        assert.match(
            said({ "raft-read-timeout": "10s" }, { version: "3.4.45" }).join(),
            /only 3\.5, 3\.6, 3\.7 have it/,
        );
        const gated = { "experimental-initial-corrupt-check": "true" };
        assert.deepEqual(said(gated), []);
        assert.match(said(gated, { version: "3.7.3" }).join(), /not set with etcd 3\.7.*feature-gates/);
    });

    it("are refused by name where they are the program's or the scripts'", () => {
        for (const [flag, why] of Object.entries({
            "data-dir": /scripts/,
            "initial-cluster-state": /scripts/,
            "force-new-cluster": /recoverFrom/,
            "quota-backend-bytes": /quotaBackendBytes/,
            "auto-compaction-mode": /autoCompaction/,
            "peer-trusted-ca-file": /tls/,
            "auth-token-ttl": /jwtKeyGeneration/,
            "max-learners": /learner/,
            "unsafe-no-fsync": /lost/,
        })) {
            const [sentence, ...more] = said({ [flag]: "1" });
            assert.match(sentence!, new RegExp(`^etcdFlags\\.${flag}: not set: `));
            assert.match(sentence!, why);
            assert.deepEqual(more, []);
        }
        assert.deepEqual(said({ heartbeat: "100" }), [
            "etcdFlags.heartbeat: a flag of etcd, as its documentation names it",
        ]);
    });

    it("are refused where they contradict each other, as etcd itself would do at its start", () => {
        assert.deepEqual(said({ "heartbeat-interval": "200" }), []);
        assert.match(
            said({ "heartbeat-interval": "201" }).join(),
            /heartbeat-interval: election-timeout \(1000\) at least five/,
        );
        assert.match(said({ "election-timeout": "400" }).join(), /^etcdFlags\.election-timeout: .* five times/);
        assert.deepEqual(said({ "election-timeout": "2500", "heartbeat-interval": "500" }), []);
        const suites = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
        assert.deepEqual(said({ "cipher-suites": suites }), []);
        assert.match(
            said({ "cipher-suites": suites, "tls-min-version": "TLS1.3" }).join(),
            /^etcdFlags\.cipher-suites/,
        );
        assert.match(said({ "tls-min-version": "TLS1.2" }, { tls: "off" }).join(), /with tls other than off/);
        const both = { "corrupt-check-time": "1h", "experimental-corrupt-check-time": "1h" };
        assert.match(said(both).join(), /^etcdFlags\.experimental-corrupt-check-time/);
        const twice = { "experimental-initial-corrupt-check": "true", "feature-gates": "InitialCorruptCheck=true" };
        assert.match(said(twice).join(), /^etcdFlags\.experimental-initial-corrupt-check/);
    });
});
