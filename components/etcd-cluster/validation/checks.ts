/**
 * What a single value may be: the rules that Kubernetes, DNS and etcd have, checked here because some of them are checked
 * there only when the first pod or volume is made. No value that passes can mean anything to a shell.
 */
import { isIP } from "net";

import { LEAST_QUOTA } from "./database-quota";
import { parseQuantity } from "./quantity";

export type Check = (value: unknown) => boolean;

const DNS_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_TEXT = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const RESOURCE_NAMES = ["cpu", "memory", "ephemeral-storage"];

/** etcd allocates its log in pieces of 64 MB, two at a time, and a database and a snapshot lie beside it. */
const LEAST_STORAGE = 256 * 2 ** 20;
/** etcd and the kubectl that the scripts run beside it; below this they are killed as soon as they start. */
const LEAST_MEMORY = 128 * 2 ** 20;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);

export const isInteger =
    (low: number, high: number): Check =>
    (value) =>
        typeof value === "number" && Number.isInteger(value) && value >= low && value <= high;

export const isText =
    (pattern: RegExp, longest = Infinity): Check =>
    (value) =>
        typeof value === "string" && value.length <= longest && pattern.test(value);

export const isOneOf =
    (allowed: readonly string[]): Check =>
    (value) =>
        typeof value === "string" && allowed.includes(value);

export const isBoolean: Check = (value) => typeof value === "boolean";

/** A name that is also that of a Service, which may not begin with a digit. */
export const isServiceName = (longest: number) => isText(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, longest);

export const isDnsLabel = isText(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 63);

export const isListOf =
    (check: Check, longest: number): Check =>
    (value) =>
        Array.isArray(value) && value.length <= longest && value.every(check);

/** Numbers of CAs: few, because members and clients read them all, and none twice. */
export const isCaList: Check = (value) =>
    isListOf(isInteger(1, 999_999), 3)(value) &&
    (value as unknown[]).length > 0 &&
    new Set(value as unknown[]).size === (value as unknown[]).length;

/** The name of an object of Kubernetes, such as a StorageClass. */
export const isObjectName = isText(DNS_NAME, 253);

export const isDomain: Check = (value) =>
    typeof value === "string" && isObjectName(value) && value.split(".").every(isDnsLabel);

/** A host name, or an address; an IPv6 address with brackets or without. A last part of digits makes it an address. */
export const isHost: Check = (value) =>
    typeof value === "string" &&
    (isIP(value) !== 0 ||
        isIP(/^\[(.*)\]$/.exec(value)?.[1] ?? "") === 6 ||
        (isDomain(value.toLowerCase()) && !/(^|\.)\d+$/.test(value)));

/** Of all printable ASCII characters, whatever they mean elsewhere: the password travels as a file. */
export const isPassword = isText(/^[\x20-\x7e]{8,128}$/);

const IMAGE =
    /^([a-z0-9]([-a-zA-Z0-9._]*[a-z0-9])?(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*)(:\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

/** An image reference whose name, without tag and digest, is one that registries take. */
export const isImage: Check = (value) => isText(IMAGE, 500)(value) && IMAGE.exec(String(value))![1]!.length <= 255;

/** What stands before the name of an image: a registry and perhaps a path, without a tag. */
export const isRegistry: Check = (value) =>
    typeof value === "string" &&
    value.length <= 200 &&
    isImage(value) &&
    !/@|:[^:/]*[A-Za-z_.-][^/]*$|\/[^/]*:/.test(value);

/** A range of addresses, of IPv4 or IPv6. */
export const isCidr: Check = (value) => {
    const [, address = "", bits] = (typeof value === "string" && /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(value)) || [];
    const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)]!;
    return String(Number(bits)) === bits && Number(bits) <= most;
};

/** Kubernetes takes whatever is larger for this. */
const MOST = 2 ** 63;

const atLeast =
    (least: number): Check =>
    (value) => {
        const quantity = typeof value === "string" ? parseQuantity(value) : undefined;
        return quantity !== undefined && quantity >= least && quantity < MOST;
    };

/** A billionth is the least that Kubernetes knows. */
const isPositive = atLeast(1e-9);

/** "8" is eight bytes: a forgotten unit is the mistake that this is for. */
export const isStorageSize = atLeast(LEAST_STORAGE);

export const isQuota = atLeast(LEAST_QUOTA);

/** In minutes. Clients that lost their watch must find their place again; and a leader never compacts that ends before it is time. */
const LEAST_HISTORY = 5;
const MOST_HISTORY = 168 * 60;

/** How long etcd keeps history, in a form that Go reads as well. */
export const isCompaction: Check = (value) => {
    const [, count, unit] = (typeof value === "string" && /^([1-9]\d*)([mh])$/.exec(value)) || [];
    const minutes = Number(count) * (unit === "h" ? 60 : 1);
    return value === "off" || (minutes >= LEAST_HISTORY && minutes <= MOST_HISTORY);
};

/** Labels as a selector takes them. */
export const isLabels: Check = (value) =>
    isRecord(value) &&
    Object.entries(value).every(([name, text]) => isLabelName(name) && (text === "" || isText(LABEL_TEXT)(text)));

/** The name of a label, of an annotation, or of a class. */
export function isLabelName(name: unknown): boolean {
    const parts = typeof name === "string" ? name.split("/") : [];
    const last = parts.pop();
    return isText(LABEL_TEXT)(last) && (parts.length === 0 || (parts.length === 1 && isObjectName(parts[0])));
}

/** Longest text of an annotation that is taken here; all of an object's may have 256 KiB together. */
const MOST_ANNOTATION = 16_384;

/** Names as those of labels. Nobody interprets the texts but who asked for them, so only what no text has is refused. */
export const isAnnotations: Check = (value) =>
    isRecord(value) &&
    Object.entries(value).every(
        ([name, text]) =>
            isLabelName(name) &&
            !name.startsWith("etcd-cluster/") &&
            isText(/^[^\p{Cc}\p{Cf}]*$/u, MOST_ANNOTATION)(text),
    );

/** Requests and limits of a container. */
export const isResources: Check = (value) =>
    isRecord(value) &&
    Object.keys(value).every((key) => key === "requests" || key === "limits") &&
    isResourceList(value.requests, () => isPositive) &&
    isResourceList(value.limits, (name) => (name === "memory" ? atLeast(LEAST_MEMORY) : isPositive));

const isResourceList = (list: unknown, checkOf: (name: string) => Check) =>
    list === undefined ||
    (isRecord(list) &&
        Object.entries(list).every(([name, quantity]) => RESOURCE_NAMES.includes(name) && checkOf(name)(quantity)));
