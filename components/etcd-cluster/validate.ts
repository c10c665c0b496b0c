/**
 * Refuses bad arguments before anything is registered: one error that lists every problem with key, value and what is
 * allowed, so that nobody fixes a stack one `pulumi preview` at a time.
 */
import * as pulumi from "@pulumi/pulumi";

import type { EtcdClusterArgs } from "./args";
import { MOST_REPLICAS } from "./options";
import { parseQuantity } from "./quantity";
import { isSupportedVersion, SUPPORTED_VERSIONS, versionOfImage } from "./version";

/** One refused argument. */
export interface Problem {
    key: string;
    value: unknown;
    allowed: string;
}

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const HOST = /^(?=.{1,253}$)[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*$/;
const IPV6 = /^\[?[0-9a-fA-F:]*:[0-9a-fA-F:.]+\]?$/;
const IMAGE =
    /^(?=.{1,500}$)[a-z0-9]([-a-zA-Z0-9._]*[a-z0-9])?(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;
const RESOURCE_NAMES = ["cpu", "memory", "ephemeral-storage"];

/** Longest name for which `<name>-<ordinal>`, `<name>-client` and the label of a revision still fit. */
const NAME_LIMIT = 52;

const isInteger = (low: number, high: number) => (value: unknown) =>
    typeof value === "number" && Number.isInteger(value) && value >= low && value <= high;
const isText =
    (pattern: RegExp, longest = Infinity) =>
    (value: unknown) =>
        typeof value === "string" && value.length <= longest && pattern.test(value);
const isOneOf = (allowed: string[]) => (value: unknown) => typeof value === "string" && allowed.includes(value);
const isPassword = isText(/^[\x20-\x7e]{8,128}$/);
const HIDDEN = "(not shown)";
const PASSWORDS = "8 to 128 printable ASCII characters";
const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
const positive = (value: unknown) => typeof value === "string" && (parseQuantity(value) ?? 0) > 0;

type Rule = [key: keyof EtcdClusterArgs, test: (value: unknown) => boolean, allowed: string];

/** What each argument may be by itself; an argument that is not set takes its default and is fine. */
const RULES: Rule[] = [
    ["replicas", isInteger(1, MOST_REPLICAS), `an integer from 1 to ${MOST_REPLICAS}`],
    [
        "name",
        isText(DNS_LABEL, NAME_LIMIT),
        `a DNS label of at most ${NAME_LIMIT} characters: a-z, 0-9 and -, not at its ends`,
    ],
    ["namespace", isText(DNS_LABEL, 63), "a DNS label of at most 63 characters: a-z, 0-9 and -, not at its ends"],
    ["version", (value) => typeof value === "string" && isSupportedVersion(value), SUPPORTED_VERSIONS],
    ["image", isText(IMAGE), "an image reference such as gcr.io/etcd-development/etcd:v3.6.16"],
    ["toolboxImage", isText(IMAGE), "an image reference such as busybox:1.37.0-musl"],
    ["kubectlImage", isText(IMAGE), "an image reference such as registry.k8s.io/kubectl:v1.34.4"],
    ["imagePullPolicy", isOneOf(["Always", "IfNotPresent", "Never"]), "Always, IfNotPresent or Never"],
    ["initialClusterSize", isInteger(1, MOST_REPLICAS), `an integer from 1 to ${MOST_REPLICAS}`],
    ["storageClass", isText(HOST), "the name of a StorageClass"],
    ["storageSize", positive, "a positive Kubernetes quantity such as 1Gi"],
    ["storageSelector", isLabels, "a map of label names to label values"],
    [
        "resources",
        isResources,
        "requests and limits, each a map of cpu, memory, ephemeral-storage to positive quantities",
    ],
    ["affinity", isOneOf(["soft", "hard", "none"]), "soft, hard or none"],
    ["clientServiceType", isOneOf(["ClusterIP", "NodePort", "LoadBalancer"]), "ClusterIP, NodePort or LoadBalancer"],
    ["nodePort", isInteger(30000, 32767), "an integer from 30000 to 32767"],
    ["externalHost", (value) => isText(HOST)(value) || isText(IPV6)(value), "a host name or an IP address"],
    ["clusterDomain", isText(HOST), "a DNS domain such as cluster.local"],
    ["initialClusterToken", isText(/^[A-Za-z0-9._-]{1,64}$/), "1 to 64 characters of A-Z a-z 0-9 . _ -"],
    ["recoverFrom", isInteger(0, MOST_REPLICAS - 1), "an ordinal, 0 to `replicas` - 1"],
    [
        "recoverSnapshot",
        isText(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 128),
        "the name of a file in the root of the volume: 1 to 128 characters of A-Z a-z 0-9 . _ -, no path",
    ],
    // An output is checked when its value is known.
    [
        "rootPassword",
        (value) => pulumi.Output.isInstance(value) || value instanceof Promise || isPassword(value),
        PASSWORDS,
    ],
];

/** All problems of the arguments, in the order of their documentation; empty when there is none. */
export function problemsOf(args: EtcdClusterArgs): Problem[] {
    const known = new Set<string>(RULES.map(([key]) => key));
    const unknown = Object.keys(args).filter((key) => !known.has(key));
    const single = RULES.filter(([key, test]) => args[key] !== undefined && !test(args[key]));
    return [
        ...unknown.map((key) => ({ key, value: args[key as keyof EtcdClusterArgs], allowed: "no such argument" })),
        ...single.map(([key, , allowed]) => ({ key, value: key === "rootPassword" ? HIDDEN : args[key], allowed })),
        ...contradictions(args, new Set(single.map(([key]) => key))),
    ];
}

/** Arguments that are fine by themselves and not together. */
function contradictions(args: EtcdClusterArgs, bad: Set<string>): Problem[] {
    const problems: Problem[] = [];
    const fine = (...keys: string[]) => keys.every((key) => !bad.has(key));
    const replicas = args.replicas ?? 3;
    if (fine("replicas", "recoverFrom") && (args.recoverFrom ?? 0) >= replicas) {
        const allowed = `an ordinal from 0 to \`replicas\` - 1, which is ${replicas - 1}`;
        problems.push({ key: "recoverFrom", value: args.recoverFrom, allowed });
    }
    if (fine("recoverFrom", "recoverSnapshot") && args.recoverSnapshot && args.recoverFrom === undefined) {
        const allowed = "not set, or with recoverFrom, the ordinal on whose volume the file is";
        problems.push({ key: "recoverSnapshot", value: args.recoverSnapshot, allowed });
    }
    if (
        fine("nodePort", "clientServiceType") &&
        args.nodePort &&
        (args.clientServiceType ?? "ClusterIP") === "ClusterIP"
    ) {
        const allowed = "not set, or with clientServiceType NodePort or LoadBalancer";
        problems.push({ key: "nodePort", value: args.nodePort, allowed });
    }
    if (fine("version", "image")) {
        problems.push(...imageProblems(args));
    }
    if (fine("resources")) {
        problems.push(...resourceProblems(args));
    }
    return problems;
}

/** An image must name a supported version, by its tag or by `version`, and the two must not disagree. */
function imageProblems({ image, version }: EtcdClusterArgs): Problem[] {
    if (!image) {
        return [];
    }
    const tagged = versionOfImage(image);
    if (tagged && version && tagged !== version.replace(/^v/, "")) {
        return [{ key: "image", value: image, allowed: `an image of \`version\`, which is ${version}` }];
    }
    if (!version && (!tagged || !isSupportedVersion(tagged))) {
        return [
            { key: "image", value: image, allowed: `a tag that names, or \`version\` set to, ${SUPPORTED_VERSIONS}` },
        ];
    }
    return [];
}

/** A request above its limit is refused by Kubernetes only when the first pod is made. */
function resourceProblems({ resources }: EtcdClusterArgs): Problem[] {
    return Object.entries(resources?.requests ?? {}).flatMap(([name, request]) => {
        const limit = resources?.limits?.[name];
        const above = limit !== undefined && parseQuantity(request)! > parseQuantity(limit)!;
        return above
            ? [{ key: `resources.requests.${name}`, value: request, allowed: `at most the limit, ${limit}` }]
            : [];
    });
}

function isLabels(value: unknown): boolean {
    return (
        isRecord(value) &&
        Object.entries(value).every(([name, text]) => LABEL_KEY.test(name) && isText(LABEL_VALUE)(text))
    );
}

function isResources(value: unknown): boolean {
    const isList = (list: unknown) =>
        list === undefined ||
        (isRecord(list) &&
            Object.entries(list).every(([name, quantity]) => RESOURCE_NAMES.includes(name) && positive(quantity)));
    return (
        isRecord(value) &&
        Object.keys(value).every((key) => key === "requests" || key === "limits") &&
        isList(value.requests) &&
        isList(value.limits)
    );
}

/** Throws one error with all problems, or returns. Errors: pulumi.RunError, shown by the engine without a stack trace. */
export function assertValid(args: EtcdClusterArgs): void {
    const problems = problemsOf(args);
    if (problems.length > 0) {
        const lines = problems.map(
            ({ key, value, allowed }) => `  ${key} is ${JSON.stringify(value)}; allowed: ${allowed}`,
        );
        throw new pulumi.RunError(
            [
                `the configuration of the etcd cluster has ${countOf(problems.length)}:`,
                ...lines,
                "Nothing was changed.",
            ].join("\n"),
        );
    }
}

const countOf = (count: number) => (count === 1 ? "1 problem" : `${count} problems`);

/** Passes a root password on, or throws without showing it. */
export function checkedPassword(password: string): string {
    if (!isPassword(password)) {
        throw new pulumi.RunError(`rootPassword is ${HIDDEN}; allowed: ${PASSWORDS}. Nothing was changed.`);
    }
    return password;
}
