// Which Kubernetes cluster a kubeconfig leads to, and what a stack says that finds itself on another one.
import assert from "assert";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";

import { moved, onClusterOfStack, unnamed, warning } from "../../stacks/cluster-of-stack";
import { targetOf } from "../../stacks/kubeconfig";
import { mockEngine, settled } from "../component/mocks";

let folder: string;
beforeEach(() => void (folder = fs.mkdtempSync(path.join(os.tmpdir(), "kubeconfig-"))));
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** A kubeconfig with these clusters, a context of the same name for each; the first is current. */
function kubeconfig(clusters: Record<string, object>, current: string | undefined = Object.keys(clusters)[0]): string {
    return stringify({
        "current-context": current,
        clusters: Object.entries(clusters).map(([name, cluster]) => ({ name, cluster })),
        contexts: Object.keys(clusters).map((name) => ({ name, context: { cluster: name, user: "u" } })),
    });
}

function written(name: string, text: string): string {
    const file = path.join(folder, name);
    fs.writeFileSync(file, text);
    return file;
}

const A = { server: "https://a.example:6443", "certificate-authority-data": base64(pem("YQ==")) };
const B = { server: "https://b.example:6443", "certificate-authority-data": base64(pem("Yg==")) };

describe("the cluster of a kubeconfig", () => {
    const target = (text: string, settings: object = {}) => targetOf({ kubeconfig: text, ...settings }, {});

    it("is that of the context that the stack names, else of the one that is current", () => {
        const both = kubeconfig({ a: A, b: B });
        assert.deepEqual([target(both)?.context, target(both)?.server], ["a", A.server]);
        assert.equal(target(both, { context: "b" })?.server, B.server);
        assert.equal(target(both, { context: "a", cluster: "b" })?.server, B.server);
        assert.equal(target(both, { context: "c" }), undefined);
        assert.equal(target("{"), undefined);
        assert.equal(target(kubeconfig({}, "a")), undefined);
    });

    it("is the same by its CA, under whatever address; behind a proxy by the path as well; without a CA by the address", () => {
        const id = (cluster: object) => target(kubeconfig({ a: cluster }))!.id;
        assert.match(id(A), /^ca:[0-9a-f]{16}$/);
        assert.equal(id({ ...A, server: "https://127.0.0.1:40123" }), id(A));
        assert.notEqual(id(A), id(B));
        assert.notEqual(id({ ...A, "certificate-authority-data": base64(pem("YQ==") + pem("Yg==")) }), id(A));
        const inOtherOrder = [pem("YQ==") + pem("Yg=="), `# first\n${pem("Yg==")}${pem("YQ==")}`].map((data) =>
            id({ ...A, "certificate-authority-data": base64(data) }),
        );
        assert.equal(inOtherOrder[0], inOtherOrder[1]);
        assert.notEqual(
            id({ ...A, server: "https://proxy.example/k8s/clusters/one" }),
            id({ ...A, server: "https://proxy.example/k8s/clusters/two" }),
        );
        assert.equal(id({ server: "https://public.example/" }), "public.example");
        assert.notEqual(id({ server: "https://public.example:1" }), id({ server: "https://public.example:2" }));
    });

    it("is read from files as kubectl reads them: the first that has a name has the say, CAs lie beside the file", () => {
        const first = written("first", stringify({ "current-context": "b" }));
        const second = written(
            "second",
            kubeconfig({ a: A, b: { server: B.server, "certificate-authority": "ca.crt" } }),
        );
        written("ca.crt", pem("Yg=="));
        const KUBECONFIG = [first, path.join(folder, "missing"), second].join(path.delimiter);
        const found = targetOf({}, { KUBECONFIG })!;
        assert.deepEqual(found, { context: "b", server: B.server, id: target(kubeconfig({ b: B }))!.id });
        fs.mkdirSync(path.join(folder, ".kube"));
        written(".kube/config", kubeconfig({ a: A }));
        assert.equal(targetOf({}, { HOME: folder })?.server, A.server);
        assert.equal(targetOf({}, { HOME: path.join(folder, "nobody") }), undefined);
    });
});

describe("a stack and its cluster", () => {
    const target = { context: "mine", server: "https://a.example", id: "ca:a" };

    it("is told what to type when it names none", () => {
        assert.match(
            unnamed(target),
            /^refused, nothing of the cluster was made: [^]*\n {2}pulumi config set kubernetes:context mine$/,
        );
        assert.match(unnamed(), /\n {2}pulumi config set kubernetes:context NAME$/);
        assert.match(warning({ ...target, context: "it's mine" }), /kubernetes:context 'it'\\''s mine'$/);
    });

    it("stays on it, whoever switches; a name that is given to one without is believed", () => {
        const on = (cluster?: string) => ({ cluster });
        assert.equal(moved({}, on("ca:a"), target), undefined);
        assert.equal(moved(on("ca:a"), on("ca:a"), target), undefined);
        assert.equal(moved({ ...on("ca:b"), ambient: true }, on("ca:a"), target), undefined);
        for (const noted of [on("ca:b"), { ...on("ca:b"), ambient: true as const }]) {
            const refused = moved(noted, { ...on("ca:a"), ambient: true }, target)!;
            assert.match(
                refused,
                /nothing was changed: this stack is on the Kubernetes cluster ca:b, and context mine leads to ca:a/,
            );
            assert.match(refused, /\n {2}pulumi config set stack:kubernetesCluster ca:a\n/);
        }
        assert.match(moved(on("ca:b"), on("ca:a"), target)!, /leads to ca:a/);
        assert.match(moved(on("ca:b"), on(), undefined)!, /cannot be told/);
    });

    const config = (settings: Record<string, string>) => pulumi.runtime.setAllConfig(settings);
    const made = async (settings: Record<string, string>) => {
        const registered = mockEngine();
        config(settings);
        class Made extends pulumi.ComponentResource {
            constructor(opts: pulumi.ComponentResourceOptions) {
                super("test:index:Made", "made", {}, opts);
            }
        }
        try {
            onClusterOfStack((opts) => new Made(opts));
            await settled();
        } finally {
            config({});
        }
        return registered.map(({ type, inputs }) => ({ type, inputs }));
    };

    it("notes which one it is, before it makes anything there", async () => {
        const settings = { "kubernetes:kubeconfig": kubeconfig({ a: A }), "kubernetes:context": "a" };
        const [note, other] = await made(settings);
        assert.deepEqual(note!.inputs, { cluster: targetOf({ kubeconfig: kubeconfig({ a: A }) }, {})!.id });
        assert.equal(other!.type, "test:index:Made");
    });

    it("takes no other than the one that its configuration names", async () => {
        const settings = { "kubernetes:kubeconfig": kubeconfig({ a: A }), "stack:kubernetesCluster": "ca:other" };
        await assert.rejects(
            made(settings),
            /stack:kubernetesCluster is ca:other, and the Kubernetes cluster is ca:.*pulumi config rm/,
        );
    });
});
