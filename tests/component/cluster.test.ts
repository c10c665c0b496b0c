// Which resources EtcdCluster registers, what of them is secret, and what it puts out.
import assert from "assert";

import * as pulumi from "@pulumi/pulumi";

import { EtcdCluster, type EtcdClusterArgs } from "../../components";
import { EACH_SETTING } from "../../components/etcd-cluster/settings";
import { hashOf, readBackupScripts, readScripts } from "../../components/etcd-cluster/manifests/scripts";
import { mockEngine, settled, valueOf, type Answers, type Registered } from "./mocks";

const CLIENT = "kubernetes:core/v1:Service";

async function make(
    args: EtcdClusterArgs = {},
    answers: Answers = {},
    preview = false,
): Promise<[EtcdCluster, Registered[]]> {
    const registered = mockEngine(answers, preview);
    const cluster = new EtcdCluster("etcd", args);
    await settled();
    return [cluster, registered];
}

/** With keys in one order, whoever made it. */
const sorted = (value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(
              Object.entries(value)
                  .sort()
                  .map(([key, each]) => [key, sorted(each)]),
          )
        : value;

const isKnown = (output: pulumi.Output<unknown>) => (output as unknown as { isKnown: Promise<boolean> }).isKnown;

describe("EtcdCluster", () => {
    it("registers exactly these", async () => {
        const [, registered] = await make();
        assert.deepEqual(registered.map(({ type, name }) => `${type} ${name}`).sort(), [
            "etcd:index:EtcdCluster etcd",
            "kubernetes:apps/v1:StatefulSet etcd",
            "kubernetes:batch/v1:Job etcd-rollout",
            "kubernetes:core/v1:ConfigMap etcd-formation",
            "kubernetes:core/v1:ConfigMap etcd-recovery",
            `kubernetes:core/v1:ConfigMap etcd-scripts-${hashOf(readScripts())}`,
            "kubernetes:core/v1:Secret etcd-jwt-key",
            "kubernetes:core/v1:Secret etcd-root-password",
            "kubernetes:core/v1:Secret etcd-tls",
            "kubernetes:core/v1:Service etcd-client",
            "kubernetes:core/v1:Service etcd-headless",
            "kubernetes:core/v1:ServiceAccount etcd",
            "kubernetes:core/v1:ServiceAccount etcd-rollout",
            "kubernetes:networking.k8s.io/v1:NetworkPolicy etcd",
            "kubernetes:policy/v1:PodDisruptionBudget etcd",
            "kubernetes:rbac.authorization.k8s.io/v1:Role etcd",
            "kubernetes:rbac.authorization.k8s.io/v1:Role etcd-rollout",
            "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding etcd",
            "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding etcd-rollout",
            "random:index/randomPassword:RandomPassword etcd-jwt-key",
            "random:index/randomPassword:RandomPassword etcd-root-password",
            "random:index/randomString:RandomString etcd-cluster-token",
            "tls:index/certRequest:CertRequest etcd-tls",
            "tls:index/locallySignedCert:LocallySignedCert etcd-tls",
            "tls:index/privateKey:PrivateKey etcd-ca",
            "tls:index/privateKey:PrivateKey etcd-tls",
            "tls:index/selfSignedCert:SelfSignedCert etcd-ca",
        ]);
    });

    it("registers three things more with backups, and changes nothing of the StatefulSet", async () => {
        const [, without] = await make();
        const [, registered] = await make({ backup: { schedule: "@daily", volume: "claim" } });
        const names = (all: Registered[]) => all.map(({ type, name }) => `${type} ${name}`);
        assert.deepEqual(
            names(registered)
                .filter((name) => !names(without).includes(name))
                .sort(),
            [
                "kubernetes:batch/v1:CronJob etcd-backup",
                `kubernetes:core/v1:ConfigMap etcd-scripts-${hashOf(readBackupScripts())}`,
                "kubernetes:core/v1:ServiceAccount etcd-backup",
            ],
        );
        const set = (all: Registered[]) => all.find(({ type }) => type.endsWith(":StatefulSet"))!.inputs.spec;
        assert.deepEqual(set(registered), set(without));
    });

    it("asks for a recovery with a word that no request had before", async () => {
        const requestOf = async (args: EtcdClusterArgs) => {
            const [, registered] = await make(args);
            const { inputs } = registered.find(
                ({ name, type }) => name === "etcd-recovery" && type.endsWith(":ConfigMap"),
            )!;
            const nonce = registered.find(({ name, type }) => name === "etcd-recovery" && type.startsWith("random:"));
            const { annotations } = inputs.metadata as { annotations?: Record<string, string> };
            return [annotations?.["etcd-cluster/recover-from"], nonce?.inputs.keepers];
        };
        assert.deepEqual(await requestOf({}), [undefined, undefined]);
        const nonce = "etcd-recovery-generated".padEnd(32, "x");
        assert.deepEqual(await requestOf({ recoverFrom: 2 }), [`2 ${nonce}`, { recoverFrom: "2" }]);
        // Another file is another request.
        assert.deepEqual(await requestOf({ recoverFrom: 0, recoverSnapshot: "a.db" }), [
            `0 ${nonce} a.db`,
            { recoverFrom: "0", recoverSnapshot: "a.db" },
        ]);
    });

    /** All that may be outputs, of two stacks. */
    const LATER: EtcdClusterArgs[] = [
        {
            namespace: "apps",
            image: "mirror.example/etcd:prod",
            toolboxImage: "mirror.example/busybox:1",
            kubectlImage: "mirror.example/kubectl:1",
            storageClass: "fast",
            clientNamespaces: ["a", "b"],
            monitoringNamespace: "monitoring",
            externalHost: "2001:db8::1",
            clusterDomain: "k8s.example",
            initialClusterToken: "token",
            rootPasswordSecret: "mine",
        },
        { tls: "secret", tlsSecret: "certificates", rootPassword: "from elsewhere" },
        { tls: "cert-manager", tlsIssuer: "ClusterIssuer/a", externalHost: "etcd.example" },
        { rootPassword: "after-7d1", previousRootPassword: "before 7d1" },
    ];

    it("makes the same of outputs as of the texts that they come to", async () => {
        const tried = new Set(LATER.flatMap((args) => Object.keys(args)));
        const later = EACH_SETTING.filter((each) => each[1].later).map(([key]) => key);
        assert.deepEqual(
            later.filter((key) => !tried.has(key)),
            [],
        );
        for (const args of LATER) {
            const version = "3.6.16";
            const outputs = Object.entries(args).map(([key, value]) => [
                key,
                key === "tls" ? value : pulumi.output(Promise.resolve(value as string)),
            ]);
            const byName = (some: Registered[]) =>
                some.map(({ type, name, inputs }) => `${type} ${name} ${JSON.stringify(sorted(inputs))}`).sort();
            const [plain, registered] = await make({ version, ...args });
            const [late, others] = await make({ version, ...Object.fromEntries(outputs) });
            assert.deepEqual(byName(others), byName(registered));
            for (const output of [
                "endpoint",
                "endpoints",
                "namespace",
                "rootPasswordSecret",
                "rootPassword",
            ] as const) {
                assert.deepEqual(await valueOf<unknown>(late[output]), await valueOf<unknown>(plain[output]), output);
            }
        }
    });

    it("takes a list in which one text is an output, and shows at preview what does not depend on one that nobody knows", async () => {
        const namespaces = { clientNamespaces: ["a", pulumi.output("b")] };
        const [, registered] = await make(namespaces);
        const policy = registered.find(({ type }) => type.endsWith(":NetworkPolicy"))!;
        assert.match(
            JSON.stringify(policy.inputs),
            /"kubernetes.io\/metadata.name":"a".*"kubernetes.io\/metadata.name":"b"/,
        );
        const nobodyKnows = Object.assign(pulumi.output("apps"), { isKnown: Promise.resolve(false) });
        const [cluster, shown] = await make({ namespace: nobodyKnows }, {}, true);
        assert.equal(await isKnown(cluster.endpoint), false);
        const set = shown.find(({ type }) => type.endsWith(":StatefulSet"))!;
        assert.equal((set.inputs.metadata as { name: string }).name, "infra-etcd-cluster");
        const { options } = shown.find(({ type }) => type === "etcd:index:EtcdCluster")!;
        assert.deepEqual(options.beforeCreate, ["etcd-problems"]);
        assert.deepEqual(options.beforeUpdate, ["etcd-problems", "etcd-frozen"]);
        assert.equal((set.inputs.spec as { replicas: number }).replicas, 3);
    });

    it("registers as its own inputs what must never change", async () => {
        const [, registered] = await make({ storageSelector: { a: "b" } });
        const { inputs } = registered.find(({ type }) => type === "etcd:index:EtcdCluster")!;
        assert.deepEqual(inputs, {
            name: "infra-etcd-cluster",
            namespace: "default",
            storageSize: "1Gi",
            storageSelector: { a: "b" },
            version: "3.6.16",
            tls: "generated",
            clusterDomain: "cluster.local",
            marker: "without data of Pulumi",
        });
    });

    it("notes the version that all members run only when the rollout has ended", async () => {
        const [cluster] = await make({ version: "v3.5.40" });
        assert.equal(await valueOf(cluster.version), "3.5.40");
        const { allResources } = cluster.version as unknown as { allResources(): Promise<Set<pulumi.Resource>> };
        const waitsFor = [...(await allResources())].map((each) => each.constructor.name);
        assert.ok(waitsFor.includes("Job"), waitsFor.join());
    });

    it("warns of what is allowed and probably not meant, and of nothing else", async () => {
        const { warn } = pulumi.log;
        const warned: string[] = [];
        Object.assign(pulumi.log, { warn: async (text: string) => void warned.push(text) });
        try {
            await make();
            assert.deepEqual(warned, []);
            await make({ replicas: 4 });
            assert.match(warned.join(), /^replicas is 4: /);
        } finally {
            Object.assign(pulumi.log, { warn });
        }
    });

    it("tells the engine what belongs to whom, what may not change, and what must be there first", async () => {
        const [, registered] = await make();
        const of = (type: string) => registered.filter((each) => each.type.endsWith(type)).map((each) => each.options);
        const [component] = of("EtcdCluster");
        assert.deepEqual([component!.beforeCreate, component!.beforeUpdate], [[], ["etcd-frozen"]]);
        const children = registered.filter(({ type }) => type !== "etcd:index:EtcdCluster");
        assert.ok(children.every(({ options: { parent } }) => parent === "etcd"));
        // The marker is the pods'; the request is Pulumi's.
        const ignoredIn = (name: string) =>
            registered.find((each) => each.name === name && each.type.endsWith(":ConfigMap"))!.options.ignoreChanges;
        assert.deepEqual([ignoredIn("etcd-formation"), ignoredIn("etcd-recovery")], [["data", "metadata"], []]);
        for (const random of [...of("RandomPassword"), ...of("RandomString")]) {
            assert.deepEqual(random.ignoreChanges.sort(), [
                "length",
                "lower",
                "numeric",
                "overrideSpecial",
                "special",
                "upper",
            ]);
        }
        const needed = ["etcd-formation", "etcd-headless", "etcd-jwt-key", "etcd-root-password", "etcd-tls"];
        const before = of("StatefulSet")[0]!.dependsOn;
        needed.forEach((name) => assert.ok(before.includes(name), `the StatefulSet does not wait for ${name}`));
        // The engine waits for pods behind it, ten minutes long, when what they need cannot be made.
        const clients = registered.find(({ name }) => name === "etcd-client")!.options.dependsOn;
        needed.forEach((name) => assert.ok(clients.includes(name), `the client Service does not wait for ${name}`));
        // ServiceAccount, Role, RoleBinding, NetworkPolicy and PodDisruptionBudget share the name.
        assert.equal(before.filter((name) => name === "etcd").length, 5);
        // The rollout waits for the StatefulSet, its account and its rights.
        const rollout = of("Job")[0]!.dependsOn;
        const others = ["etcd-cluster-token", "etcd-rollout", "etcd-rollout", "etcd-rollout"];
        assert.deepEqual(rollout, ["etcd", ...others]);
    });

    it("has a policy of what pods connect to where egress is restricted, made before the pods", async () => {
        const names = (registered: Awaited<ReturnType<typeof make>>[1]) =>
            registered.filter(({ type }) => type.endsWith(":NetworkPolicy")).map(({ name }) => name);
        const [, open] = await make();
        assert.deepEqual(names(open), ["etcd"]);
        const [, registered] = await make({ egress: "restricted" });
        assert.deepEqual(names(registered), ["etcd", "etcd-egress"]);
        const [set] = registered.filter(({ type }) => type.endsWith(":StatefulSet"));
        assert.ok(set!.options.dependsOn.includes("etcd-egress"));
    });

    /** What the rollout is made for. */
    const occasion = async (args: EtcdClusterArgs) => {
        const given = { rootPassword: "given password", initialClusterToken: "given" };
        const [, registered] = await make({ ...given, ...args });
        const { inputs } = registered.find(({ type }) => type === "kubernetes:batch/v1:Job")!;
        return /"OCCASION","value":"([0-9a-f]{16})"/.exec(JSON.stringify(inputs))?.[1];
    };

    it("rolls out what has become of the StatefulSet, whoever changed it", async () => {
        const given = { rootPassword: "given password", initialClusterToken: "given" };
        const answers = (generation: number) => ({
            "kubernetes:apps/v1:StatefulSet": { metadata: { name: "infra-etcd-cluster", generation } },
        });
        const of = async (generation: number) => {
            const [, registered] = await make(given, answers(generation));
            return JSON.stringify(registered.find(({ type }) => type === "kubernetes:batch/v1:Job")!.inputs);
        };
        assert.equal(await of(7), await of(7));
        assert.notEqual(await of(7), await of(8));
    });

    it("rolls out another number of members as it does another template, and else nothing", async () => {
        const first = await occasion({});
        assert.ok(first);
        assert.equal(await occasion({ clientServiceType: "NodePort" }), first);
        assert.notEqual(await occasion({ replicas: 5 }), first);
        assert.notEqual(await occasion({ affinity: "none" }), first);
        assert.notEqual(await occasion({ recoverFrom: 0 }), first);
    });

    it("puts the generated password into its Secret, and marks it secret", async () => {
        const [cluster, registered] = await make();
        assert.equal(await pulumi.isSecret(cluster.rootPassword), true);
        assert.equal(await pulumi.isSecret(cluster.endpoint), false);
        const password = (await valueOf(cluster.rootPassword))!;
        const { inputs } = registered.find(({ type, name }) => /Secret$/.test(type) && name === "etcd-root-password")!;
        const data = JSON.stringify(inputs);
        assert.ok(data.includes(Buffer.from(password).toString("base64")));
        const others = registered.filter((each) => !/Secret$|RandomPassword$/.test(each.type));
        assert.ok(others.every((each) => !JSON.stringify(each).includes(password)));
    });

    it("leaves the password to a Secret of the user's, of which it reads nothing", async () => {
        const [cluster, registered] = await make({ rootPasswordSecret: "mine" });
        assert.equal(await valueOf(cluster.rootPassword), undefined);
        assert.equal(await valueOf(cluster.rootPasswordSecret), "mine");
        assert.deepEqual(
            registered.filter(({ name }) => name === "etcd-root-password"),
            [],
            "no password is generated",
        );
        for (const type of ["StatefulSet", "Job"]) {
            const { inputs } = registered.find((each) => each.type.endsWith(`:${type}`))!;
            const { volumes } = (
                inputs.spec as { template: { spec: { volumes: { name: string; secret?: object }[] } } }
            ).template.spec;
            const { secret } = volumes.find(({ name }) => name === "root-password")!;
            assert.deepEqual(secret, { secretName: "mine", defaultMode: 0o440 }, type);
        }
    });

    it("rotates the password: the one before it goes into the Secret as well, and the rollout waits for the new one", async () => {
        const rotation = { rootPassword: "after-7d1", previousRootPassword: "before 7d1" };
        const [, registered] = await make(rotation);
        const { inputs } = registered.find(({ type, name }) => /Secret$/.test(type) && name === "etcd-root-password")!;
        const text = JSON.stringify(inputs);
        for (const password of Object.values(rotation)) {
            assert.ok(text.includes(Buffer.from(password).toString("base64")));
        }
        // The component itself registers them, as secrets.
        const others = registered.filter(({ type }) => !/Secret$|:EtcdCluster$/.test(type));
        assert.ok(others.every((each) => !JSON.stringify(each).includes("7d1")));
        const first = await occasion(rotation);
        assert.notEqual(await occasion({}), first);
        assert.notEqual(await occasion({ ...rotation, rootPassword: "yet-another" }), first);
        assert.equal(await occasion({ rootPassword: "given password" }), await occasion({}));
    });

    it("makes another key that signs tokens, in a Secret of its own that the pod template names", async () => {
        const keyOf = async (args: EtcdClusterArgs) => {
            const [, registered] = await make(args);
            const named = (kind: string) =>
                registered.filter(({ type, name }) => type.endsWith(kind) && name.startsWith("etcd-jwt-key"));
            const set = registered.find(({ type }) => type.endsWith(":StatefulSet"))!;
            const [, mounted] = /"secretName":"([^"]*jwt-key[^"]*)"/.exec(JSON.stringify(set.inputs))!;
            return [...named(":Secret"), ...named(":RandomPassword")].map(({ name }) => name).concat(mounted!);
        };
        const names = (end: string) => [`etcd-jwt-key${end}`, `etcd-jwt-key${end}`, `infra-etcd-cluster-jwt-key${end}`];
        assert.deepEqual(await keyOf({}), names(""));
        assert.deepEqual(await keyOf({ jwtKeyGeneration: 7 }), names("-7"));
    });

    it("generates nothing that was given", async () => {
        const [cluster, registered] = await make({ rootPassword: "given password", initialClusterToken: "given" });
        const random = registered.filter(({ type }) => type.startsWith("random:"));
        assert.deepEqual(
            random.map(({ name }) => name),
            ["etcd-jwt-key"],
        );
        assert.equal(await valueOf(cluster.rootPassword), "given password");
        assert.equal(await pulumi.isSecret(cluster.rootPassword), true);
        const set = registered.find(({ type }) => type === "kubernetes:apps/v1:StatefulSet")!;
        assert.match(JSON.stringify(set.inputs), /"INITIAL_CLUSTER_TOKEN","value":"given"/);
    });

    it("puts out where clients connect", async () => {
        const [cluster] = await make({ replicas: 2, name: "db", namespace: "data", clusterDomain: "k8s.example" });
        assert.equal(await valueOf(cluster.endpoint), "https://db-client.data.svc.k8s.example:2379");
        assert.deepEqual(await valueOf(cluster.endpoints), [
            "https://db-0.db.data.svc.k8s.example:2379",
            "https://db-1.db.data.svc.k8s.example:2379",
        ]);
        assert.equal(await valueOf(cluster.externalEndpoint), undefined);
        assert.equal(await valueOf(cluster.rootPasswordSecret), "db-root-password");
        assert.equal(await valueOf(cluster.statefulSet), "db");
        assert.equal(await valueOf(cluster.namespace), "data");
    });

    const nodePort = { [CLIENT]: { spec: { ports: [{ nodePort: 31000 }] } } };
    const balanced = (ingress: object) => ({ [CLIENT]: { status: { loadBalancer: { ingress: [ingress] } } } });
    const outside: [what: string, args: EtcdClusterArgs, answers: Answers, expected: string | undefined][] = [
        ["a node's port alone", { clientServiceType: "NodePort" }, nodePort, "31000"],
        [
            "a node's port",
            { clientServiceType: "NodePort", externalHost: "n.example" },
            nodePort,
            "https://n.example:31000",
        ],
        [
            "IPv6",
            { clientServiceType: "NodePort", externalHost: "2001:db8::1" },
            nodePort,
            "https://[2001:db8::1]:31000",
        ],
        ["a balancer's name", { clientServiceType: "LoadBalancer" }, balanced({ hostname: "lb" }), "https://lb:2379"],
        [
            "a balancer's address",
            { clientServiceType: "LoadBalancer" },
            balanced({ ip: "192.0.2.1" }),
            "https://192.0.2.1:2379",
        ],
        ["no balancer yet", { clientServiceType: "LoadBalancer" }, {}, undefined],
    ];
    for (const [what, args, answers, expected] of outside) {
        it(`puts out ${what} for clients outside`, async () => {
            const [cluster] = await make(args, answers);
            assert.equal(await valueOf(cluster.externalEndpoint), expected);
        });
    }

    it("registers nothing when an argument is bad, and names all that are", () => {
        const registered = mockEngine();
        assert.throws(
            () => new EtcdCluster("etcd", { replicas: 0, storageSize: "big" }),
            /2 problems(.|\n)*replicas(.|\n)*storageSize/,
        );
        assert.deepEqual(registered, []);
    });

    it("can be previewed while generated values are unknown", async () => {
        const [cluster, registered] = await make({ replicas: 5 }, {}, true);
        assert.equal(await isKnown(cluster.rootPassword), false);
        assert.equal(await isKnown(cluster.initialClusterToken), false);
        assert.equal(registered.length, 27);
        assert.equal((await valueOf(cluster.endpoints)).length, 5);
    });

    it("makes certificates, keeps their keys secret and puts out the CA", async () => {
        const [cluster, registered] = await make({ name: "db", externalHost: "10.1.2.3" });
        const tls = registered.filter(({ type }) => type.startsWith("tls:"));
        assert.deepEqual(tls.map(({ type, name }) => `${type.split(":").pop()} ${name}`).sort(), [
            "CertRequest etcd-tls",
            "LocallySignedCert etcd-tls",
            "PrivateKey etcd-ca",
            "PrivateKey etcd-tls",
            "SelfSignedCert etcd-ca",
        ]);
        assert.ok(tls.every(({ options: { parent } }) => parent === "etcd"));
        assert.equal(await valueOf(cluster.endpoint), "https://db-client.default.svc.cluster.local:2379");
        assert.equal(await valueOf(cluster.caCert), "etcd-ca certPem");
        assert.equal(await pulumi.isSecret(cluster.caCert), false);
        const request = tls.find(({ type }) => type.endsWith("CertRequest"))!.inputs;
        assert.ok((request["dnsNames"] as string[]).includes("*.db.default.svc.cluster.local"));
        assert.deepEqual(request["ipAddresses"], ["127.0.0.1", "::1", "10.1.2.3"]);
        // The key of the CA stays out of the Kubernetes cluster.
        const text = JSON.stringify(registered.filter(({ type }) => type.startsWith("kubernetes:")));
        const encoded = (plain: string) => Buffer.from(plain).toString("base64");
        assert.ok(text.includes(encoded("etcd-tls privateKeyPem")) && text.includes(encoded("etcd-ca certPem")));
        assert.ok(!text.includes(encoded("etcd-ca privateKeyPem")) && !text.includes("privateKeyPem"));
    });

    const ISSUED = /^kubernetes:cert-manager\.io\/v1:/;

    it("asks cert-manager for a CA and a certificate, one after the other, and makes no Secret in its place", async () => {
        const [cluster, registered] = await make({ tls: "cert-manager", name: "db", namespace: "data" });
        const issued = registered.filter(({ type }) => ISSUED.test(type));
        const chain = issued.map(({ type, name, options }) => [`${type.split(":").pop()} ${name}`, options.dependsOn]);
        assert.deepEqual(chain, [
            ["Issuer etcd-self-signed", []],
            ["Certificate etcd-ca", ["etcd-self-signed"]],
            ["Issuer etcd-ca", ["etcd-ca"]],
            ["Certificate etcd-tls", ["etcd-ca"]],
        ]);
        assert.ok(issued.every(({ options: { parent } }) => parent === "etcd"));
        const secrets = registered.filter(({ type }) => type.endsWith(":Secret")).map(({ name }) => name);
        assert.deepEqual(secrets.sort(), ["etcd-jwt-key", "etcd-root-password"]);
        assert.ok(registered.every(({ type }) => !type.startsWith("tls:")));
        const { inputs, options } = registered.find(({ type }) => type.endsWith(":StatefulSet"))!;
        assert.ok(options.dependsOn.includes("etcd-tls"), "pods would be made before their Secret");
        const clients = registered.find(({ name }) => name === "etcd-client")!;
        assert.ok(clients.options.dependsOn.includes("etcd-tls"), "it would be waited for in vain");
        const spec = issued[3]!.inputs["spec"] as { secretName: string; dnsNames: string[] };
        assert.match(JSON.stringify(inputs), new RegExp(`"secretName":"${spec.secretName}"`));
        assert.ok(spec.dnsNames.includes("*.db.data.svc.cluster.local"));
        assert.equal(await valueOf(cluster.endpoint), "https://db-client.data.svc.cluster.local:2379");
        // It is in the Secret, and with the Secret the key would come into the state.
        assert.equal(await valueOf(cluster.caCert), undefined);
    });

    it("asks a named issuer for the certificate alone", async () => {
        const [, registered] = await make({ tls: "cert-manager", tlsIssuer: "ClusterIssuer/company" });
        const [certificate, ...others] = registered.filter(({ type }) => ISSUED.test(type));
        assert.deepEqual(others, []);
        assert.deepEqual([certificate!.name, certificate!.options.dependsOn], ["etcd-tls", []]);
        const { issuerRef } = certificate!.inputs["spec"] as { issuerRef: object };
        assert.deepEqual(issuerRef, { name: "company", kind: "ClusterIssuer", group: "cert-manager.io" });
        const component = registered.find(({ type }) => type === "etcd:index:EtcdCluster")!.inputs;
        assert.deepEqual([component["tls"], component["tlsIssuer"]], ["cert-manager", "ClusterIssuer/company"]);
    });

    /** The CAs of that list, by which of them the members' certificate is, and the one Secret of it all, as it is named and filled. */
    const exchange = async (tlsCaGenerations?: number[]) => {
        const [cluster, registered] = await make({ tls: "generated", tlsCaGenerations });
        const named = (kind: string) => registered.filter(({ type }) => type.endsWith(kind)).map(({ name }) => name);
        const leaf = registered.find(({ type }) => type.endsWith("LocallySignedCert"))!.inputs;
        const secret = registered.find(
            ({ type, inputs }) => type.endsWith(":Secret") && /ca.crt/.test(JSON.stringify(inputs)),
        )!;
        const encoded = /"ca.crt":"([^"]+)"/.exec(JSON.stringify(secret.inputs))![1]!;
        const set = registered.find(({ type }) => type.endsWith(":StatefulSet"))!;
        const { name } = secret.inputs.metadata as { name: string };
        const trusted = Buffer.from(encoded, "base64").toString();
        assert.equal(await valueOf(cluster.caCert), trusted, "clients and members do not trust the same");
        assert.ok(set.options.dependsOn.includes(secret.name), "the StatefulSet does not wait for its Secret");
        for (const kind of [":StatefulSet", ":Job"]) {
            const { inputs } = registered.find(({ type }) => type.endsWith(kind))!;
            assert.ok(JSON.stringify(inputs).includes(`"secretName":"${name}"`), `${kind} does not mount ${name}`);
        }
        const frozen = registered.find(({ type }) => type.endsWith(":EtcdCluster"))!.inputs.tlsCaGenerations;
        return {
            keys: named("PrivateKey").filter((each) => each !== "etcd-tls"),
            cas: named("SelfSignedCert"),
            // The key is a secret.
            signs: [leaf.caCertPem, (leaf.caPrivateKeyPem as { value: string }).value],
            secrets: [secret.name, name],
            trusted,
            frozen,
            template: JSON.stringify((set.inputs.spec as { template: object }).template),
        };
    };
    const signedBy = (name: string) => [`${name} certPem`, `${name} privateKeyPem`];

    it("makes CAs by number: the first signs, members and clients trust all, in a Secret that the pod template names", async () => {
        const { template, ...both } = await exchange([1, 2]);
        assert.deepEqual(both, {
            keys: ["etcd-ca", "etcd-ca-2"],
            cas: ["etcd-ca", "etcd-ca-2"],
            signs: signedBy("etcd-ca"),
            secrets: ["etcd-tls-1-2", "infra-etcd-cluster-tls-1-2"],
            trusted: "etcd-ca certPemetcd-ca-2 certPem",
            frozen: [1, 2],
        });
        const turned = await exchange([2, 1]);
        assert.deepEqual(turned.signs, signedBy("etcd-ca-2"));
        assert.equal(turned.trusted, "etcd-ca-2 certPemetcd-ca certPem");
        const ended = await exchange([2]);
        assert.deepEqual([ended.cas, ended.trusted], [["etcd-ca-2"], "etcd-ca-2 certPem"]);
        const templates = [template, turned.template, ended.template, (await exchange()).template];
        assert.equal(new Set(templates).size, 4, "a step does not restart the members");
    });

    it("registers for the first CA alone what it did before there could be others", async () => {
        const first = await exchange();
        assert.deepEqual([first.keys, first.cas, first.signs], [["etcd-ca"], ["etcd-ca"], signedBy("etcd-ca")]);
        assert.deepEqual([first.secrets, first.trusted], [["etcd-tls", "infra-etcd-cluster-tls"], "etcd-ca certPem"]);
        assert.equal(first.frozen, undefined);
        assert.deepEqual(await exchange([1]), first);
    });

    it("makes no certificate of its own where there is a Secret", async () => {
        const [cluster, registered] = await make({ tls: "secret", tlsSecret: "mine" });
        assert.ok(registered.every(({ type, name }) => !type.startsWith("tls:") && name !== "etcd-tls"));
        assert.equal(await valueOf(cluster.caCert), undefined);
    });

    it("makes no certificate with TLS off, and then says so to clients", async () => {
        const [cluster, registered] = await make({ tls: "off" });
        assert.ok(registered.every(({ type, name }) => !type.startsWith("tls:") && name !== "etcd-tls"));
        assert.equal(await valueOf(cluster.caCert), undefined);
        assert.equal(
            await valueOf(cluster.endpoint),
            "http://infra-etcd-cluster-client.default.svc.cluster.local:2379",
        );
    });
});
