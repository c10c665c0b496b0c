// Auth is on, with our password, or the pod is not Ready.
import assert from "assert";
import { spawn } from "child_process";
import { createHash } from "crypto";

import { call, login, put, Writer } from "../support/scripts-client";
import { Cluster } from "../support/scripts-cluster";
import { environment } from "../support/scripts-environment";

describe("auth", () => {
    it("refuses whoever has no password, and one login is good on every member", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await cluster.createPods();
            await cluster.allReady();
            for (const pod of cluster.pods) {
                await assert.rejects(put(pod.clientUrl, "key", "value"), /user name is empty/);
                await assert.rejects(call(pod.clientUrl, "kv/range", { key: "a2V5" }), /user name is empty/);
                await assert.rejects(login(pod.clientUrl, "wrong"), /authentication failed/);
            }
            const token = await login(cluster.pod(0).clientUrl, cluster.password);
            for (const pod of cluster.pods) {
                await put(pod.clientUrl, `from ${pod.name}`, "value", token);
                await put(cluster.pod(0).clientUrl, "back", "value", await login(pod.clientUrl, cluster.password));
            }
        });
    });

    it("was on before the pod became ready for the first time", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            await cluster.createPods();
            // Readiness and refusal, asked in this order: a pod that is ready has refused ever since.
            await Promise.all(
                cluster.pods.map(async (pod) => {
                    await cluster.waitFor(`${pod.name} to be ready`, async () => (await pod.ready()).code === 0);
                    await assert.rejects(put(pod.clientUrl, "key", "value"), /user name is empty/);
                }),
            );
        });
    });

    it("keeps the pod unready, and says why, when the Secret holds another password", async () => {
        await Cluster.with({ replicas: 1 }, async (cluster) => {
            const pod = cluster.pod(0);
            await cluster.createPods();
            await cluster.allReady();
            await pod.delete();
            pod.spec.secrets["root-password/password"] = "something else";
            await pod.create();
            await cluster.saysUnready(pod, /does not accept the password in Secret/);
            assert.equal((await pod.live()).code, 0);
            await pod.delete();
            pod.spec.secrets["root-password/password"] = cluster.password;
            await pod.create();
            await cluster.allReady();
        });
    });

    it("goes on in a pod that never was Ready once the Secret has the password that etcd knows beside the other", async () => {
        await Cluster.with({ replicas: 1 }, async (cluster) => {
            const pod = cluster.pod(0);
            await cluster.createPods();
            await cluster.allReady();
            await pod.delete();
            pod.spec.secrets["root-password/password"] = "another-password";
            await pod.create();
            await cluster.saysUnready(pod, /does not accept the password in Secret/);
            // What docs/operations.md has under "Wrong root password" brings this about.
            pod.mountSecrets({
                "root-password/password": "another-password",
                "root-password/previous": cluster.password,
            });
            await cluster.waitFor("the pod to be Ready", async () => (await pod.ready()).code === 0);
        });
    });

    it("keeps the pod unready, and says why, when there are users that nobody asked for", async () => {
        await Cluster.with({ replicas: 1 }, async (cluster) => {
            const pod = cluster.pod(0);
            await cluster.createPods();
            await cluster.allReady();
            // As an operator could: auth off, and a user of their own.
            await cluster.etcdctl(pod, ["auth", "disable"]);
            await cluster.etcdctl(pod, ["user", "add", "mallory", "--no-password"], "");
            await pod.kill9();
            await pod.start();
            await cluster.saysUnready(pod, /'mallory'/);
            await put(pod.clientUrl, "auth", "still off");
            await cluster.etcdctl(pod, ["user", "delete", "mallory"], "");
            await cluster.allReady();
            await assert.rejects(put(pod.clientUrl, "key", "value"), /user name is empty/);
        });
    });

    it("does not take over a user root that somebody else made before auth was on", async () => {
        await Cluster.with({ replicas: 1 }, async (cluster) => {
            const pod = cluster.pod(0);
            await cluster.createPods();
            await cluster.allReady();
            await cluster.etcdctl(pod, ["auth", "disable"]);
            // The marker of a program that has not made one yet.
            const patch = JSON.stringify([{ op: "remove", path: "/data/root" }]);
            await cluster.kubectl("patch", "configmap", cluster.marker, "--type=json", "-p", patch);
            await pod.kill9();
            await pod.start();
            await cluster.saysUnready(pod, /a user 'root' that this program did not make/);
            await put(pod.clientUrl, "auth", "still off");
            // One of the two ways out that the message names.
            await cluster.etcdctl(pod, ["user", "delete", "root"], "");
            await cluster.allReady();
            await assert.rejects(put(pod.clientUrl, "key", "value"), /user name is empty/);
            await login(pod.clientUrl, cluster.password);
        });
    });

    it("gets another password while clients write: no member restarts, and the one before opens nothing any more", async () => {
        await Cluster.with({ replicas: 3 }, async (cluster) => {
            const password = `new$"'\\password`;
            environment().leaks.forbid(password);
            const pods = cluster.pods;
            await cluster.createPods();
            await cluster.allReady();
            // An application has a user of its own.
            for (const args of [
                ["user", "add", "app:application"],
                ["role", "add", "app"],
                ["role", "grant-permission", "app", "--prefix=true", "readwrite", "app/"],
                ["user", "grant-role", "app", "app"],
            ]) {
                await cluster.etcdctl(pods[0]!, args);
            }
            const writer = new Writer(() => pods.map(({ clientUrl }) => clientUrl), "application", "app/", "app");
            await cluster.waitFor("writes", () => writer.acknowledged.size > 20);

            const secrets = { "root-password/password": password, "root-password/previous": cluster.password };
            const opens = (url: string) => (word: string) =>
                login(url, word).then(
                    () => true,
                    () => false,
                );
            // The kubelets bring it to one pod after the other; who has it may be killed, or be made anew, meanwhile.
            pods[1]!.mountSecrets(secrets);
            await pods[1]!.kill9();
            await pods[1]!.start();
            await cluster.waitFor("the new password", () => opens(pods[0]!.clientUrl)(password));
            pods[0]!.mountSecrets(secrets);
            await pods[2]!.vanish();
            await pods[2]!.create();
            await cluster.saysUnready(pods[2]!, /does not accept the password in Secret/);
            pods[2]!.mountSecrets(secrets);
            await cluster.allReady();
            for (const { clientUrl } of pods) {
                assert.deepEqual(await Promise.all([cluster.password, password].map(opens(clientUrl))), [false, true]);
            }
            const proofs = () => pods.map((pod) => pod.file("state/auth-proof").split(" ")[0]);
            const hash = createHash("sha256").update(password).digest("hex");
            await cluster.waitFor("the proofs", () => proofs().every((proof) => proof === hash));
            assert.equal(pods[0]!.restarts, 0);
            assert.deepEqual(
                cluster.live().flatMap((pod) => (/has the new password/.test(pod.said) ? [pod.name] : [])),
                [pods[1]!.name],
            );

            const before = writer.acknowledged.size;
            await cluster.waitFor("a write after it", () => writer.acknowledged.size > before);
            await writer.stop();
            assert.deepEqual(await writer.lost(pods[0]!.clientUrl), []);
        });
    });

    it("is watched: a password on a command line would be seen", async () => {
        const secret = "a secret that only this test knows";
        environment().leaks.forbid(secret);
        const leaking = spawn("sh", ["-c", "sleep 30; :", Buffer.from(secret).toString("base64")], { detached: true });
        const leaks = await environment().leaks.take();
        process.kill(-leaking.pid!);
        assert.equal(leaks.length, 1);
        await new Promise((resolve) => leaking.once("exit", resolve));
        await environment().leaks.take();
    });
});
