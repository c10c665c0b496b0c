// TLS: members and clients are who a certificate says they are, at every scale, and nobody else gets in. The other tests run
// with TLS as well when SCRIPTS_TLS=yes.
import assert from "assert";
import * as https from "https";
import * as tls from "tls";

import { Cluster } from "../support/scripts-cluster";
import type { FakePod, Result } from "../support/scripts-pod";
import { TestCa, type CertificateFiles } from "../support/scripts-tls";

const LOGIN = 'ETCDCTL_USER=root ETCDCTL_PASSWORD="$(cat /secrets/root-password/password)"';
const CA = "--cacert=/secrets/tls/ca.crt";
const OWN = "--cert=/secrets/tls/tls.crt --key=/secrets/tls/tls.key";

/** etcdctl as a client inside a pod would run it. */
const client = (pod: FakePod, flags: string, command: string, login = LOGIN): Promise<Result> =>
    pod.exec(["/toolbox/sh", "-c", `${login} etcdctl --dial-timeout=2s --command-timeout=5s ${flags} ${command}`], 20);

/** What the peer port of a pod says to somebody who shows that certificate. */
function askAsPeer(pod: FakePod, ca: TestCa, files?: CertificateFiles): Promise<string> {
    const shown = files && { cert: files["tls.crt"], key: files["tls.key"] };
    const servername = pod.spec.hosts[0]!;
    const options = { host: pod.spec.address, port: 2380, path: "/members", ca: ca.pem, servername, ...shown };
    return new Promise((resolve) => {
        const request = https.get({ ...options, agent: false }, (response) => {
            response.resume();
            resolve(String(response.statusCode));
        });
        request.on("error", (error) => resolve(error.message));
    });
}

function serialNumber(pod: FakePod, ca: TestCa): Promise<string> {
    const servername = pod.spec.hosts[0]!;
    return new Promise((resolve, reject) => {
        const socket = tls.connect({ host: pod.spec.address, port: 2379, ca: ca.pem, servername }, () => {
            resolve(socket.getPeerCertificate().serialNumber.toLowerCase());
            socket.destroy();
        });
        socket.on("error", reject);
    });
}

const mounted = (files: CertificateFiles) =>
    Object.fromEntries(Object.entries(files).map(([name, content]) => [`tls/${name}`, content]));

describe("TLS", () => {
    let cluster: Cluster;

    before(async () => {
        cluster = await Cluster.ready({ replicas: 3, tls: true });
    });

    after(() => cluster.destroy());

    const url = (ordinal: number) => `--endpoints=https://${cluster.host(ordinal)}:2379`;

    it("is all that a client gets, and the client verifies it", async () => {
        const pod = cluster.pod(0);
        for (const ordinal of [0, 1, 2]) {
            const got = await client(pod, `${url(ordinal)} ${CA}`, "put key value");
            assert.equal(got.output.trim(), "OK");
        }
        assert.match(
            (await client(pod, url(1), "get key")).output,
            /certificate signed by unknown authority|context deadline/,
        );
        const plain = await client(pod, `--endpoints=http://${cluster.host(1)}:2379`, "get key");
        assert.notEqual(plain.code, 0);
        const list = await cluster.memberList();
        assert.deepEqual(
            list.map(({ peerUrl }) => peerUrl).sort(),
            [0, 1, 2].map((ordinal) => cluster.peerUrl(ordinal)),
        );
        assert.match((await pod.members()).output, /healthy(\n.*healthy){2}/);
    });

    it("lets members in alone: no certificate, one of another CA, or a client's by the same CA opens the peer port", async () => {
        const options = cluster.programsOptions;
        const other = await TestCa.make();
        const app = { commonName: options.name, dnsNames: ["app.example.org"] };
        const ask = async (files?: CertificateFiles) => askAsPeer(cluster.pod(0), cluster.ca, files);
        assert.equal(await ask(await cluster.ca.issue(options)), "200");
        assert.notEqual(await ask(), "200");
        assert.notEqual(await ask(await other.issue(options)), "200");
        assert.notEqual(await ask(await cluster.ca.issue(options, app)), "200");
    });

    it("has one certificate for ordinals that are not born yet, and shows a new one without a restart", async () => {
        const before = cluster.pod(0).spec.secrets["tls/tls.crt"];
        await cluster.scale(5);
        await cluster.allReady();
        await cluster.settledAt(5);
        assert.equal(cluster.pod(4).spec.secrets["tls/tls.crt"], before);

        const served = await serialNumber(cluster.pod(1), cluster.ca);
        const files = await cluster.ca.issue(cluster.programsOptions);
        cluster.pods.forEach((pod) => pod.mountSecrets(mounted(files)));
        const renewed = await serialNumber(cluster.pod(1), cluster.ca);
        assert.notEqual(renewed, served);
        assert.equal(await serialNumber(cluster.pod(4), cluster.ca), renewed);

        await cluster.scale(3);
        await cluster.settledAt(3);
        assert.ok(cluster.pods.every((pod) => pod.restarts === 0));
    });

    it("keeps out a member whose certificate is of another CA, and takes it back", async () => {
        const pod = cluster.pod(2);
        const [good, other] = [{ ...pod.spec.secrets }, await TestCa.make("another CA")];
        await pod.delete();
        pod.mountSecrets(mounted(await other.issue(cluster.programsOptions)));
        await pod.create();
        await cluster.waitFor("the others to refuse it", () =>
            /rejected connection on peer endpoint|certificate signed by unknown authority/.test(cluster.pod(0).log),
        );
        await cluster.saysUnready(pod, /no leader/);
        await cluster.allReady(0, 1);
        await pod.delete();
        pod.mountSecrets(good);
        await pod.create();
        await cluster.allReady(0, 1, 2);
        await cluster.settledAt(3);
    });
});

