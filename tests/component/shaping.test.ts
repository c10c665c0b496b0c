// How settings shape pods and objects: every pod template of the program gets them, and nothing that is frozen changes by them.
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import * as pulumi from "@pulumi/pulumi";

import { EtcdCluster, type EtcdClusterArgs } from "../../components";
import {
    OUR_CONTAINERS,
    OUR_INIT_CONTAINERS,
    OUR_PATHS,
    OUR_PORTS,
    OUR_VOLUMES,
} from "../../components/etcd-cluster/manifests/ours";
import { problemsOf } from "../../components/etcd-cluster/validation/validate";
import { EVERY_SHAPE, PLATFORM_UID } from "../support/every-shape";
import { mockEngine, settled, type Registered } from "./mocks";

/* eslint-disable @typescript-eslint/no-explicit-any -- plain objects, read at any depth */
async function made(args: EtcdClusterArgs = {}): Promise<(Registered & { inputs: any })[]> {
    const registered = mockEngine();
    new EtcdCluster("etcd", { rootPassword: "given password", initialClusterToken: "given", ...args });
    await settled();
    return registered;
}

const BACKUP: EtcdClusterArgs["backup"] = { schedule: "@daily", volume: "backups" };
const IN_BUCKET: EtcdClusterArgs["backup"] = {
    schedule: "@daily",
    s3: { bucket: "backups", secret: "keys", region: "eu-central-1" },
};

/** Every pod template that is registered, whatever it is a part of. */
async function templates(args: EtcdClusterArgs = {}): Promise<{ members: any; jobs: any[]; all: any[] }> {
    const templateOf = ({ spec }: any) => spec?.template ?? spec?.jobTemplate?.spec.template;
    const objects = (await made(args)).filter(({ inputs }) => templateOf(inputs)?.spec?.containers);
    const of = (type: string) =>
        objects.filter((each) => each.type.endsWith(type)).map((each) => templateOf(each.inputs));
    const [members] = of(":StatefulSet");
    const jobs = [...of(":Job"), ...of(":CronJob")];
    assert.equal(jobs.length + 1, objects.length, "a pod template of another kind");
    return { members, jobs, all: [members, ...jobs] };
}

const containersOf = (spec: any) => [...spec.initContainers, ...spec.containers];
const names = (list: any[]) => list.map(({ name }) => name);

/** As they were before pods could be shaped, in the order in which the engine hands them on. Kubernetes refuses every change of them. */
const CLAIMS =
    '[{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"labels":{"app":"etcd","k8s-app":"infra-etcd-cluster"},"name":"datadir"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}]';
const LABELS = '{"app":"etcd","k8s-app":"infra-etcd-cluster"}';
const SELECTOR = `{"matchLabels":${LABELS}}`;

