/**
 * Which flags of etcd may be set: all that 3.4 to 3.7 have (`etcd --help` of each), but for those that the program or its scripts own. Each is
 * in one of the two tables; a test asks etcd itself whether one is missing.
 */
import { isRecord, isText, type Check } from "./checks";
import { FREE, GATED, type Flag } from "./etcd-flags-free";
import { OWNED } from "./etcd-flags-owned";

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
