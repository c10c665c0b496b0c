// What etcdctl.sh tells etcdctl by environment and what it leaves to its caller; the real one is asked in etcdctl.test.ts.
import assert from "assert";

import { Shell } from "../support/scripts-functions";

/** Prints its login, endpoints, certificates, and arguments. */
const ETCDCTL = `#!/bin/sh
env | grep '^ETCDCTL_' | sed 's/^ETCDCTL_//' | sort | tr '\\n' ' '
echo "$@"`;
/** Instead of the real one. */
const GIVEN = 'chmod +x "$DATA_ROOT/etcdctl"\nPATH="$DATA_ROOT:$PATH"';

describe("etcdctl for people", () => {
    const TLS = { TLS_DIR: "/tls" };
    const runs = (args: string, env: Record<string, string> = {}) =>
        new Shell(["etcdctl"])
            .with(env)
            .has("data/etcdctl", ETCDCTL)
            .has("secrets/root-password/password", "secret")
            .run(`${GIVEN}\nmain ${args}`)
            .out.join("|");
    const LOCAL = "DIAL_TIMEOUT=10s ENDPOINTS=http://127.0.0.1:2379";
    const ROOT = "PASSWORD=secret USER=root";

    it("is root at the pod's own etcd", () => {
        assert.equal(runs("member list"), `${LOCAL} ${ROOT} member list`);
        const [files, own] = ["CACERT=/tls/ca.crt CERT=/tls/tls.crt", "ENDPOINTS=http://127.0.0.1:2378"];
        assert.equal(runs("get 'a b'", TLS), `${files} DIAL_TIMEOUT=10s ${own} KEY=/tls/tls.key ${ROOT} get a b`);
    });

    it("leaves to its caller what that says itself", () => {
        for (const flag of ["--endpoints=x", "--endpoints x"]) {
            assert.equal(runs(`${flag} get`), `DIAL_TIMEOUT=10s ${ROOT} ${flag} get`);
        }
        assert.equal(runs("get --user=app"), `${LOCAL} get --user=app`);
        assert.equal(runs("get --password=p"), `${LOCAL} USER=root get --password=p`);
        assert.equal(runs("get --username"), `${LOCAL} ${ROOT} get --username`, "another option");
        assert.equal(runs("put -- --user x"), `${LOCAL} ${ROOT} put -- --user x`, "a key");
        const own = "--cacert=a --cert b --key=c --dial-timeout=1s get";
        assert.equal(runs(own, TLS), `ENDPOINTS=http://127.0.0.1:2378 ${ROOT} ${own}`);
    });

    it("has the password before, as long as only that opens etcd", () => {
        const logsIn = (error: string, previous = "secrets/root-password/previous") =>
            new Shell(["etcdctl"])
                .has("data/etcdctl", `#!/bin/sh\necho "$ETCDCTL_PASSWORD $*"\necho '${error}' >&2`)
                .has("secrets/root-password/password", "secret")
                .has(previous, "earlier")
                .run(`${GIVEN}\nmain put key`)
                .out.join();
        assert.equal(logsIn(""), "secret put key");
        assert.equal(logsIn("Error: etcdserver: authentication failed, invalid user"), "earlier put key");
        const none = logsIn("Error: etcdserver: authentication failed, invalid user", "secrets/elsewhere");
        assert.equal(none, "secret put key", "where there is none, etcdctl itself says what is wrong");
        assert.equal(logsIn("Error: context deadline exceeded"), "secret put key");
    });
});
