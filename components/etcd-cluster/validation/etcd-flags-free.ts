/** Flags of etcd that a user may set, by the minor lines that have them, with the values that are taken. */
import { isInteger, isOneOf, isText, type Check } from "./checks";

/** Minor lines that have a flag. */
const ALL = ["3.4", "3.5", "3.6", "3.7"];
const UNTIL_36 = ["3.4", "3.5", "3.6"];
const FROM_35 = ["3.5", "3.6", "3.7"];
const ONLY_35_36 = ["3.5", "3.6"];
const FROM_36 = ["3.6", "3.7"];

export interface Flag {
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
export const GATED = [
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

export const FREE = new Map<string, Flag>([
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
