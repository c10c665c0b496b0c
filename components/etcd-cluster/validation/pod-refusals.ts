/** What `pod` may not lay over our pods, each with the reason: the scripts rely on it, or another argument sets it. */
import {
    GRACE_SECONDS,
    OUR_CONTAINERS,
    OUR_INIT_CONTAINERS,
    OUR_PATHS,
    OUR_PORTS,
    OUR_VOLUMES,
    PRIVATE_VOLUMES,
} from "../manifests/ours";
import type { EtcdOptions } from "../options";
import { isInteger, isRecord } from "./checks";
import { HIDDEN, type Problem } from "./problem";

type Plain = Record<string, unknown>;

const NAMES = "members are known by the names that the StatefulSet gives them";
const ACCOUNTS = "the scripts' rights belong to their own accounts";
const PROCESSES = "start.sh is process 1 of its container, and looks after the processes there";

/** Fields of the pod that are ours. */
const POD: Record<string, string> = {
    restartPolicy: "members are restarted for ever, and the pod of a Job runs once",
    serviceAccountName: ACCOUNTS,
    serviceAccount: ACCOUNTS,
    automountServiceAccountToken: "the scripts ask the API server",
    hostname: NAMES,
    hostnameOverride: NAMES,
    subdomain: NAMES,
    setHostnameAsFQDN: NAMES,
    hostNetwork: "members need ports 2379 to 2381 of an address of their own",
    hostPID: PROCESSES,
    shareProcessNamespace: PROCESSES,
    nodeName: "all pods would go to one node, past the scheduler; nodeSelector chooses nodes",
    dnsPolicy: "members find each other by the DNS of the Kubernetes cluster; dnsConfig adds to it",
    enableServiceLinks: "variables made of Services may begin with ETCD_, and etcd would read them",
    activeDeadlineSeconds: "members run for ever, and a Job has a deadline of its own",
    ephemeralContainers: "Kubernetes takes them in running pods alone",
};

const RESOURCES = "resources and helperResources set it";
const PROBE = "the scripts know when a member is well, and the rollout waits for it";

/** Fields of our containers that are ours. What is in neither list is refused as well. */
const CONTAINER: Record<string, string> = {
    image: "image, toolboxImage and kubectlImage set it",
    imagePullPolicy: "imagePullPolicy sets it",
    resources: RESOURCES,
    command: "it runs the scripts",
    args: "it runs the scripts",
    lifecycle: "a member leaves in order by its preStop",
    livenessProbe: PROBE,
    readinessProbe: PROBE,
    startupProbe: PROBE,
    ports: "Services and policies refer to its ports",
    envFrom: "scripts and etcd are configured by environment, and any name might be one of theirs",
};
const FREE = ["name", "securityContext", "env", "volumeMounts", "resizePolicy"];

/** For the Go runtime, tracing and clocks. Any other name might be one that a script, etcdctl, kubectl or etcd reads. */
const FREE_VARIABLE = /^(GO[A-Z]+|OTEL_[A-Z_]+|TZ)$/;

/** All problems of `pod`, which is of the right form. */
export function podRefusals({ pod }: EtcdOptions): Problem[] {
    const parts = pod as Plain;
    return [
        ...Object.entries(POD).flatMap(([field, why]) => refused(`pod.${field}`, parts[field], why)),
        ...grace(parts.terminationGracePeriodSeconds),
        ...listOf(parts.volumes).flatMap(({ name }) =>
            OUR_VOLUMES.includes(name)
                ? refused(`pod.volumes.${name}`, name, `a volume of the program's; take another name`)
                : [],
        ),
        ...listOf(parts.containers).flatMap((each) =>
            container("containers", each, OUR_CONTAINERS, OUR_INIT_CONTAINERS),
        ),
        ...listOf(parts.initContainers).flatMap((each) =>
            container("initContainers", each, OUR_INIT_CONTAINERS, OUR_CONTAINERS),
        ),
    ];
}

const listOf = (list: unknown) => (list ?? []) as (Plain & { name: string })[];

function refused(key: string, value: unknown, why: string): Problem[] {
    return value === undefined ? [] : [{ key, value, allowed: `not set: ${why}` }];
}

function grace(value: unknown): Problem[] {
    const isFine = value === undefined || isInteger(GRACE_SECONDS, 86_400)(value);
    const allowed = `an integer from ${GRACE_SECONDS}, which a member that leaves takes at most, to 86400`;
    return isFine ? [] : [{ key: "pod.terminationGracePeriodSeconds", value, allowed }];
}

function container(list: string, each: Plain & { name: string }, here: string[], elsewhere: string[]): Problem[] {
    const key = `pod.${list}.${each.name}`;
    if (elsewhere.includes(each.name)) {
        return refused(key, each.name, "a container of the program's has this name in the other list");
    }
    return here.includes(each.name) ? ours(key, each) : theirs(key, each);
}

/** A container of ours. */
function ours(key: string, each: Plain): Problem[] {
    const fields = Object.keys(each).filter((field) => !FREE.includes(field));
    return [
        ...fields.flatMap((field) =>
            refused(`${key}.${field}`, each[field], CONTAINER[field] ?? "the scripts rely on what it is"),
        ),
        ...variables(each.env).flatMap((name) =>
            refused(
                `${key}.env.${name}`,
                FREE_VARIABLE.test(name) ? undefined : HIDDEN,
                "scripts and etcd are configured by environment, etcd by etcdFlags; only GO..., OTEL_... and TZ are free",
            ),
        ),
        ...mountsOf(each).flatMap(({ name, mountPath }) =>
            OUR_PATHS.some((path) => overlaps(path, mountPath)) || OUR_VOLUMES.includes(name)
                ? refused(
                      `${key}.volumeMounts`,
                      `${name} at ${mountPath}`,
                      "another volume at another path: this one is the program's",
                  )
                : [],
        ),
    ];
}

/** A container of the user's, in our pod. */
function theirs(key: string, each: Plain): Problem[] {
    const ports = Array.isArray(each.ports) ? each.ports.filter(isRecord) : [];
    return [
        ...ports.flatMap(({ containerPort }) =>
            OUR_PORTS.includes(containerPort as number)
                ? refused(`${key}.ports`, containerPort, "members listen on 2379 to 2381")
                : [],
        ),
        ...mountsOf(each).flatMap(({ name }) =>
            PRIVATE_VOLUMES.includes(name)
                ? refused(
                      `${key}.volumeMounts`,
                      name,
                      "the scripts alone use this volume, and rely on what they wrote there",
                  )
                : [],
        ),
    ];
}

const variables = (env: unknown) =>
    Array.isArray(env) ? env.filter(isRecord).map(({ name }) => String(name)) : env === undefined ? [] : ["env"];

const mountsOf = ({ volumeMounts }: Plain) =>
    (Array.isArray(volumeMounts) ? volumeMounts.filter(isRecord) : []).map(({ name, mountPath }) => ({
        name: String(name),
        mountPath: String(mountPath),
    }));

/** Whether one of two paths is the other or lies in it. */
function overlaps(one: string, other: string): boolean {
    const [a, b] = [one, other].map((path) => `${path.replace(/\/+/g, "/").replace(/\/$/, "")}/`) as [string, string];
    return a.startsWith(b) || b.startsWith(a);
}
