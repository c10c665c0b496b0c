// For each argument of EtcdCluster: values that are fine, values that are not, and what it comes to when it is not set. An argument
// without an entry is an error of the type check, and of the tests that read this.
import type { EtcdClusterArgs } from "../../components";
import type { EtcdOptions } from "../../components/etcd-cluster/options";

/** For each argument: values that are fine, of a wrong type, out of range, and where a hostile text would go. */
export interface Cases {
    good: unknown[];
    /** Fine only beside certain values of other arguments. */
    together?: unknown[];
    type: unknown[];
    range: unknown[];
    /** Values that carry the text; the text itself when left out. */
    carry?: (text: string) => unknown[];
    /** Hostile texts that are fine here, because nothing interprets them. */
    harmless?: string[];
}

/** Hostile texts that can be typed; the others are with HOSTILE, below. */
const PRINTABLE = [
    "$(id)",
    "`id`",
    "a;b",
    "a b",
    "a'b",
    'a"b',
    "a\\b",
    "../a",
    "${HOME}",
    "$(HOME)",
    "--help",
    "{{a}}",
];

export const CASES: Record<keyof EtcdClusterArgs, Cases> = {
    replicas: { good: [1, 3, 9], type: ["three", "3", null, true, [3], {}], range: [0, 10, -1, 2.5, NaN, Infinity] },
    name: {
        good: ["etcd", "a", "a-1", "x".repeat(52)],
        type: [1, null, ["etcd"], {}],
        range: ["", "Etcd", "-a", "a-", "a.b", "1a", "x".repeat(53)],
    },
    namespace: {
        good: ["default", "a-b", "1", "x".repeat(63)],
        type: [1, null, ["default"]],
        range: ["", "Default", "a_b", "x".repeat(64)],
    },
    version: {
        good: ["3.6.16", "v3.5.33", "3.7.1"],
        together: ["3.4.42", "3.5.32", "v3.6.13"],
        type: [3.6, null, ["3.6.16"]],
        range: ["3.3.27", "3.6.11", "3.8.0", "3.6", "latest", "", "3.6.16-rc.1"],
    },
    allowVulnerableVersion: { good: [false, true], type: ["true", 1, null], range: [""] },
    image: {
        good: [
            "gcr.io/etcd-development/etcd:v3.6.16",
            "localhost:5000/etcd:3.5.40",
            `etcd:v3.6.16@sha256:${"a".repeat(64)}`,
        ],
        type: [3, null, {}],
        range: ["", "etcd:latest", "etcd", "etcd:v3.3.1", "UPPER:v3.6.16", `etcd:v3.6.16@sha256:${"a".repeat(63)}`],
        carry: (text) => [text, `etcd:v3.6.16 ${text}`, `etcd:v3.6.16@${text}`],
    },
    toolboxImage: {
        good: ["busybox:1.37.0-musl", "docker.io/library/busybox"],
        type: [1, null],
        range: ["", "busybox:", "/busybox", `busybox@sha256:${"g".repeat(64)}`],
        carry: (text) => [text, `busybox:1 ${text}`, `busybox:1@${text}`],
    },
    kubectlImage: {
        good: ["registry.k8s.io/kubectl:v1.34.4"],
        type: [1, null],
        range: ["", "kubectl:", `kubectl:${"x".repeat(129)}`],
        carry: (text) => [text, `kubectl:1 ${text}`, `kubectl:1@${text}`],
    },
    imagePullPolicy: {
        good: ["Always", "IfNotPresent", "Never"],
        type: [true, null],
        range: ["always", "", "Sometimes"],
    },
    initialClusterSize: { good: [1, 3, 9], type: ["1", null, true], range: [0, 10, 1.5, -1] },
    storageClass: {
        good: ["local-path", "a.b", "x".repeat(253)],
        type: [1, null, {}],
        range: ["", "-a", "Fast", "a..b", "x".repeat(254)],
    },
    storageSize: {
        good: ["1Gi", "500M", "1e9", "8589934592", "256Mi"],
        type: [5, null, {}],
        range: ["", "big", "0", "-1Gi", "1GB", "8", "255Mi", "1e19", "1e999", "500m"],
        carry: (text) => [text, `1Gi${text}`],
    },
    quotaBackendBytes: {
        good: ["16Mi", "256Mi", "500M", "2e8", "1023.9Mi", "268435456"],
        together: ["2Gi", "8Gi", "30Gi"],
        type: [268435456, null, {}, ["256Mi"]],
        range: ["", "big", "0", "-1", "-1Gi", "1GB", "8", "15Mi", "1e19", "1e999", "500m"],
        carry: (text) => [text, `256Mi${text}`],
    },
    autoCompaction: {
        good: ["1h", "5m", "90m", "24h", "168h", "10080m", "off"],
        type: [1, true, null, {}, ["1h"]],
        range: [
            "",
            "on",
            "OFF",
            "0",
            "1",
            "0h",
            "4m",
            "169h",
            "10081m",
            "-1h",
            "1.5h",
            "01h",
            "1 h",
            "1d",
            "1h30m",
            "60s",
        ],
        carry: (text) => [text, `1h${text}`],
    },
    storageSelector: {
        good: [{}, { "k8s.cloud/storage-type": "ceph-rbd" }, { a: "" }],
        type: [["a"], "a=b", 1, null, { a: 1 }, { a: null }],
        range: [{ "": "a" }, { a: "x".repeat(64) }, { a: "b-" }, { "a..b/c": "d" }, { "A/b": "c" }, { "a/b/c": "d" }],
        carry: (text) => [text, { a: text }, { [text]: "a" }, { [`a/${text}`]: "a" }, { [`${text}/a`]: "a" }],
    },
    resources: {
        good: [
            {},
            { requests: { cpu: "4", memory: "4Gi" } },
            { requests: { cpu: "1" }, limits: { cpu: "1", memory: "128Mi" } },
        ],
        type: ["4", 4, null, ["cpu"], { requests: "4" }, { limits: { cpu: 1 } }, { limits: null }],
        range: [
            { requests: { cpu: "fast" } },
            { requests: { gpu: "1" } },
            { limit: {} },
            { requests: { cpu: "0" } },
            { limits: { cpu: "-1" } },
            // A forgotten unit: eight bytes.
            { limits: { memory: "8" } },
            { limits: { memory: "127Mi" } },
        ],
        carry: (text) => [text, { [text]: {} }, { requests: { [text]: "1" } }, { limits: { cpu: `1${text}` } }],
    },
    affinity: { good: ["soft", "hard", "none"], type: [true, null, {}], range: ["", "Hard"] },
    clientServiceType: {
        good: ["ClusterIP", "NodePort", "LoadBalancer"],
        type: [1, null],
        range: ["clusterip", "ExternalName", ""],
    },
    nodePort: {
        good: [],
        together: [30000, 32767],
        type: ["30000", null, true],
        range: [29999, 32768, 0, -1, 30000.5],
    },
    clientNamespaces: {
        good: [[], ["apps"], ["a", "1", "x".repeat(63)]],
        type: ["apps", 1, null, {}, [1], [null], [["apps"]]],
        range: [[""], ["apps", "Apps"], ["a.b"], ["x".repeat(64)], Array.from({ length: 33 }, () => "a")],
        carry: (text) => [text, [text], ["apps", text]],
    },
    monitoringNamespace: {
        good: ["monitoring", "1"],
        type: [1, null, ["monitoring"]],
        range: ["", "Monitoring", "a.b", "x".repeat(64)],
    },
    externalHost: {
        good: ["etcd.example.org", "Node1", "10.0.0.1", "2001:db8::1", "[2001:db8::1]"],
        type: [1, null],
        range: [
            "",
            "http://a",
            "a/b",
            "a:1",
            "10.0.0.256",
            "2001:db8:::1",
            "[10.0.0.1]",
            "[]",
            `${"x".repeat(64)}.org`,
        ],
    },
    clusterDomain: {
        good: ["cluster.local", "k8s"],
        type: [1, null, ["cluster.local"]],
        range: ["", ".local", "a..b", "local.", "Cluster.local", "x".repeat(64), "a.".repeat(127) + "a"],
    },
    rootPassword: {
        good: ["12345678", `a$:'"% b`, "x".repeat(128)],
        type: [12345678, null, {}],
        range: ["short", "x".repeat(129), ""],
        carry: (text) => [`12345678${text}`],
        harmless: PRINTABLE,
    },
    previousRootPassword: {
        good: ["12345678", "x".repeat(128)],
        type: [12345678, null, {}],
        range: ["short", "x".repeat(129), ""],
        carry: (text) => [`12345678${text}`],
        harmless: PRINTABLE,
    },
    jwtKeyGeneration: { good: [0, 7, 999_999], type: ["1", null, true], range: [-1, 0.5, 1_000_000] },
    tls: {
        good: ["off", "generated", "cert-manager"],
        together: ["secret"],
        type: [true, 1, null],
        range: ["", "on", "Generated"],
    },
    tlsSecret: { good: [], together: ["a.b-c"], type: [1, true, null], range: ["", "A", "a_b", "-a", "a".repeat(254)] },
    tlsIssuer: {
        good: [],
        together: ["ca", "a.b-c", "Issuer/ca", "ClusterIssuer/a.b-c", "StepClusterIssuer.certmanager.step.sm/ca"],
        type: [1, true, null, { name: "ca" }],
        range: [
            "",
            "CA",
            "a_b",
            "/ca",
            "Issuer/",
            "issuer/ca",
            "Secret/ca",
            "a/b/c",
            "Issuer.cert/ca",
            "stepIssuer.step.sm/ca",
            "StepIssuer..sm/ca",
            "a".repeat(254),
        ],
        carry: (text) => [text, `ClusterIssuer/${text}`, `${text}/ca`, `StepIssuer.${text}.sm/ca`],
    },
    tlsClientAuth: { good: [false], together: [true], type: ["true", 1, null], range: [""] },
    tlsCaGenerations: {
        good: [],
        together: [[1], [1, 2], [2, 1], [7], [3, 2, 999_999]],
        type: [1, "1", "1,2", true, null, {}, ["1"], [[1]], [null]],
        range: [[], [0], [-1], [1.5], [1, 1], [2, 1, 2], [1, 2, 3, 4], [1_000_000], [NaN]],
        carry: (text) => [text, [text], [1, text]],
    },
    recoverFrom: { good: [0, 2], together: [4], type: ["0", null, true], range: [-1, 9, 1.5] },
    recoverSnapshot: {
        good: [],
        together: ["snapshot.db", "etcd-2026-11-25_03.00.db"],
        type: [3, null, {}],
        range: ["", "a/b", ".hidden", "-a", "x".repeat(129)],
    },
    acceptVolumes: {
        good: ["2026-11-27", "after.the_restore-1"],
        type: [3, null, {}],
        range: ["", "two words", "a/b", "-a", "x".repeat(65)],
    },
    initialClusterToken: {
        good: ["a", "A.b_c-1", "x".repeat(64)],
        type: [1, null],
        range: ["", "x".repeat(65)],
        harmless: ["--help"],
    },
};

