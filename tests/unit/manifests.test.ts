// The objects as Kubernetes gets them. What is a contract (selector, claim template, names, modes, limits of access) is pinned
// once with the defaults; every other test is a difference from that.
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import type { EtcdClusterArgs } from "../../components";
import { memberAccess, rolloutAccess } from "../../components/etcd-cluster/manifests/access";
import { disruptionBudget } from "../../components/etcd-cluster/manifests/disruption-budget";
import { marker } from "../../components/etcd-cluster/manifests/marker";
import { recoveryRequest } from "../../components/etcd-cluster/manifests/recovery-request";
import { egressPolicy, networkPolicy } from "../../components/etcd-cluster/manifests/network-policy";
import { rollout } from "../../components/etcd-cluster/manifests/rollout";
import { hashOf, readScripts, scriptsConfigMap } from "../../components/etcd-cluster/manifests/scripts";
import { clientService, headlessService } from "../../components/etcd-cluster/manifests/services";
import { podTemplate, statefulSet } from "../../components/etcd-cluster/manifests/stateful-set";
import { resolve } from "../../components/etcd-cluster/options";
import { problemsOf } from "../../components/etcd-cluster/validation/validate";

const LABELS = { "k8s-app": "infra-etcd-cluster", app: "etcd" };
const SCRIPTS = path.join(__dirname, "../../components/etcd-cluster/scripts");

/* eslint-disable @typescript-eslint/no-explicit-any -- plain objects, read at any depth */
const template = (args: EtcdClusterArgs) => podTemplate(resolve(args), readScripts(), "token");
const set = (args: EtcdClusterArgs = {}) => statefulSet(resolve(args), template(args)) as any;
const pod = (args: EtcdClusterArgs = {}) => set(args).spec.template.spec;
const etcd = (args: EtcdClusterArgs = {}) => pod(args).containers[0];

/** Whether a selector of these labels takes an object of those. */
const selects = (labels: Record<string, string>, object: Record<string, string>) =>
    assert.deepEqual({ ...object, ...labels }, object);

