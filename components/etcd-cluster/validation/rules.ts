/** What each argument may be by itself. */
import type { EtcdClusterArgs } from "../args";
import { MOST_REPLICAS } from "../options";
import { parseIssuer } from "../tls/issuer-reference";
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
    isResources,
    isServiceName,
    isStorageSize,
    isText,
    type Test,
} from "./checks";
import { isLater } from "./problem";
import { isSupportedVersion, SUPPORTED_VERSIONS } from "./supported-versions";

/** Longest name for which `<name>-<ordinal>`, `<name>-client` and the label of a revision still fit. */
const NAME_LIMIT = 52;

export const PASSWORDS = "8 to 128 printable ASCII characters";

export const SECRETS = ["rootPassword", "previousRootPassword"];

type Rule = [key: keyof EtcdClusterArgs, test: Test, allowed: string];

/** An argument that is not set takes its default and is fine. */
export const RULES: Rule[] = [
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
