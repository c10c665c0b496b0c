// What etcdctl.sh tells etcdctl by environment and what it leaves to its caller; the real one is asked in etcdctl.test.ts.
import assert from "assert";

import { Shell } from "../support/scripts-functions";

/** Prints its login, endpoints, certificates, and arguments; the second line is there when it is asked as root of the Secret. */
const ETCDCTL = `#!/bin/sh
env | grep '^ETCDCTL_' | sed 's/^ETCDCTL_//' | sort | tr '\\n' ' '
echo "$@"`;

describe("etcdctl for people", () => {
    const TLS = { TLS_DIR: "/tls" };
    const runs = (
        args: string,
        env: Record<string, string> = {},
        previous?: string,
        code = "ctl() { echo asks >&2; }",
    ) => {
        const shell = new Shell(["etcdctl"]).with(env).has("data/etcdctl", ETCDCTL);
        shell.has("secrets/root-password/password", "secret");
        if (previous) {
            shell.has("secrets/root-password/previous", previous);
        }
        const { out, said } = shell.run(
            `chmod +x "$DATA_ROOT/etcdctl"\nPATH="$DATA_ROOT:$PATH"\n${code}\nmain ${args}`,
        );
        return { ran: out.join("|"), asked: /asks/.test(said) };
    };
    const LOCAL = "ENDPOINTS=http://127.0.0.1:2379";
    const ROOT = "PASSWORD=secret USER=root";

    it("is root at the pod's own etcd", () => {
        assert.deepEqual(runs("member list"), { ran: `${LOCAL} ${ROOT} member list`, asked: false });
        const files = "CACERT=/tls/ca.crt CERT=/tls/tls.crt";
        assert.equal(
            runs("get 'a b'", TLS).ran,
            `${files} ENDPOINTS=http://127.0.0.1:2378 KEY=/tls/tls.key ${ROOT} get a b`,
        );
    });

    it("leaves to its caller what that says itself", () => {
        for (const flag of ["--endpoints=x", "--endpoints x"]) {
            assert.equal(runs(`${flag} get`).ran, `${ROOT} ${flag} get`);
        }
        assert.equal(runs("get --user=app").ran, `${LOCAL} get --user=app`);
        assert.equal(runs("get --password=p").ran, `${LOCAL} USER=root get --password=p`);
        assert.equal(runs("get --username").ran, `${LOCAL} ${ROOT} get --username`, "another option");
        assert.equal(runs("put -- --user x").ran, `${LOCAL} ${ROOT} put -- --user x`, "a key");
        const own = "--cacert=a --cert b --key=c get";
        assert.equal(runs(own, TLS).ran, `ENDPOINTS=http://127.0.0.1:2378 ${ROOT} ${own}`);
    });

    it("has the password before, as long as only that opens etcd", () => {
        const answers = (error: string) =>
            `ctl() { echo asks >&2; CTL_ERROR='${error}'; ${error ? "return 1" : ":"}; }`;
        const logsIn = (error: string) => runs("get", {}, "earlier", answers(error));
        assert.deepEqual(logsIn(""), { ran: `${LOCAL} ${ROOT} get`, asked: true });
        assert.equal(logsIn("etcdserver: authentication failed").ran, `${LOCAL} PASSWORD=earlier USER=root get`);
        assert.equal(logsIn("context deadline exceeded").ran, `${LOCAL} ${ROOT} get`);
    });
});