describe("TLS with client certificates", () => {
    let cluster: Cluster;

    before(async () => {
        cluster = await Cluster.ready({ replicas: 2, tls: true, tlsClientAuth: true });
    });

    after(() => cluster.destroy());

    const url = () => `--endpoints=https://${cluster.host(1)}:2379`;

    it("refuses a client without one, or with one of another CA", async () => {
        const pod = cluster.pod(0);
        assert.equal((await client(pod, `${url()} ${CA} ${OWN}`, "put key value")).output.trim(), "OK");
        assert.notEqual((await client(pod, `${url()} ${CA}`, "get key")).code, 0);
        const foreign = await (await TestCa.make()).issue(cluster.programsOptions);
        pod.mountSecrets({ "tls/other.crt": foreign["tls.crt"], "tls/other.key": foreign["tls.key"] });
        const other = "--cert=/secrets/tls/other.crt --key=/secrets/tls/other.key";
        assert.notEqual((await client(pod, `${url()} ${CA} ${other}`, "get key")).code, 0);
    });

    it("takes the common name as the user; that of the members' certificate is none", async () => {
        const pod = cluster.pod(0);
        for (const command of [
            "user add app --no-password",
            "role add app",
            "role grant-permission app readwrite app",
            "user grant-role app app",
        ]) {
            assert.equal((await client(pod, `${url()} ${CA} ${OWN}`, command)).code, 0, command);
        }
        const files = await cluster.ca.issue(cluster.programsOptions, { commonName: "app", dnsNames: [] });
        pod.mountSecrets({ "tls/app.crt": files["tls.crt"], "tls/app.key": files["tls.key"] });
        const app = "--cert=/secrets/tls/app.crt --key=/secrets/tls/app.key";
        assert.equal((await client(pod, `${url()} ${CA} ${app}`, "put app 1", "")).output.trim(), "OK");
        assert.match((await client(pod, `${url()} ${CA} ${app}`, "put other 1", "")).output, /permission denied/);
        assert.notEqual((await client(pod, `${url()} ${CA} ${OWN}`, "get app", "")).code, 0);
    });

    it("is no obstacle to the scripts: probes, table, restart and scaling", async () => {
        assert.match((await cluster.pod(0).members()).output, /healthy\n.*healthy/);
        await cluster.pod(1).delete();
        await cluster.pod(1).create();
        await cluster.allReady();
        await cluster.scale(3);
        await cluster.allReady();
        await cluster.scale(2);
        await cluster.settledAt(2);
    });
});