describe("the shape of the pods", () => {
    it("leaves claim templates and selectors byte for byte as they were", async () => {
        for (const args of [{}, EVERY_SHAPE]) {
            const objects = await made(args);
            const of = (type: string) => objects.filter((each) => each.type.endsWith(`:${type}`));
            const [set] = of("StatefulSet");
            assert.equal(JSON.stringify(set!.inputs.spec.volumeClaimTemplates), CLAIMS);
            assert.equal(JSON.stringify(set!.inputs.spec.selector), SELECTOR);
            const [budget] = of("PodDisruptionBudget");
            assert.equal(JSON.stringify(budget!.inputs.spec.selector), SELECTOR);
            for (const { inputs } of of("Service")) {
                assert.equal(JSON.stringify(inputs.spec.selector), LABELS);
            }
        }
    });

    it("is fine with every setting at once, and the list of them has all", () => {
        assert.deepEqual(problemsOf(EVERY_SHAPE), []);
        const settings = fs.readFileSync(
            path.join(__dirname, "../../components/etcd-cluster/settings/pods.ts"),
            "utf8",
        );
        const keys = [...settings.matchAll(/^ {4}(\w+): \{$/gm)].map(([, key]) => key!);
        assert.ok(keys.length >= 11);
        keys.forEach((key) => assert.ok(key in EVERY_SHAPE, key));
    });

    it("is that of members and Jobs alike", async () => {
        const { members, jobs, all } = await templates({ ...EVERY_SHAPE, backup: BACKUP });
        assert.equal(all.length, 3);
        for (const { metadata, spec } of all) {
            const { "example.org/team": team, "example.org/cost-center": cost } = metadata.labels;
            assert.deepEqual([team, cost], ["databases", "4711"]);
            assert.equal(metadata.annotations["example.org/runbook"], "https://example.org/run book");
            assert.deepEqual(spec.imagePullSecrets, [{ name: "mirror-login" }]);
            assert.deepEqual(spec.tolerations, EVERY_SHAPE.tolerations);
            assert.deepEqual(spec.nodeSelector, EVERY_SHAPE.nodeSelector);
            assert.equal(spec.priorityClassName, EVERY_SHAPE.priorityClassName);
            assert.deepEqual(spec.hostAliases, EVERY_SHAPE.pod.hostAliases);
            assert.deepEqual(spec.volumes.at(-1), EVERY_SHAPE.pod.volumes[0]);
            assert.deepEqual(spec.securityContext, {
                runAsNonRoot: true,
                runAsUser: PLATFORM_UID,
                fsGroup: PLATFORM_UID,
                supplementalGroups: [4000],
                fsGroupChangePolicy: "OnRootMismatch",
                seccompProfile: { type: "RuntimeDefault" },
            });
            containersOf(spec).forEach(({ name, resources }) =>
                assert.equal(resources.limits.cpu, ["etcd", "save", "verify"].includes(name) ? "2" : "500m", name),
            );
        }
        const [etcd] = members.spec.containers;
        assert.equal(etcd.env.at(-1).name, "GOMEMLIMIT");
        assert.deepEqual(etcd.volumeMounts.at(-1), { name: "scratch", mountPath: "/scratch" });
        assert.equal(members.spec.terminationGracePeriodSeconds, 200);
        for (const { spec } of jobs) {
            assert.equal(spec.terminationGracePeriodSeconds, undefined, "it would hold up what comes after it");
            assert.doesNotMatch(JSON.stringify(spec), /GOMEMLIMIT/);
        }
    });

    it("labels every object, and keeps what selectors look at", async () => {
        const standard = {
            "app.kubernetes.io/name": "etcd",
            "app.kubernetes.io/instance": "infra-etcd-cluster",
            "app.kubernetes.io/managed-by": "pulumi",
        };
        const objects = (await made(EVERY_SHAPE)).filter(({ type }) => type.startsWith("kubernetes:"));
        assert.ok(objects.length > 15);
        for (const { inputs, name, type } of objects) {
            const { labels } = inputs.metadata;
            const wanted = { ...standard, "example.org/cost-center": "4711", "k8s-app": "infra-etcd-cluster" };
            assert.deepEqual({ ...labels, ...wanted }, labels, name);
            const component = type.endsWith(":Job") ? "rollout" : "etcd";
            assert.equal(labels["app.kubernetes.io/component"], component, name);
            assert.equal(labels.app, component === "etcd" ? "etcd" : "etcd-rollout", name);
        }
        const { members, jobs } = await templates();
        assert.equal(members.metadata.labels["app.kubernetes.io/version"], "3.6.16");
        assert.equal(members.metadata.labels["app.kubernetes.io/component"], "etcd");
        assert.equal(jobs[0].metadata.labels["app.kubernetes.io/component"], "rollout");
        const apps = [members, ...jobs].map(({ metadata: { labels } }) => [labels["k8s-app"], labels.app].join());
        assert.deepEqual(apps, ["infra-etcd-cluster,etcd", "infra-etcd-cluster,etcd-rollout"]);
    });

    it("has requests and a memory limit in every container, and images under their whole names", async () => {
        const { all } = await templates();
        for (const { spec } of all) {
            for (const { name, resources, image } of containersOf(spec)) {
                assert.ok(resources.requests.cpu && resources.requests.memory && resources.limits.memory, name);
                assert.match(image, /^[a-z]+(\.[a-z0-9]+)+\/.+:/, "no registry is named");
            }
        }
        const limited = await templates({ resources: { limits: { cpu: "50m" } } });
        assert.deepEqual(limited.members.spec.containers[0].resources, {
            requests: { cpu: "50m", memory: "256Mi" },
            limits: { cpu: "50m", memory: "1Gi" },
        });
        const large = await templates({ resources: { requests: { memory: "4Gi" } } });
        assert.deepEqual(large.members.spec.containers[0].resources, {
            requests: { cpu: "100m", memory: "4Gi" },
            limits: { memory: "4Gi" },
        });
    });

    it("takes images from a mirror, but those that are set themselves", async () => {
        const { all } = await templates({ imageRegistry: "mirror.example.org:5000/a", kubectlImage: "mine/kubectl:1" });
        const toolbox = "mirror.example.org:5000/a/docker.io/library/busybox:1.37.0-musl";
        const etcd = "mirror.example.org:5000/a/gcr.io/etcd-development/etcd:v3.6.16";
        for (const { spec } of all) {
            assert.deepEqual(
                containersOf(spec).map(({ image }) => image),
                [toolbox, "mine/kubectl:1", etcd, ...(spec.containers.length > 1 ? [toolbox] : [])],
            );
        }
    });

    it("keeps service meshes out, unless a word is said about them", async () => {
        const told = async (args: EtcdClusterArgs) =>
            (await templates(args)).all.map(({ metadata: { labels, annotations } }) =>
                [
                    labels["sidecar.istio.io/inject"],
                    labels["istio.io/dataplane-mode"],
                    annotations["linkerd.io/inject"],
                ].join(),
            );
        assert.deepEqual(await told({}), ["false,none,disabled", "false,none,disabled"]);
        const istio = await told({ podLabels: { "sidecar.istio.io/inject": "true" } });
        assert.deepEqual(istio, ["true,,disabled", "true,,disabled"]);
        const linkerd = await told({ podAnnotations: { "linkerd.io/inject": "enabled" } });
        assert.deepEqual(linkerd, ["false,none,enabled", "false,none,enabled"]);
        const annotated = await told({ podAnnotations: { "sidecar.istio.io/inject": "true" } });
        assert.deepEqual(annotated, [",,disabled", ",,disabled"]);
    });

    it("lets the cluster autoscaler give up a node with them", async () => {
        for (const { metadata, spec } of (await templates(EVERY_SHAPE)).all) {
            const named =
                metadata.annotations["cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"].split(",");
            const local = names(spec.volumes.filter(({ emptyDir }: any) => emptyDir));
            // The user's own is the user's word.
            assert.deepEqual(local, [...named, "scratch"]);
        }
    });

    it("prefers different zones, demands them or leaves them, for members alone", async () => {
        const zones = async (topologySpread: "soft" | "hard" | "none") => {
            const { members, jobs } = await templates({ topologySpread });
            assert.equal(jobs[0].spec.topologySpreadConstraints, undefined);
            return members.spec.topologySpreadConstraints;
        };
        const [soft, ...more] = await zones("soft");
        assert.deepEqual(more, []);
        assert.deepEqual(soft, {
            maxSkew: 1,
            topologyKey: "topology.kubernetes.io/zone",
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: JSON.parse(SELECTOR),
        });
        assert.equal((await zones("hard"))[0].whenUnsatisfiable, "DoNotSchedule");
        assert.equal(await zones("none"), undefined);
    });

    it("leaves user and groups to the platform, or names its own", async () => {
        for (const { spec } of (await templates({ podSecurity: "platform" })).all) {
            assert.doesNotMatch(JSON.stringify(spec), /runAsUser|runAsGroup|"fsGroup"/);
            assert.equal(spec.securityContext.runAsNonRoot, true);
        }
        for (const { spec } of (await templates()).all) {
            const { runAsUser, runAsGroup, fsGroup } = spec.securityContext;
            assert.deepEqual([runAsUser, runAsGroup, fsGroup], [65532, 65532, 65532]);
        }
    });

    it("lays `pod` over what is there: by name where there are names, sidecars for members alone", async () => {
        const { members, jobs } = await templates({
            affinity: "soft",
            pod: {
                affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
                initContainers: [
                    { name: "kubectl", securityContext: { runAsUser: 7 } },
                    { name: "wait", image: "wait:1" },
                ],
                containers: [
                    { name: "sidecar", image: "sidecar:1" },
                    { name: "rollout", env: [{ name: "TZ", value: "UTC" }] },
                ],
                topologySpreadConstraints: [
                    { topologyKey: "topology.kubernetes.io/zone", maxSkew: 2, whenUnsatisfiable: "DoNotSchedule" },
                ],
            },
        });
        const [job] = jobs;
        for (const { spec } of [members, job]) {
            assert.deepEqual(names(spec.initContainers), ["toolbox", "kubectl", "wait"]);
            const { securityContext, command } = spec.initContainers[1];
            assert.equal(securityContext.runAsUser, 7);
            assert.equal(securityContext.readOnlyRootFilesystem, true);
            assert.ok(command);
        }
        assert.deepEqual(names(members.spec.containers), ["etcd", "sidecar"]);
        assert.deepEqual(names(job.spec.containers), ["rollout", "watch"]);
        assert.equal(job.spec.containers[0].env.at(-1).name, "TZ");
        assert.deepEqual(Object.keys(members.spec.affinity).sort(), ["nodeAffinity", "podAntiAffinity"]);
        const known = { seccompProfile: pulumi.output({ type: "Localhost" }) };
        const later = await templates({ pod: { securityContext: known } });
        for (const { spec } of later.all) {
            assert.deepEqual(spec.securityContext.seccompProfile, { type: "Localhost" });
            assert.equal(spec.securityContext.runAsNonRoot, true);
        }
        const [zone, ...more] = members.spec.topologySpreadConstraints;
        assert.deepEqual([zone.maxSkew, more], [2, []]);
    });

    it("refuses what the scripts own, each with the reason", () => {
        const refused = (pod: EtcdClusterArgs["pod"]) =>
            problemsOf({ pod }).map(({ key, allowed }) => `${key}: ${allowed}`);
        const [one, two, three, ...more] = refused({
            restartPolicy: "Never",
            containers: [{ name: "etcd", readinessProbe: {}, env: [{ name: "ETCDCTL_API", value: "2" }] }],
        });
        assert.match(one!, /^pod\.restartPolicy: not set: members are restarted/);
        assert.match(two!, /^pod\.containers\.etcd\.readinessProbe: not set: the scripts know when/);
        assert.match(three!, /^pod\.containers\.etcd\.env\.ETCDCTL_API: not set: .*etcdFlags/);
        assert.deepEqual(more, []);
        const fields =
            "serviceAccountName serviceAccount automountServiceAccountToken hostname subdomain hostNetwork hostPID shareProcessNamespace nodeName dnsPolicy enableServiceLinks activeDeadlineSeconds ephemeralContainers";
        for (const field of fields.split(" ")) {
            assert.equal(refused({ [field]: true }).length, 1, field);
        }
        const ours =
            "image imagePullPolicy resources command args lifecycle livenessProbe startupProbe ports envFrom workingDir tty";
        for (const field of ours.split(" ")) {
            for (const name of OUR_CONTAINERS) {
                assert.equal(refused({ containers: [{ name, [field]: "x" }] }).length, 1, `${name} ${field}`);
            }
        }
        for (const name of OUR_VOLUMES) {
            assert.equal(refused({ volumes: [{ name, emptyDir: {} }] }).length, 1, name);
        }
        for (const mountPath of ["/state", "/state/a", "/", "/var/run", "/secrets//tls/"]) {
            const containers = [{ name: "etcd", volumeMounts: [{ name: "a", mountPath }] }];
            assert.equal(refused({ containers }).length, 1, mountPath);
        }
        assert.deepEqual(
            refused({ containers: [{ name: "etcd", volumeMounts: [{ name: "a", mountPath: "/stateful" }] }] }),
            [],
        );
        // What is to be merged or looked at is there now; a value in it may be known later.
        const later = pulumi.output("x") as never;
        assert.equal(problemsOf({ pod: { securityContext: later } }).length, 1);
        for (const part of [{ securityContext: later }, { env: later }, { env: [{ name: later, value: "a" }] }]) {
            assert.equal(refused({ containers: [{ name: "etcd", ...part }] }).length, 1, Object.keys(part).join());
        }
        for (const volumeMounts of [later, [{ name: later, mountPath: "/a" }]]) {
            assert.equal(refused({ containers: [{ name: "mine", volumeMounts }] }).length, 1);
        }
        assert.deepEqual(refused({ containers: [{ name: "etcd", env: [{ name: "TZ", value: later }] }] }), []);
        // What may be a secret is not shown.
        const [hidden] = problemsOf({ pod: { containers: [{ name: "etcd", env: [{ name: "A", value: "b" }] }] } });
        assert.equal(hidden!.value, "(not shown)");
    });

    it("changes a container of ours in the pods that have it, and puts it into no other", async () => {
        const securityContext = { runAsUser: 7 };
        const initContainers = ["toolbox", "kubectl", "save"].map((name) => ({ name, securityContext }));
        const pod = { initContainers, containers: [{ name: "publish", securityContext }] };
        assert.deepEqual(problemsOf({ pod, backup: BACKUP }), []);
        const { all } = await templates({ pod, backup: BACKUP });
        assert.deepEqual(
            all.map(({ spec }) => names(containersOf(spec)).join()),
            ["toolbox,kubectl,etcd", "toolbox,kubectl,rollout,watch", "toolbox,save,copy,verify,publish"],
        );
        for (const each of all.flatMap(({ spec }) => containersOf(spec))) {
            const isChanged = ["toolbox", "kubectl", "save", "publish"].includes(each.name);
            assert.equal(each.securityContext.runAsUser, isChanged ? 7 : undefined, each.name);
            assert.ok(each.image, each.name);
        }
    });

    it("knows what is its own: what is refused is what the pods are made of", async () => {
        const all = [
            ...(await templates({ backup: BACKUP })).all,
            ...(await templates({ backup: IN_BUCKET })).jobs.slice(1),
        ];
        const every = (of: (spec: any) => string[]) => new Set(all.flatMap(({ spec }) => of(spec)));
        assert.deepEqual([...every((spec) => names(spec.containers))].sort(), [...OUR_CONTAINERS].sort());
        assert.deepEqual([...every((spec) => names(spec.initContainers))].sort(), [...OUR_INIT_CONTAINERS].sort());
        assert.deepEqual([...every((spec) => names(spec.volumes)), "datadir"].sort(), [...OUR_VOLUMES].sort());
        for (const mount of every((spec) =>
            containersOf(spec).flatMap((each) => each.volumeMounts.map((one: any) => one.mountPath)),
        )) {
            assert.ok(
                OUR_PATHS.some((own) => mount === own || mount.startsWith(`${own}/`)),
                mount,
            );
        }
        const ports = all.flatMap(({ spec }) => spec.containers.flatMap((each: any) => each.ports ?? []));
        assert.deepEqual(
            ports.map(({ containerPort }: any) => containerPort),
            OUR_PORTS,
        );
    });

    it("has the balancer's settings in the client Service alone", async () => {
        const args: EtcdClusterArgs = {
            clientServiceType: "LoadBalancer",
            loadBalancerClass: "service.k8s.aws/nlb",
            loadBalancerSourceRanges: ["10.0.0.0/8"],
            serviceAnnotations: { "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal" },
        };
        const services = (await made(args)).filter(({ type }) => type.endsWith(":Service"));
        const client = services.find(({ name }) => name === "etcd-client")!.inputs;
        const { "pulumi.com/waitFor": waitFor, ...annotations } = client.metadata.annotations;
        assert.match(waitFor, /loadBalancer/);
        assert.deepEqual(annotations, args.serviceAnnotations);
        const { loadBalancerClass, loadBalancerSourceRanges } = client.spec;
        assert.deepEqual(
            { loadBalancerClass, loadBalancerSourceRanges },
            {
                loadBalancerClass: args.loadBalancerClass,
                loadBalancerSourceRanges: args.loadBalancerSourceRanges,
            },
        );
        const headless = services.find(({ name }) => name === "etcd-headless")!.inputs;
        assert.doesNotMatch(JSON.stringify(headless), /aws|10\.0/);
        assert.deepEqual(
            problemsOf({ ...args, clientServiceType: "NodePort" })
                .map(({ key }) => key)
                .sort(),
            ["loadBalancerClass", "loadBalancerSourceRanges"],
        );
    });
});