describe("the StatefulSet", () => {
    it("mounts certificates but where TLS is off", () => {
        assert.doesNotMatch(JSON.stringify(pod({ tls: "off" })), /tls/i);
        for (const [args, secretName] of [
            [{}, "infra-etcd-cluster-tls"],
            [{ tlsCaGenerations: [2, 1] }, "infra-etcd-cluster-tls-2-1"],
            [{ tls: "cert-manager" }, "infra-etcd-cluster-tls"],
            [{ tls: "cert-manager", tlsIssuer: "ClusterIssuer/ca", tlsClientAuth: true }, "infra-etcd-cluster-tls"],
            [{ tls: "secret", tlsSecret: "mine", tlsClientAuth: true }, "mine"],
        ] as [EtcdClusterArgs, string][]) {
            const job = rollout(resolve(args), readScripts(), "token", { generation: 1 }) as any;
            const member = pod(args);
            for (const spec of [member, job.spec.template.spec]) {
                const [container] = spec.containers;
                const mount = container.volumeMounts.find(({ name }: any) => name === "tls");
                assert.deepEqual(mount, { name: "tls", mountPath: "/secrets/tls", readOnly: true });
                const volume = spec.volumes.find(({ name }: any) => name === "tls");
                // The rollout's pod says what cert-manager lacks, so it starts without.
                const later = args.tls === "cert-manager" && spec !== member && { optional: true };
                assert.deepEqual(volume, { name: "tls", secret: { secretName, defaultMode: 0o440, ...later } });
                const variables = Object.fromEntries(container.env.map(({ name, value }: any) => [name, value]));
                assert.equal(variables.TLS_DIR, "/secrets/tls");
                assert.equal(variables.TLS_CLIENT_AUTH, args.tlsClientAuth ? "yes" : undefined);
            }
        }
    });

    it("keeps what cannot be changed later", () => {
        const { metadata, spec } = set();
        assert.equal(metadata.name, "infra-etcd-cluster");
        assert.equal(metadata.namespace, "default");
        assert.deepEqual(metadata.annotations, {
            "pulumi.com/patchForce": "true",
            "pulumi.com/waitFor": "jsonpath={.status.observedGeneration}",
        });
        assert.deepEqual(spec.updateStrategy, { type: "OnDelete" });
        assert.deepEqual(spec.selector, { matchLabels: LABELS });
        selects(LABELS, spec.template.metadata.labels);
        assert.equal(spec.serviceName, "infra-etcd-cluster");
        assert.equal(spec.podManagementPolicy, "Parallel");
        assert.deepEqual(spec.persistentVolumeClaimRetentionPolicy, { whenDeleted: "Retain", whenScaled: "Retain" });
        assert.deepEqual(spec.volumeClaimTemplates, [
            {
                apiVersion: "v1",
                kind: "PersistentVolumeClaim",
                metadata: { name: "datadir", labels: LABELS },
                spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
            },
        ]);
    });

    it("has a pod template that knows neither how many members there are nor who formed the cluster", () => {
        const one = JSON.stringify(set({ replicas: 1 }).spec.template);
        for (const replicas of [2, 3, 5, 9]) {
            const other = set({ replicas, initialClusterSize: replicas, clientServiceType: "NodePort" });
            assert.equal(other.spec.replicas, replicas);
            assert.equal(JSON.stringify(other.spec.template), one);
        }
    });

    it("passes Pod Security level restricted", () => {
        assert.deepEqual(pod().securityContext, {
            runAsNonRoot: true,
            runAsUser: 65532,
            runAsGroup: 65532,
            fsGroup: 65532,
            fsGroupChangePolicy: "OnRootMismatch",
            seccompProfile: { type: "RuntimeDefault" },
        });
        for (const container of [...pod().initContainers, ...pod().containers]) {
            assert.deepEqual(container.securityContext, {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ["ALL"] },
                readOnlyRootFilesystem: true,
            });
        }
        assert.equal(pod().enableServiceLinks, false);
    });

    it("ships every script byte for byte, in a ConfigMap of the revision", () => {
        const { metadata, immutable, data } = scriptsConfigMap(resolve({}), readScripts()) as any;
        const files = fs
            .readdirSync(SCRIPTS, { recursive: true, encoding: "utf8" })
            .filter((file) => /\.sh$/.test(file) && !/(^|\/)backup-/.test(file));
        assert.ok(files.includes("start.sh"));
        assert.equal(immutable, true);
        const { configMap } = pod().volumes.find(({ name }: { name: string }) => name === "scripts");
        assert.deepEqual([configMap.name, configMap.defaultMode], [metadata.name, 0o555]);
        assert.deepEqual(configMap.items.map(({ path }: any) => path).sort(), files.sort());
        for (const { key, path: file } of configMap.items) {
            assert.equal(data[key], fs.readFileSync(path.join(SCRIPTS, file), "utf8"));
        }
        assert.equal(Object.keys(data).length, files.length);
        const bytes = Buffer.byteLength(JSON.stringify(data));
        assert.ok(bytes < 500_000, `Kubernetes takes 1 MiB in a ConfigMap; these are ${bytes} bytes`);
        assert.doesNotMatch(JSON.stringify(set().spec.template.metadata), /#!/, "none in the pods themselves");
    });

    it("names the scripts by their content: other scripts are another ConfigMap", () => {
        const scripts = readScripts();
        assert.match((scriptsConfigMap(resolve({}), scripts) as any).metadata.name, /-scripts-[0-9a-f]{10}$/);
        assert.equal(hashOf({ ...scripts }), hashOf(scripts));
        assert.notEqual(hashOf({ ...scripts, "start.sh": `${scripts["start.sh"]}\n` }), hashOf(scripts));
        assert.notEqual(hashOf({ "a.sh": "x" }), hashOf({ "b.sh": "x" }));
    });

    it("configures etcd's container by names only", () => {
        const { env, command, ports, lifecycle, readinessProbe, livenessProbe } = etcd();
        assert.deepEqual(
            env.map(({ name, value, valueFrom }: any) => [name, value ?? valueFrom.fieldRef.fieldPath]),
            [
                ["POD_NAME", "metadata.name"],
                ["POD_NAMESPACE", "metadata.namespace"],
                ["SET_NAME", "infra-etcd-cluster"],
                ["SERVICE_NAME", "infra-etcd-cluster"],
                ["CLUSTER_DOMAIN", "cluster.local"],
                ["MARKER_NAME", "infra-etcd-cluster-formation"],
                ["REQUEST_NAME", "infra-etcd-cluster-recovery"],
                ["INITIAL_CLUSTER_TOKEN", "token"],
                ["PATH", "/toolbox:/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"],
                ["HOME", "/state"],
                ["TLS_DIR", "/secrets/tls"],
                // etcd takes variables of this kind for flags, and logs them with their values: these are meant so, and no others.
                ["ETCD_QUOTA_BACKEND_BYTES", "268435456"],
                ["ETCD_AUTO_COMPACTION_MODE", "periodic"],
                ["ETCD_AUTO_COMPACTION_RETENTION", "1h"],
            ],
        );
        assert.deepEqual(command, ["/toolbox/sh", "/scripts/start.sh"]);
        assert.deepEqual(lifecycle.preStop.exec.command, ["/toolbox/sh", "/scripts/pre-stop.sh"]);
        assert.deepEqual(readinessProbe.exec.command, ["/toolbox/sh", "/scripts/ready.sh"]);
        assert.deepEqual(livenessProbe.exec.command, ["/toolbox/sh", "/scripts/live.sh"]);
        assert.equal(etcd().startupProbe, undefined);
        assert.equal(pod().terminationGracePeriodSeconds, 180);
        // Nobody leaves by a restart: what hangs is not waited for that long.
        assert.equal(livenessProbe.terminationGracePeriodSeconds, 60);
        assert.deepEqual(
            ports.map(({ containerPort }: any) => containerPort),
            [2379, 2380, 2381],
        );
    });

    it("lets etcd keep history for as long as it is told, or for ever", () => {
        const told = (args: EtcdClusterArgs) =>
            etcd(args).env.flatMap(({ name, value }: any) => (/COMPACTION/.test(name) ? [value] : []));
        assert.deepEqual(told({ autoCompaction: "90m" }), ["periodic", "90m"]);
        assert.deepEqual(told({ autoCompaction: "off" }), []);
        // etcd ends at once when it is given a flag both ways.
        Object.values(readScripts()).forEach((script) => assert.doesNotMatch(script, /auto-compaction/));
    });

    it("has the quota in its template, a number of bytes that etcd can read, and nothing that could contradict it", () => {
        const quotaOf = (args: EtcdClusterArgs) =>
            etcd(args).env.find(({ name }: any) => name === "ETCD_QUOTA_BACKEND_BYTES").value;
        assert.equal(quotaOf({ quotaBackendBytes: "16Mi" }), "16777216");
        assert.equal(quotaOf({ quotaBackendBytes: "0.1Gi" }), "107374182");
        assert.equal(quotaOf({ storageSize: "5Gi" }), "2147483648");
        for (const storageSize of ["1e10", "7E", "9223372036854775000"]) {
            assert.match(quotaOf({ storageSize, quotaBackendBytes: "9999999999" }), /^[0-9]+$/, storageSize);
        }
        // etcd ends at once when it is given a flag both ways.
        Object.values(readScripts()).forEach((script) => assert.doesNotMatch(script, /quota-backend-bytes/));
        // The pods of the rollout run no etcd.
        const job = rollout(resolve({}), readScripts(), "token", { generation: 1 }) as any;
        assert.doesNotMatch(JSON.stringify(job.spec.template.spec.containers[0].env), /ETCD_/);
    });

    it("mounts data, tools and secrets where the scripts look for them", () => {
        const mounts = etcd().volumeMounts.map(({ name, mountPath, readOnly = false }: any) => [
            name,
            mountPath,
            readOnly,
        ]);
        assert.deepEqual(mounts, [
            ["datadir", "/var/run/etcd", false],
            ["toolbox", "/toolbox", true],
            ["state", "/state", false],
            ["scripts", "/scripts", true],
            ["root-password", "/secrets/root-password", true],
            ["tls", "/secrets/tls", true],
            ["jwt-key", "/secrets/jwt-key", true],
        ]);
        const secrets = pod().volumes.flatMap(({ secret }: any) => (secret ? [secret] : []));
        assert.deepEqual(secrets, [
            { secretName: "infra-etcd-cluster-root-password", defaultMode: 0o440 },
            { secretName: "infra-etcd-cluster-jwt-key", defaultMode: 0o440 },
            { secretName: "infra-etcd-cluster-tls", defaultMode: 0o440 },
        ]);
    });

    it("takes storage, images, resources and spread from the options", () => {
        const { spec } = set({ storageClass: "fast", storageSelector: { a: "b" }, storageSize: "8Gi" }).spec
            .volumeClaimTemplates[0];
        assert.equal(spec.storageClassName, "fast");
        const classOf = (args: EtcdClusterArgs) => set(args).spec.volumeClaimTemplates[0].spec.storageClassName;
        assert.equal(classOf({ storageSelector: { a: "b" } }), "");
        assert.equal(classOf({}), undefined);
        assert.deepEqual(spec.selector, { matchLabels: { a: "b" } });
        assert.deepEqual(spec.resources, { requests: { storage: "8Gi" } });
        const images = pod({ version: "3.5.32", toolboxImage: "box", kubectlImage: "ctl", imagePullPolicy: "Always" });
        assert.deepEqual(
            [...images.initContainers, ...images.containers].map(({ image, imagePullPolicy }: any) => [
                image,
                imagePullPolicy,
            ]),
            [
                ["box", "Always"],
                ["ctl", "Always"],
                ["gcr.io/etcd-development/etcd:v3.5.32", "Always"],
            ],
        );
        // A digest comes through as it is, and the tag beside it still tells the version.
        const digest = (one: string) => `@sha256:${one.repeat(64)}`;
        const pinned = {
            image: `mirror/etcd:v3.5.40${digest("a")}`,
            toolboxImage: `busybox:1.37.0-musl${digest("b")}`,
            kubectlImage: `kubectl${digest("c")}`,
        };
        assert.deepEqual(problemsOf(pinned), []);
        assert.equal(resolve(pinned).version, "3.5.40");
        const made = rollout(resolve(pinned), {}, "token", { generation: 1 }) as any;
        for (const { initContainers, containers } of [pod(pinned), made.spec.template.spec]) {
            assert.deepEqual(
                [...initContainers, containers[0]].map(({ image }: any) => image),
                [pinned.toolboxImage, pinned.kubectlImage, pinned.image],
            );
            assert.ok(containers.slice(1).every(({ image }: any) => image === pinned.toolboxImage));
        }
        assert.deepEqual(
            problemsOf({ image: `mirror/etcd${digest("a")}` }).map(({ key }) => key),
            ["image"],
        );
        assert.deepEqual(problemsOf({ image: `mirror/etcd${digest("a")}`, version: "3.5.40" }), []);
        const resources = { requests: { cpu: "4", memory: "4Gi" }, limits: { memory: "8Gi" } };
        assert.deepEqual(etcd({ resources }).resources, resources);
        const { podAntiAffinity } = pod({ affinity: "hard" }).affinity;
        assert.deepEqual(podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector, {
            matchLabels: LABELS,
        });
        assert.ok(pod().affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution);
        assert.equal(pod({ affinity: "none" }).affinity, undefined);
    });
});

