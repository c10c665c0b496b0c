// etcdctl.sh, by which people look into a cluster and mend it: logged in, in every mode of TLS, with auth on, off, and its password half
// way to another. That the password is on no command line is watched all through these tests.
import assert from "assert";
import * as fs from "fs";

import { login } from "../support/scripts-client";
import { Cluster, type ClusterOptions } from "../support/scripts-cluster";
import { environment } from "../support/scripts-environment";
import type { FakePod, Result } from "../support/scripts-pod";

/** `kubectl exec POD -c etcd -- /toolbox/sh /scripts/etcdctl.sh ARGS`, with that text as standard input. */
function etcdctl(pod: FakePod, args: string[], input = ""): Promise<Result> {
    fs.writeFileSync(pod.path("stdin"), input);
    return pod.exec(["/toolbox/sh", "/scripts/etcdctl.sh", ...args], 60, pod.path("stdin"));
}

async function told(pod: FakePod, args: string[], input?: string): Promise<string> {
    const { code, output } = await etcdctl(pod, args, input);
    assert.equal(code, 0, `${args.join(" ")}: ${output}`);
    return output.trim();
}

const MODES: [string, Partial<ClusterOptions>][] = [
    ["without TLS", { tls: false }],
    ["with TLS", { tls: true }],
    ["with certificates of clients", { tls: true, tlsClientAuth: true }],
];

describe("etcdctl for people", () => {
    for (const [name, mode] of MODES) {
        it(`is root ${name}: it asks this member or all, takes standard input, and ends as etcdctl ends`, () =>
            Cluster.with({ replicas: 2, ...mode }, async (cluster) => {
                await cluster.createPods();
                await cluster.allReady();
                const [first, second] = cluster.pods as [FakePod, FakePod];

                const status = await told(first, ["endpoint", "status", "--cluster", "-w", "json"]);
                assert.equal((status.match(/"revision"/g) ?? []).length, 2, status);
                const alone = await told(second, ["endpoint", "status", "-w", "simple"]);
                const itself = (await cluster.memberList()).find((member) => member.name === second.name)!;
                assert.deepEqual([alone.split("\n").length, alone.split(", ")[1]], [1, itself.id]);

                assert.equal(await told(first, ["put", "key"], "a value\nof two lines"), "OK");
                assert.match(await told(second, ["txn"], 'value("key") = "other"\n\n\nget key\n\n'), /of two lines/);
                assert.match(await told(first, ["snapshot", "save", "/var/run/etcd/s.db"]), /saved at/);
                assert.ok(fs.statSync(first.path("data/s.db")).size > 0);

                const wrong = await etcdctl(first, ["get", "key", "--rev=1000000"]);
                assert.notEqual(wrong.code, 0);
                assert.match(wrong.output, /future revision/);

                await told(first, ["user", "add", "app", "--interactive=false"], "words");
                const denied = await etcdctl(first, ["--user=app:words", "get", "key"]);
                assert.match(denied.output, /permission denied/, "a login that was given counts");
                const unknown = await etcdctl(first, ["--user=app", "--password", "other", "get", "key"]);
                assert.match(unknown.output, /authentication failed/);
                const nobody = ["--endpoints", "http://127.0.0.1:1", "--dial-timeout=1s", "--command-timeout=1s"];
                assert.notEqual((await etcdctl(first, [...nobody, "get", "key"])).code, 0, "so do endpoints");
                if (cluster.tls) {
                    const others = [`--endpoints=https://${cluster.host(1)}:2379`, "get", "key"];
                    assert.match(await told(first, others), /of two lines/);
                    const files = ["--cert", "/secrets/tls/tls.crt", "--key", "/secrets/tls/tls.key"];
                    assert.match(await told(first, [...files, "--cacert=/secrets/tls/ca.crt", ...others]), /two/);
                    const foreign = await etcdctl(first, ["--cacert=/etc/resolv.conf", ...others]);
                    assert.notEqual(foreign.code, 0, "and a CA");
                }
            }));
    }

    it("goes on while auth is off, and turns it on", () =>
        Cluster.with({ replicas: 1 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            const pod = cluster.pod(0);
            await told(pod, ["auth", "disable"]);
            assert.match(await told(pod, ["user", "list"]), /^root$/m);
            await told(pod, ["auth", "enable"]);
            assert.match(await told(pod, ["auth", "status"]), /true/);
        }));

    it("logs in with whichever of two passwords opens etcd, and changes it by standard input", () =>
        Cluster.with({ replicas: 1 }, async (cluster) => {
            // The members themselves cannot rotate to one with a space.
            const [later, spaced] = ["later-word", "a later word"];
            [later, spaced].forEach((password) => environment().leaks.forbid(password));
            await cluster.createPods();
            await cluster.allReady();
            const pod = cluster.pod(0);
            pod.mountSecrets({ "root-password/password": spaced, "root-password/previous": cluster.password });
            assert.match(await told(pod, ["user", "list"]), /^root$/m);
            await told(pod, ["user", "passwd", "root", "--interactive=false"], `${later}\n`);
            await login(pod.clientUrl, later);
            pod.mountSecrets({ "root-password/password": later });
            assert.match(await told(pod, ["user", "list"]), /^root$/m);
        }));
});
