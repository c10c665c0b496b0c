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
import { CONTAINER, FREE, FREE_VARIABLE, POD } from "./pod-owned";
import { isLater } from "../later";
import { HIDDEN, type Problem } from "./problem";

type Plain = Record<string, unknown>;

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
        ...later(key, each, ["securityContext", "env", "volumeMounts"]),
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
        ...later(key, each, ["ports", "volumeMounts"]),
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

/** What is to be merged, or looked at, must be there now: whole, and with its names. */
function later(key: string, each: Plain, fields: string[]): Problem[] {
    const isUnknown = (value: unknown) =>
        value !== undefined &&
        (isLater(value) ||
            (Array.isArray(value) &&
                value.some((one: Plain) => [one, one.name, one.mountPath, one.containerPort].some(isLater))));
    return fields
        .filter((field) => isUnknown(each[field]))
        .map((field) => ({ key: `${key}.${field}`, value: HIDDEN, allowed: "plain lists, maps, names and paths" }));
}

const variables = (env: unknown) =>
    (Array.isArray(env) ? env.filter(isRecord) : []).map(({ name }) => (isLater(name) ? "TZ" : String(name)));

const mountsOf = ({ volumeMounts }: Plain) =>
    (Array.isArray(volumeMounts) ? volumeMounts.filter(isRecord) : []).map(({ name = "", mountPath = "" }) => ({
        name: String(name),
        mountPath: String(mountPath),
    }));

/** Whether one of two paths is the other or lies in it. */
function overlaps(one: string, other: string): boolean {
    const [a, b] = [one, other].map((path) => `${path.replace(/\/+/g, "/").replace(/\/$/, "")}/`) as [string, string];
    return a.startsWith(b) || b.startsWith(a);
}
