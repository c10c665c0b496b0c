/**
 * Refuses bad arguments before anything is registered: one error that lists every problem with key, value and what is
 * allowed, so that nobody fixes a stack one `pulumi preview` at a time.
 */
import * as pulumi from "@pulumi/pulumi";

import type { EtcdClusterArgs } from "./args";
import { parseIssuer } from "./issuer";
import { memberHost } from "./names";
import { MOST_REPLICAS, resolve } from "./options";
import { parseQuantity } from "./quantity";
import {
    isCaList,
    isDnsLabel,
    isDomain,
    isHost,
    isImage,
    isInteger,
    isListOf,
    isLabels,
    isObjectName,
    isOneOf,
    isPassword,
    isQuota,
    isRecord,
    isResources,
    isServiceName,
    isStorageSize,
    isText,
    type Test,
} from "./values";
import { isSupportedVersion, SUPPORTED_VERSIONS, versionOfImage } from "./version";

/** One refused argument. */
export interface Problem {
    key: string;
    value: unknown;
    allowed: string;
}

/** Longest name for which `<name>-<ordinal>`, `<name>-client` and the label of a revision still fit. */
const NAME_LIMIT = 52;
/** Of a DNS name, and so of a member's. */
const LONGEST_HOST = 253;

const HIDDEN = "(not shown)";
const PASSWORDS = "8 to 128 printable ASCII characters";

type Rule = [key: keyof EtcdClusterArgs, test: Test, allowed: string];

/** What each argument may be by itself; an argument that is not set takes its default and is fine. */
const RULES: Rule[] = [
    ["replicas", isInteger(1, MOST_REPLICAS), `an integer from 1 to ${MOST_REPLICAS}`],
    [
        "name",
        isServiceName(NAME_LIMIT),
        `a DNS label of at most ${NAME_LIMIT} characters: a-z, 0-9 and -, beginning with a letter, not ending with -`,
    ],
    ["namespace", isDnsLabel, "a DNS label of at most 63 characters: a-z, 0-9 and -, not at its ends"],
    ["version", (value) => typeof value === "string" && isSupportedVersion(value), SUPPORTED_VERSIONS],
    ["image", isImage, "an image reference such as gcr.io/etcd-development/etcd:v3.6.16"],
    ["toolboxImage", isImage, "an image reference such as busybox:1.37.0-musl"],
    ["kubectlImage", isImage, "an image reference such as registry.k8s.io/kubectl:v1.34.4"],
    ["imagePullPolicy", isOneOf(["Always", "IfNotPresent", "Never"]), "Always, IfNotPresent or Never"],
    ["initialClusterSize", isInteger(1, MOST_REPLICAS), `an integer from 1 to ${MOST_REPLICAS}`],
    ["storageClass", isObjectName, "the name of a StorageClass"],
    ["storageSize", isStorageSize, "a positive Kubernetes quantity such as 1Gi, at least 256Mi"],
    ["quotaBackendBytes", isQuota, "a Kubernetes quantity such as 2Gi, at least 16Mi and less than `storageSize`"],
    ["storageSelector", isLabels, "a map of label names to label values"],
    [
        "resources",
        isResources,
        "requests and limits, each a map of cpu, memory, ephemeral-storage to positive quantities; a memory limit of at least 128Mi",
    ],
    ["affinity", isOneOf(["soft", "hard", "none"]), "soft, hard or none"],
    ["clientServiceType", isOneOf(["ClusterIP", "NodePort", "LoadBalancer"]), "ClusterIP, NodePort or LoadBalancer"],
    ["nodePort", isInteger(30000, 32767), "an integer from 30000 to 32767"],
    ["clientNamespaces", isListOf(isDnsLabel, 32), "a list of at most 32 names of namespaces"],
    ["monitoringNamespace", isDnsLabel, "the name of a namespace"],
    ["externalHost", isHost, "a host name or an IP address"],
    ["clusterDomain", isDomain, "a DNS domain in lower case such as cluster.local"],
    ["initialClusterToken", isText(/^[A-Za-z0-9._-]{1,64}$/), "1 to 64 characters of A-Z a-z 0-9 . _ -"],
    ["jwtKeyGeneration", isInteger(0, 999_999), "an integer from 0 to 999999"],
    ["tls", isOneOf(["off", "generated", "secret", "cert-manager"]), "off, generated, secret or cert-manager"],
    ["tlsSecret", isText(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 253), "the name of a Secret"],
    [
        "tlsIssuer",
        (value) => typeof value === "string" && parseIssuer(value) !== undefined,
        "the name of an Issuer, ClusterIssuer/NAME, or KIND.GROUP/NAME of an issuer of another API group",
    ],
    ["tlsClientAuth", (value) => typeof value === "boolean", "true or false"],
    ["tlsCaGenerations", isCaList, "a list of 1 to 3 different integers from 1 to 999999"],
    ["recoverFrom", isInteger(0, MOST_REPLICAS - 1), "an ordinal, 0 to `replicas` - 1"],
    [
        "recoverSnapshot",
        isText(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 128),
        "the name of a file in the root of the volume: 1 to 128 characters of A-Z a-z 0-9 . _ -, no path",
    ],
    // An output is checked when its value is known.
    ["rootPassword", (value) => isLater(value) || isPassword(value), PASSWORDS],
    ["previousRootPassword", (value) => isLater(value) || isPassword(value), PASSWORDS],
];