describe("the objects around it", () => {
    const options = resolve({});

    it("are two Services: one for names, one for clients", () => {
        const headless = headlessService(options) as any;
        assert.equal(headless.metadata.name, "infra-etcd-cluster");
        assert.equal(headless.spec.clusterIP, "None");
        assert.equal(headless.spec.publishNotReadyAddresses, true);
        assert.deepEqual(
            headless.spec.ports.map(({ port }: any) => port),
            [2379, 2380],
        );
        const client = clientService(options) as any;
        // The rollout waits for the pods; a balancer's address nobody else waits for.
        assert.deepEqual(client.metadata.annotations, { "pulumi.com/skipAwait": "true" });
        const balancer = clientService(resolve({ clientServiceType: "LoadBalancer" })) as any;
        assert.deepEqual(balancer.metadata.annotations, {
            "pulumi.com/waitFor": "jsonpath={.status.loadBalancer.ingress}",
        });
        assert.equal(client.metadata.name, "infra-etcd-cluster-client");
        assert.equal(client.spec.type, "ClusterIP");
        assert.equal(client.spec.publishNotReadyAddresses, undefined);
        assert.deepEqual(client.spec.ports, [{ name: "client", port: 2379, targetPort: "client" }]);
        assert.deepEqual(client.spec.selector, LABELS);
        const outside = clientService(resolve({ clientServiceType: "NodePort", nodePort: 30001 })) as any;
        assert.equal(outside.spec.type, "NodePort");
        assert.equal(outside.spec.ports[0].nodePort, 30001);
    });

    it("give the pods few rights and no more", () => {
        const { account, role, binding } = memberAccess(options) as any;
        assert.deepEqual(role.rules, [
            { apiGroups: ["apps"], resources: ["statefulsets"], resourceNames: ["infra-etcd-cluster"], verbs: ["get"] },
            {
                apiGroups: [""],
                resources: ["configmaps"],
                resourceNames: ["infra-etcd-cluster-recovery"],
                verbs: ["get"],
            },
            {
                apiGroups: [""],
                resources: ["configmaps"],
                resourceNames: ["infra-etcd-cluster-formation"],
                verbs: ["get", "patch"],
            },
            {
                apiGroups: [""],
                resources: ["persistentvolumeclaims"],
                resourceNames: [0, 1, 2, 3, 4, 5, 6, 7, 8].map((ordinal) => `datadir-infra-etcd-cluster-${ordinal}`),
                verbs: ["get"],
            },
        ]);
        assert.equal(binding.roleRef.name, "infra-etcd-cluster");
        assert.deepEqual(binding.subjects, [
            { kind: "ServiceAccount", name: "infra-etcd-cluster", namespace: "default" },
        ]);
        assert.equal(account.metadata.name, pod().serviceAccountName);
        assert.equal(account.automountServiceAccountToken, false);
    });

    it("admit members to all ports, the rollout to those that it asks, clients from everywhere, and nobody else", () => {
        const { metadata, spec } = networkPolicy(options) as any;
        assert.equal(metadata.name, "infra-etcd-cluster");
        assert.deepEqual(spec.podSelector, { matchLabels: LABELS });
        selects(spec.podSelector.matchLabels, set().spec.template.metadata.labels);
        assert.deepEqual(spec.policyTypes, ["Ingress"]);
        const ports = (rule: any) => rule.ports.map(({ protocol, port }: any) => `${protocol} ${port}`);
        const [members, rollouts, clients, ...more] = spec.ingress;
        assert.deepEqual(members.from, [{ podSelector: spec.podSelector }]);
        assert.deepEqual(ports(members), ["TCP 2379", "TCP 2380", "TCP 2381"]);
        // The pod of the Job, as it is made, and no member.
        const made = rollout(options, readScripts(), "token", { generation: 1 }) as any;
        const [{ podSelector }] = rollouts.from;
        selects(podSelector.matchLabels, made.spec.template.metadata.labels);
        assert.throws(() => selects(podSelector.matchLabels, set().spec.template.metadata.labels));
        assert.deepEqual(ports(rollouts), ["TCP 2379", "TCP 2381"]);
        assert.deepEqual(clients, { ports: [{ protocol: "TCP", port: 2379 }] });
        assert.deepEqual(more, []);
    });

    it("admit clients and monitoring from chosen namespaces only", () => {
        const args = { clientNamespaces: ["apps", "jobs"], monitoringNamespace: "monitoring" };
        const { spec } = networkPolicy(resolve(args)) as any;
        const from = (name: string) => ({
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
        });
        assert.deepEqual(spec.ingress.slice(2), [
            { from: [from("apps"), from("jobs")], ports: [{ protocol: "TCP", port: 2379 }] },
            { from: [from("monitoring")], ports: [{ protocol: "TCP", port: 2381 }] },
        ]);
    });

    it("let members and Jobs reach DNS, the API server and the members, and nothing else, where egress is restricted", () => {
        const egressOf = (args: EtcdClusterArgs) => (egressPolicy(resolve(args)) as any).spec;
        const { podSelector, policyTypes, egress } = egressOf({ egress: "restricted" });
        assert.deepEqual(policyTypes, ["Egress"]);
        selects(podSelector.matchLabels, set().spec.template.metadata.labels);
        const made = rollout(options, readScripts(), "token", { generation: 1 }) as any;
        selects(podSelector.matchLabels, made.spec.template.metadata.labels);
        const ports = ({ ports }: any) => ports.map(({ protocol, port }: any) => `${protocol} ${port}`);
        const [dns, api, members, ...more] = egress;
        assert.deepEqual(more, []);
        assert.deepEqual([dns.to, ports(dns)], [undefined, ["UDP 53", "UDP 5353", "TCP 53", "TCP 5353"]]);
        assert.deepEqual([api.to, ports(api)], [undefined, ["TCP 443", "TCP 6443"]]);
        assert.deepEqual(members.to, [{ podSelector: { matchLabels: LABELS } }]);
        assert.deepEqual(ports(members), ["TCP 2379", "TCP 2380", "TCP 2381"]);
        const apiServerCidrs = ["192.0.2.10/32", "2001:db8::/32"];
        assert.deepEqual(egressOf({ egress: "restricted", apiServerCidrs }).egress[1], {
            to: apiServerCidrs.map((cidr) => ({ ipBlock: { cidr } })),
            ports: [{ protocol: "TCP" }],
        });
    });

    it("are an empty marker, the size at formation, and a budget that does not follow the number of members", () => {
        assert.equal(marker(resolve({ replicas: 5 })).data, undefined, "the pods' alone");
        const { metadata } = recoveryRequest(resolve({ replicas: 5 })) as any;
        assert.deepEqual(metadata.annotations, { "etcd-cluster/size-at-formation": "3" });
        for (let replicas = 2; replicas <= 9; replicas++) {
            const { spec } = disruptionBudget(resolve({ replicas })) as any;
            assert.deepEqual(spec, { minAvailable: "51%", selector: { matchLabels: LABELS } });
            // As Kubernetes rounds it.
            assert.equal(Math.ceil((replicas * 51) / 100), Math.floor(replicas / 2) + 1);
        }
        assert.equal((disruptionBudget(resolve({ replicas: 1 })) as any).spec.maxUnavailable, 1);
    });
});