/** Every default, pinned: a change here is a change for every stack that does not set the key. */
export const DEFAULTS: EtcdOptions = {
    replicas: 3,
    name: "infra-etcd-cluster",
    namespace: "default",
    version: "3.6.16",
    allowVulnerableVersion: false,
    image: "gcr.io/etcd-development/etcd:v3.6.16",
    toolboxImage: "busybox:1.37.0-musl",
    kubectlImage: "registry.k8s.io/kubectl:v1.34.4",
    imagePullPolicy: "IfNotPresent",
    initialClusterSize: 3,
    storageClass: undefined,
    storageSize: "1Gi",
    quotaBackendBytes: 2 ** 28,
    autoCompaction: "1h",
    storageSelector: {},
    resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
    affinity: "soft",
    clientServiceType: "ClusterIP",
    nodePort: undefined,
    clientNamespaces: [],
    monitoringNamespace: undefined,
    initialClusterToken: undefined,
    recoverFrom: undefined,
    recoverSnapshot: undefined,
    acceptVolumes: undefined,
    tls: "generated",
    tlsSecret: undefined,
    tlsIssuer: undefined,
    tlsClientAuth: false,
    tlsCaGenerations: [1],
    externalHost: undefined,
    jwtKeyGeneration: 0,
    clusterDomain: "cluster.local",
};

/** What a shell, YAML, a URL, a terminal or Kubernetes' own expansion of variables would take for more than text. */
export const HOSTILE = [
    ...PRINTABLE,
    "a\nb",
    "a\r\nb",
    "a\n",
    "a\u0000b",
    "a\u001b[2J",
    "\u202ea",
    "é",
    "ａ",
    "x".repeat(300),
];
