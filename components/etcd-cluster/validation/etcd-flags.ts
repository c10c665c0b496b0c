/**
 * Flags of etcd that a user may set: all that 3.4 to 3.7 have (`etcd --help` of each), but for those that the program or its scripts own.
 * Each is either in FREE or in OWNED; a test asks etcd itself whether one is missing.
 */
import { isInteger, isOneOf, isRecord, isText, type Check } from "./checks";

/** Minor lines that have a flag. */
const ALL = ["3.4", "3.5", "3.6", "3.7"];
const UNTIL_36 = ["3.4", "3.5", "3.6"];
const FROM_35 = ["3.5", "3.6", "3.7"];
const ONLY_35_36 = ["3.5", "3.6"];
const FROM_36 = ["3.6", "3.7"];

interface Flag {
    lines: string[];
    check: Check;
    allowed: string;
}

type Kind = Omit<Flag, "lines">;

const integer = (low: number, high: number, why = ""): Kind => ({
    check: (value) => isText(/^(0|[1-9]\d{0,14})$/)(value) && isInteger(low, high)(Number(value)),
    allowed: `an integer from ${low} to ${high}${why}`,
});
const oneOf = (...values: string[]): Kind => ({ check: isOneOf(values), allowed: values.join(" or ") });
const text = (pattern: RegExp, allowed: string): Kind => ({ check: isText(pattern, 2000), allowed });

const BOOLEAN = oneOf("true", "false");
const DURATION = text(/^((\d{1,6}(\.\d{1,3})?)(ms|s|m|h)){1,4}$/, "a duration such as 500ms, 5s or 1h30m");
/** The volume is sized for five of etcd's log files. */
const FILES = integer(1, 5, ", as many as the volume has room for");
const ENTRIES = integer(100, 1_000_000);
const NAMES = text(/^[A-Za-z0-9*._:/,[\]-]+$/, "names of hosts or origins, with commas between them, or *");
const PLAIN = text(/^[A-Za-z0-9._:/-]+$/, "a word of A-Z a-z 0-9 . _ : / -");
const CIPHERS = text(/^TLS_[A-Z0-9_]+(,TLS_[A-Z0-9_]+)*$/, "names of Go's cipher suites, with commas between them");
const GATES = text(
    /^[A-Z][A-Za-z]+=(true|false)(,[A-Z][A-Za-z]+=(true|false))*$/,
    "Name=true or Name=false, with commas between them",
);

/** These have another name, with experimental- before it, in the lines before 3.6, and in 3.6 both. */
const GROWN_UP: Record<string, [old: string[], kind: Kind]> = {
    "bootstrap-defrag-threshold-megabytes": [ONLY_35_36, integer(1, 1_000_000)],
    "compact-hash-check-time": [ONLY_35_36, DURATION],
    "compaction-batch-limit": [UNTIL_36, integer(1, 1_000_000)],
    "compaction-sleep-interval": [ONLY_35_36, DURATION],
    "corrupt-check-time": [UNTIL_36, DURATION],
    "distributed-tracing-address": [ONLY_35_36, PLAIN],
    "distributed-tracing-instance-id": [ONLY_35_36, PLAIN],
    "distributed-tracing-sampling-rate": [ONLY_35_36, integer(0, 1_000_000, " of a million")],
    "distributed-tracing-service-name": [ONLY_35_36, PLAIN],
    "downgrade-check-time": [ONLY_35_36, DURATION],
    "enable-distributed-tracing": [ONLY_35_36, BOOLEAN],
    "snapshot-catchup-entries": [ONLY_35_36, ENTRIES],
    "warning-apply-duration": [UNTIL_36, DURATION],
    "warning-unary-request-duration": [["3.6"], DURATION],
    "watch-progress-notify-interval": [UNTIL_36, DURATION],
};

/** Switches that are feature gates from 3.6 on. */
const GATED = [
    "experimental-compact-hash-check-enabled",
    "experimental-enable-lease-checkpoint",
    "experimental-enable-lease-checkpoint-persist",
    "experimental-initial-corrupt-check",
    "experimental-stop-grpc-service-on-defrag",
    "experimental-txn-mode-write-with-shared-buffer",
];
const SINCE_34 = /lease-checkpoint|initial-corrupt/;