describe("the rollout", () => {
    const job = (args: EtcdClusterArgs = {}, generation = 1) =>
        rollout(resolve(args), readScripts(), "token", { generation }) as any;
    const hash = async (args: EtcdClusterArgs = {}, generation = 1) => {
        const { env } = job(args, generation).spec.template.spec.containers[0];
        const { value } = env.find((each: any) => each.name === "OCCASION");
        return new Promise((resolve) => value.apply(resolve));
    };

    it("is another Job for another generation of the StatefulSet, and for nothing else", async () => {
        const first = await hash();
        assert.match(String(first), /^[0-9a-f]{16}$/);
        assert.equal(await hash({ initialClusterSize: 1, clientServiceType: "NodePort" }), first);
        assert.notEqual(await hash({}, 2), first);
        assert.equal(JSON.stringify(job({ clientServiceType: "NodePort" })), JSON.stringify(job()));
    });

    it("ends by itself at last, and knows how many pods it may see", () => {
        const { activeDeadlineSeconds, template } = job().spec;
        assert.equal(activeDeadlineSeconds, 14_400);
        const [most] = template.spec.containers[0].env.filter(({ name }: any) => name === "MOST_REPLICAS");
        assert.deepEqual(most, { name: "MOST_REPLICAS", value: "9" });
        assert.match(
            Object.values(readScripts()).join("\n"),
            /^MOST_REPLICAS=\$\{MOST_REPLICAS:-9\}/m,
            "the members' part",
        );
    });

    it("may end members' pods by name and itself, say what it waits for, and nothing else", () => {
        const pods = Array.from({ length: 9 }, (_, ordinal) => `infra-etcd-cluster-${ordinal}`);
        const { account, role, binding } = rolloutAccess(resolve({})) as any;
        assert.deepEqual(role.rules, [
            { apiGroups: ["apps"], resources: ["statefulsets"], resourceNames: ["infra-etcd-cluster"], verbs: ["get"] },
            {
                apiGroups: [""],
                resources: ["configmaps"],
                resourceNames: ["infra-etcd-cluster-recovery"],
                verbs: ["get"],
            },
            {
                apiGroups: [""],
                resources: ["configmaps"],
                resourceNames: ["infra-etcd-cluster-formation"],
                verbs: ["get"],
            },
            { apiGroups: [""], resources: ["pods"], resourceNames: pods, verbs: ["get", "delete"] },
            { apiGroups: [""], resources: ["pods/eviction"], resourceNames: pods, verbs: ["create"] },
            {
                apiGroups: [""],
                resources: ["persistentvolumeclaims"],
                resourceNames: pods.map((name) => `datadir-${name}`),
                verbs: ["get"],
            },
            { apiGroups: [""], resources: ["events"], verbs: ["list", "create", "update"] },
            {
                apiGroups: ["batch"],
                resources: ["jobs"],
                resourceNames: ["infra-etcd-cluster-rollout"],
                verbs: ["get", "patch"],
            },
        ]);
        const issued = (args: EtcdClusterArgs) =>
            (rolloutAccess(resolve({ tls: "cert-manager", ...args })) as any).role.rules.slice(role.rules.length);
        const group = { apiGroups: ["cert-manager.io"] };
        const requests = { ...group, resources: ["certificaterequests"], verbs: ["list"] };
        const certificates = (...resourceNames: string[]) => [
            { ...group, resources: ["certificates"], resourceNames, verbs: ["get"] },
            requests,
        ];
        assert.deepEqual(issued({}), certificates("infra-etcd-cluster-ca", "infra-etcd-cluster-tls"));
        assert.deepEqual(issued({ tlsIssuer: "company" }), certificates("infra-etcd-cluster-tls"));
        assert.equal(account.metadata.name, "infra-etcd-cluster-rollout");
        assert.equal(binding.subjects[0].name, account.metadata.name);
        assert.equal(job().spec.template.spec.serviceAccountName, account.metadata.name);
    });

    it("is no member: no Service leads to it, no budget counts it, and it has no data", () => {
        const { metadata, spec } = job().spec.template;
        assert.notEqual(metadata.labels.app, LABELS.app);
        const volumes = ["toolbox", "state", "scripts", "root-password", "tls"];
        assert.deepEqual(
            spec.volumes.map(({ name }: any) => name),
            volumes,
        );
        assert.deepEqual(spec.containers[0].volumeMounts.map(({ name }: any) => name).sort(), [...volumes].sort());
        assert.deepEqual(spec.securityContext, pod().securityContext);
        for (const { securityContext } of spec.containers) {
            assert.deepEqual(securityContext, etcd().securityContext);
        }
    });

    it("knows of which Job it is, and which certificates it waits for", () => {
        for (const [args, certificates] of [
            [{}, undefined],
            [{ tls: "cert-manager" }, "infra-etcd-cluster-ca infra-etcd-cluster-tls"],
            [{ tls: "cert-manager", tlsIssuer: "company" }, "infra-etcd-cluster-tls"],
        ] as [EtcdClusterArgs, string | undefined][]) {
            const made = rollout(resolve(args), {}, "token", { generation: 1 }) as any;
            for (const { env } of made.spec.template.spec.containers) {
                const variables = Object.fromEntries(env.map((each: any) => [each.name, each]));
                assert.equal(variables.JOB_NAME.valueFrom.fieldRef.fieldPath, "metadata.labels['job-name']");
                assert.equal(variables.JOB_UID.valueFrom.fieldRef.fieldPath, "metadata.labels['controller-uid']");
                assert.equal(variables.CERTIFICATES?.value, certificates);
            }
        }
        const [, watch] = job().spec.template.spec.containers;
        assert.deepEqual(watch.command, ["/toolbox/sh", "/scripts/watch.sh"]);
        assert.ok(!JSON.stringify(watch.volumeMounts).includes("secrets"), "it asks no member");
    });

    it("is run again by the next up when it failed, and not by Kubernetes", () => {
        const { metadata, spec } = job();
        assert.equal(metadata.annotations["pulumi.com/replaceUnready"], "true");
        // A failure by a pod failure policy is none that Pulumi's plugin hears of before its time is up.
        assert.equal(spec.backoffLimit, 0);
        assert.deepEqual(
            spec.podFailurePolicy.rules.map(({ action }: any) => action),
            ["Ignore"],
        );
    });
});
