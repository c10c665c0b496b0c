/** What `pod` and `tolerations` look like. What is in them that Kubernetes has names for is left to Kubernetes. */
import { isDnsLabel, isInteger, isLabelName, isOneOf, isRecord, isText, type Check } from "./checks";
import { isLater } from "../later";

/** Fields of a PodSpec, as of Kubernetes 1.34. */
const FIELDS =
    "activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig dnsPolicy enableServiceLinks ephemeralContainers hostAliases hostIPC hostNetwork hostPID hostUsers hostname hostnameOverride imagePullSecrets initContainers nodeName nodeSelector os overhead preemptionPolicy priority priorityClassName readinessGates resourceClaims resources restartPolicy runtimeClassName schedulerName schedulingGates securityContext serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes".split(
        " ",
    );

/** Lists of things with names of their own, by which they are merged. */
const NAMED = ["containers", "initContainers", "volumes"];
/** Maps that are merged, which those that are known only later cannot be. */
const MERGED = ["securityContext", "affinity", "nodeSelector"];

/** No pod has values deeper than that, and no circle is. */
const DEEPEST = 20;

export const isPod: Check = (value) =>
    isRecord(value) &&
    !isLater(value) &&
    Object.entries(value).every(
        ([field, part]) =>
            FIELDS.includes(field) &&
            isPlain(part) &&
            (!MERGED.includes(field) || !isLater(part)) &&
            (!NAMED.includes(field) || isNamedList(part)),
    );

/** Each with a name, and no name twice. */
function isNamedList(list: unknown): boolean {
    const names = Array.isArray(list) ? list.map((each) => (isRecord(each) ? each.name : undefined)) : [undefined];
    return names.every(isDnsLabel) && new Set(names).size === names.length;
}

/** Texts, numbers, switches, lists and maps, and values that are known only later. */
function isPlain(value: unknown, depth = 0): boolean {
    if (["string", "number", "boolean"].includes(typeof value) || isLater(value)) {
        return true;
    }
    const parts = Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : [undefined];
    return depth < DEEPEST && parts.every((part) => isPlain(part, depth + 1));
}

const TOLERATION: Record<string, Check> = {
    key: isLabelName,
    operator: isOneOf(["Exists", "Equal"]),
    value: isText(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/),
    effect: isOneOf(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
    tolerationSeconds: isInteger(-(2 ** 31), 2 ** 31 - 1),
};

const MOST_TOLERATIONS = 32;

/** As the API server takes them: without a key all taints, and a value only to be equal to. */
export const isTolerations: Check = (value) =>
    Array.isArray(value) &&
    value.length <= MOST_TOLERATIONS &&
    value.every(
        (each) =>
            isRecord(each) &&
            Object.entries(each).every(([field, part]) => isLater(part) || TOLERATION[field]?.(part)) &&
            (each.key !== undefined || each.operator === "Exists") &&
            (each.operator !== "Exists" || (each.value ?? "") === "") &&
            (each.tolerationSeconds === undefined || each.effect === "NoExecute"),
    );
