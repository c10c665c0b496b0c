// What TLS changes for the scripts: where they ask, and what etcd is started with.
import assert from "assert";
import * as path from "path";

import { HOSTS, Shell } from "../support/scripts-functions";
import { SCRIPTS } from "../support/scripts-folder";

const START = ["start"];
const TLS = { TLS_DIR: "/tls" };
const host = HOSTS.replace("%", "1");

describe("with TLS", () => {
    const shell = (env: Record<string, string>) => new Shell(START, 1).with(env);
    const urls = (env: Record<string, string>) =>
        shell(env).run('echo "$(peer_url_of 1) $(client_url_of 1) $(metrics_url_of 1) $LOCAL_CLIENT_URL"').out[0];

    it("members speak https to each other, and the pod has a way of its own", () => {
        const metrics = `http://${host}:2381`;
        const local = "http://127.0.0.1";
        assert.equal(urls(TLS), `https://${host}:2380 https://${host}:2379 ${metrics} ${local}:2378`);
        assert.equal(urls({}), `http://${host}:2380 http://${host}:2379 ${metrics} ${local}:2379`);
    });

    it("etcdctl shows the pod's certificate to the other members", () => {
        const shown = (env: Record<string, string>) =>
            shell(env)
                .has("secrets/root-password/password", "secret")
                .run('timeout() { env | grep "^ETCDCTL_[CK]" | sort; }\nctl endpoint member list').out;
        const files = ["CACERT=/tls/ca.crt", "CERT=/tls/tls.crt", "KEY=/tls/tls.key"];
        assert.deepEqual(
            shown(TLS),
            files.map((file) => `ETCDCTL_${file}`),
        );
        assert.deepEqual(shown({}), []);
    });

    const flags = (env: Record<string, string>) => {
        const pod = shell(env).has("state/plan", "new\nset-1=url\ntoken");
        pod.run('etcd() { printf "%s\\n" "$@" >"$STATE_DIR/etcd"; }\nduties() { :; }\nsync() { :; }\nlaunch');
        return (pod.file("state/etcd") ?? "").split("\n");
    };
    const about = (all: string[], what: RegExp) => all.filter((flag) => what.test(flag)).sort();

    it("etcd listens with certificates, and takes peers for what theirs say", () => {
        const peers = ["--peer-cert-allowed-hostname=svc.default.svc", "--peer-cert-file=/tls/tls.crt"];
        assert.deepEqual(about(flags(TLS), /cert|key-file|-ca-/), [
            "--cert-file=/tls/tls.crt",
            "--key-file=/tls/tls.key",
            ...peers,
            "--peer-client-cert-auth",
            "--peer-key-file=/tls/tls.key",
            "--peer-trusted-ca-file=/tls/ca.crt",
        ]);
        const listens = /listen-client|listen-peer/;
        assert.deepEqual(about(flags(TLS), listens), [
            "--listen-client-urls=https://0.0.0.0:2379,http://127.0.0.1:2378",
            "--listen-peer-urls=https://0.0.0.0:2380",
        ]);
        assert.deepEqual(about(flags({}), /cert|key-file|-ca-|listen-client|listen-peer/), [
            "--listen-client-urls=http://0.0.0.0:2379",
            "--listen-peer-urls=http://0.0.0.0:2380",
        ]);
    });

    it("clients need a certificate when it was asked for, and only then", () => {
        const asks = (env: Record<string, string>) => about(flags(env), /^--client-cert-auth|^--trusted-ca/);
        const both = ["--client-cert-auth", "--trusted-ca-file=/tls/ca.crt"];
        assert.deepEqual(asks({ ...TLS, TLS_CLIENT_AUTH: "yes" }), both);
        assert.deepEqual(asks({ ...TLS, TLS_CLIENT_AUTH: "no" }), []);
        assert.deepEqual(asks(TLS), []);
        assert.deepEqual(asks({ TLS_CLIENT_AUTH: "yes" }), []);
    });

    // The function itself, which is replaced elsewhere.
    const clusterId = (env: Record<string, string>, code: string) =>
        shell(env)
            .run(`. "${path.join(SCRIPTS, "lib/marker.sh")}"\n${code}\ncluster_id`)
            .out.join();
    const status = (id: string) =>
        `ctl() { if [ "$1 $2 $3" = "http://127.0.0.1:2378 endpoint status" ]; then printf '"ClusterID" : %s\\n"MemberID" : 7\\n' ${id}; fi; }
        timeout() { exit 9; }`;
    const members = (header: string) =>
        `timeout() { printf '  HTTP/1.1 200 OK\\r\\n  ${header}\\r\\n' >&2; }
        ctl() { exit 9; }`;

    it("the cluster's ID is asked of etcd itself, without TLS of the peer port; both print it the same way", () => {
        const id = "ef37ad9dc622a7c4";
        assert.equal(clusterId(TLS, status("17237436991929493444")), id);
        assert.equal(clusterId(TLS, status("26")), "1a");
        assert.equal(clusterId(TLS, "ctl() { return 1; }"), "unknown");
        assert.equal(clusterId({}, members(`X-Etcd-Cluster-Id: ${id}`)), id);
        assert.equal(clusterId({}, members("Server: other")), "unknown");
    });
});