const SECRETS = ["rootPassword", "previousRootPassword"];

/** Every argument that there is. */
export const KEYS = RULES.map(([key]) => key);

/** All problems of the arguments, in the order of their documentation; empty when there is none. */
export function problemsOf(given: EtcdClusterArgs): Problem[] {
    const args: unknown = given;
    if (!isRecord(args)) {
        return [{ key: "args", value: args, allowed: "an object" }];
    }
    const known = new Set<string>(KEYS);
    const unknown = Object.keys(args).filter((key) => !known.has(key));
    const single = RULES.filter(([key, test]) => args[key] !== undefined && !test(args[key]));
    return [
        ...unknown.map((key) => ({
            key,
            // Its name may be that of the password, misspelt.
            value: typeof args[key] === "number" ? args[key] : HIDDEN,
            allowed: "no such argument",
        })),
        ...single.map(([key, , allowed]) => ({ key, value: SECRETS.includes(key) ? HIDDEN : args[key], allowed })),
        ...contradictions(given, new Set(single.map(([key]) => key))),
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
    if (fine("storageSize", "quotaBackendBytes") && args.quotaBackendBytes) {
        const { storageSize, quotaBackendBytes } = resolve({
            storageSize: args.storageSize,
            quotaBackendBytes: args.quotaBackendBytes,
        });
        // Also where volumes were made larger by hand: one that is made anew, for a new member or a lost disk, has this size.
        if (quotaBackendBytes >= parseQuantity(storageSize)!) {
            const allowed = `less than storageSize, the size of every volume that is made, which is ${storageSize}`;
            problems.push({ key: "quotaBackendBytes", value: args.quotaBackendBytes, allowed });
        }
    }
    if (
        fine("nodePort", "clientServiceType") &&
        args.nodePort &&
        (args.clientServiceType ?? "ClusterIP") === "ClusterIP"
    ) {
        const allowed = "not set, or with clientServiceType NodePort or LoadBalancer";
        problems.push({ key: "nodePort", value: args.nodePort, allowed });
    }
    const type = args.clientServiceType ?? "ClusterIP";
    if (fine("clientNamespaces", "clientServiceType") && args.clientNamespaces?.length && type !== "ClusterIP") {
        // Their addresses are those of nodes or balancers, or belong to no namespace.
        const allowed = `not set with clientServiceType ${type}, whose clients come from outside`;
        problems.push({ key: "clientNamespaces", value: args.clientNamespaces, allowed });
    }
    if (fine("name", "namespace", "clusterDomain")) {
        const { name, namespace, clusterDomain } = resolve({
            name: args.name,
            namespace: args.namespace,
            clusterDomain: args.clusterDomain,
        });
        const { length } = memberHost(name, MOST_REPLICAS - 1, namespace, clusterDomain);
        if (length > LONGEST_HOST) {
            const allowed = `as long as <name>-0.<name>.<namespace>.svc.<clusterDomain> has at most ${LONGEST_HOST} characters; it has ${length}`;
            problems.push({ key: "clusterDomain", value: clusterDomain, allowed });
        }
    }
    if (fine("tls", "tlsSecret") && (args.tls === "secret") !== (args.tlsSecret !== undefined)) {
        const allowed =
            args.tlsSecret === undefined ? "the name of a Secret, with tls secret" : "not set, or with tls secret";
        problems.push({ key: "tlsSecret", value: args.tlsSecret, allowed });
    }
    if (fine("tls", "tlsIssuer") && args.tlsIssuer !== undefined && args.tls !== "cert-manager") {
        problems.push({ key: "tlsIssuer", value: args.tlsIssuer, allowed: "not set, or with tls cert-manager" });
    }
    if (fine("tls", "tlsClientAuth") && args.tlsClientAuth && args.tls === "off") {
        problems.push({ key: "tlsClientAuth", value: true, allowed: "not set, or with tls other than off" });
    }
    if (fine("tls", "tlsCaGenerations") && args.tlsCaGenerations && (args.tls ?? "generated") !== "generated") {
        problems.push({
            key: "tlsCaGenerations",
            value: args.tlsCaGenerations,
            allowed: "not set, or with tls generated",
        });
    }
    if (fine("version", "image")) {
        problems.push(...imageProblems(args));
    }
    if (fine("rootPassword", "previousRootPassword") && args.previousRootPassword !== undefined) {
        problems.push(...rotationProblems(args));
    }
    if (fine("resources")) {
        problems.push(...resourceProblems(args));
    }
    return problems;
}

/** etcdctl reads a new password up to its first space, and the pods have nothing else to set it with once auth is on. */
function rotationProblems({ rootPassword, previousRootPassword }: EtcdClusterArgs): Problem[] {
    if (typeof rootPassword === "string" && rootPassword.includes(" ")) {
        return [{ key: "rootPassword", value: HIDDEN, allowed: `${PASSWORDS}, without a space when it is rotated to` }];
    }
    return typeof rootPassword === "string" && rootPassword === previousRootPassword
        ? [{ key: "previousRootPassword", value: HIDDEN, allowed: "not set, or the password before rootPassword" }]
        : [];
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

/** Throws one error with all problems, or returns. Errors: pulumi.RunError, shown by the engine without a stack trace. */
export function assertValid(args: EtcdClusterArgs): void {
    const problems = problemsOf(args);
    if (problems.length > 0) {
        const lines = problems.map(
            ({ key, value, allowed }) => `  ${shownKey(key)} is ${shown(value)}; allowed: ${allowed}`,
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

/** Longest part of a value that an error repeats. */
const SHOWN_LENGTH = 120;

/** One line, whatever the value is: no line ends, nothing that steers a terminal or turns the direction of writing. */
function shown(value: unknown): string {
    if (isLater(value)) {
        return "a value that is known only later";
    }
    const text = printable(textOf(value));
    return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}... (${text.length} characters)` : text;
}

const shownKey = (key: string) => (/^[\w.-]{1,100}$/.test(key) ? key : shown(key));

function textOf(value: unknown): string {
    try {
        return JSON.stringify(value) ?? typeof value;
    } catch {
        // A circle, or a number of a kind that JSON does not have.
        return typeof value;
    }
}

const printable = (text: string) =>
    text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (one) => `\\u{${one.codePointAt(0)!.toString(16)}}`);

const countOf = (count: number) => (count === 1 ? "1 problem" : `${count} problems`);

const isLater = (value: unknown) => pulumi.Output.isInstance(value) || value instanceof Promise;

/** Passes a password on, or throws without showing it. */
export function checkedPassword(password: string, key = "rootPassword"): string {
    if (!isPassword(password)) {
        throw new pulumi.RunError(`${key} is ${HIDDEN}; allowed: ${PASSWORDS}. Nothing was changed.`);
    }
    return password;
}