const of = (lines: string[], kinds: Record<string, Kind>): [string, Flag][] =>
    Object.entries(kinds).map(([name, kind]) => [name, { lines, ...kind }]);

const FREE = new Map<string, Flag>([
    ...of(ALL, {
        "backend-batch-interval": DURATION,
        "backend-batch-limit": integer(1, 1_000_000),
        // A login takes twice as long with each; the scripts wait 5 s for an answer.
        "bcrypt-cost": integer(4, 12, ", as a login takes twice as long with each"),
        "cipher-suites": CIPHERS,
        cors: NAMES,
        "election-timeout": integer(100, 10_000, " in milliseconds, since the scripts wait no longer for an answer"),
        "enable-grpc-gateway": BOOLEAN,
        "grpc-keepalive-interval": DURATION,
        "grpc-keepalive-min-time": DURATION,
        "grpc-keepalive-timeout": DURATION,
        "heartbeat-interval": integer(10, 2_000, " in milliseconds"),
        "host-whitelist": NAMES,
        "initial-election-tick-advance": BOOLEAN,
        "log-level": oneOf("debug", "info", "warn", "error"),
        logger: oneOf("zap"),
        "max-concurrent-streams": integer(16, 4_294_967_295),
        "max-request-bytes": integer(65_536, 10_485_760, ", the most that etcd advises"),
        "max-snapshots": FILES,
        "max-txn-ops": integer(128, 100_000),
        "max-wals": FILES,
        metrics: oneOf("basic", "extensive"),
        "snapshot-count": ENTRIES,
        "tls-max-version": oneOf("TLS1.2", "TLS1.3"),
        "tls-min-version": oneOf("TLS1.2", "TLS1.3"),
    }),
    ...of(["3.4"], { "experimental-backend-bbolt-freelist-type": oneOf("array", "map") }),
    ...of(FROM_35, {
        "backend-bbolt-freelist-type": oneOf("array", "map"),
        // 3.4 has it as well, and panics with it when Go 1.22 or later built it.
        "enable-pprof": BOOLEAN,
        "raft-read-timeout": DURATION,
        "raft-write-timeout": DURATION,
        "socket-reuse-address": BOOLEAN,
    }),
    ...of(FROM_36, { "feature-gates": GATES, "log-format": oneOf("json", "console") }),
    ...GATED.flatMap((name) => of(SINCE_34.test(name) ? UNTIL_36 : ONLY_35_36, { [name]: BOOLEAN })),
    ...Object.entries(GROWN_UP).flatMap(([name, [old, kind]]) => [
        ...of(FROM_36, { [name]: kind }),
        ...of(old, { [`experimental-${name}`]: kind }),
    ]),
]);

const SCRIPTS = "the scripts decide it at each start";
const TLS = "tls and the keys beside it set it";
const LOG = "the log is that of the container, where kubectl and the tests read it; a file would fill the volume";
const V2 = "clients speak the API of version 3";

/** By beginnings of names; a longer one counts before a shorter one. */
const OWNED: [beginning: string, why: string][] = [
    ["name", SCRIPTS],
    ["data-dir", SCRIPTS],
    ["wal-dir", "the scripts look for the log in the data directory"],
    ["listen-", SCRIPTS],
    ["advertise-client-urls", SCRIPTS],
    ["initial-", SCRIPTS],
    ["discovery", "members find each other by their Service"],
    ["force-new-cluster", "recoverFrom is the way to that"],
    ["config-file", "etcd would ignore all other flags"],
    ["strict-reconfig-check", "it keeps a quorum while members change"],
    ["pre-vote", "the scripts set it, so that a member that comes back disturbs nobody"],
    ["max-learners", "that there is one learner at a time is what keeps joins apart"],
    ["unsafe-no-fsync", "acknowledged writes would be lost"],
    ["socket-reuse-port", "an etcd that does not end and the next one would share the port"],
    ["memory-mlock", "the container may not lock memory"],
    ["experimental-memory-mlock", "the container may not lock memory"],
    ["quota-backend-bytes", "quotaBackendBytes sets it"],
    ["auto-compaction-", "autoCompaction sets it"],
    ["auth-token", "login tokens are signed with the key of jwtKeyGeneration, for ten minutes"],
    ["cert-file", TLS],
    ["key-file", TLS],
    ["trusted-ca-file", TLS],
    ["client-c", TLS],
    ["client-key-file", TLS],
    ["peer-", TLS],
    ["experimental-peer-", TLS],
    ["auto-tls", TLS],
    ["self-signed-cert-validity", TLS],
    ["log-outputs", LOG],
    ["enable-log-rotation", LOG],
    ["log-rotation-config-json", LOG],
    ["log-package-levels", "log-level sets it"],
    ["debug", "log-level sets it"],
    ["proxy", V2],
    ["enable-v2", V2],
    ["v2-deprecation", V2],
    ["experimental-enable-v2v3", V2],
    ["next-cluster-version-compatible", "an upgrade is taken back by version"],
];

/** Of the form of a map; which flags there are is said one by one. */
export const isFlags: Check = (value) =>
    isRecord(value) &&
    Object.entries(value).every(
        ([name, setting]) => isText(/^[a-z][a-z0-9-]{0,63}$/)(name) && typeof setting === "string",
    );

/** What is allowed instead, if this flag may not have this value in this version. */
export function flagProblem(name: string, value: string, version: string): string | undefined {
    const flag = FREE.get(name);
    if (flag === undefined) {
        const owned = OWNED.find(([beginning]) => name.startsWith(beginning));
        return owned ? `not set: ${owned[1]}` : "a flag of etcd, as its documentation names it";
    }
    const line = version.split(".").slice(0, 2).join(".");
    if (!flag.lines.includes(line)) {
        return elsewhere(name, flag, line);
    }
    return flag.check(value) ? undefined : flag.allowed;
}

/** A flag of other versions. */
function elsewhere(name: string, { lines }: Flag, line: string): string {
    const other = name.startsWith("experimental-") ? name.replace("experimental-", "") : `experimental-${name}`;
    if (FREE.get(other)?.lines.includes(line)) {
        return `${other}: so etcd ${line} calls it`;
    }
    const instead = GATED.includes(name) && line === "3.7" ? "; it is one of feature-gates now" : "";
    return `not set with etcd ${line}: only ${lines.join(", ")} have it${instead}`;
}

/** For people and for a test: every flag that may be set, and the lines that have it. */
export const FREE_FLAGS: [name: string, lines: string[]][] = [...FREE].map(([name, { lines }]) => [name, lines]);

/** Flags that are fine by themselves and not together: each as the flag, and what is allowed. */
export function flagConflicts(flags: Record<string, string>, tls: boolean): [name: string, allowed: string][] {
    const number = (name: string, otherwise: number) => Number(flags[name] ?? otherwise);
    const [heartbeat, election] = [number("heartbeat-interval", 100), number("election-timeout", 1000)];
    const given = Object.keys(flags);
    const found: [string, string][] = [];
    if (election < 5 * heartbeat) {
        const name = flags["election-timeout"] === undefined ? "heartbeat-interval" : "election-timeout";
        found.push([name, `election-timeout (${election}) at least five times heartbeat-interval (${heartbeat})`]);
    }
    const [least = "TLS1.2", most] = [flags["tls-min-version"], flags["tls-max-version"]];
    if (most !== undefined && least > most) {
        found.push(["tls-max-version", `at least tls-min-version, which is ${least}`]);
    }
    if (flags["cipher-suites"] !== undefined && least === "TLS1.3") {
        found.push(["cipher-suites", "not set, or without tls-min-version TLS1.3, which has suites of its own"]);
    }
    for (const name of given.filter((each) => given.includes(`experimental-${each}`))) {
        found.push([`experimental-${name}`, `not set, or without ${name}, which is the same`]);
    }
    for (const name of given.filter((each) => GATED.includes(each) && flags["feature-gates"] !== undefined)) {
        found.push([name, "not set, or without feature-gates, among which it belongs"]);
    }
    for (const name of given.filter((each) => !tls && /^(tls-|cipher-suites$)/.test(each))) {
        found.push([name, "not set, or with tls other than off"]);
    }
    return found;
}
