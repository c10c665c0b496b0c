/**
 * Which etcd versions this project runs, and why not others. Learners came with 3.4; the least patch of each line is the
 * one that fixed what the scripts rely on (auth bypass in MemberList, zombie members, learner promotion).
 *
 * Not all of these are safe to run. CVE-2026-73499 (a user who may read one key can watch every later one) and CVE-2026-73500
 * (connections that never finish the TLS handshake use up memory) are fixed in the patches of LEAST_SAFE_PATCH. The 3.4 line ended
 * with 3.4.45, without a fix.
 */

/** When etcd's changelogs, as of 2026-08-20, were last read for the two tables below. */
export const ADVISORIES_CHECKED = "2026-11-27";

/** Least patch that the scripts can run, of each minor line. */
const LEAST_PATCH: Record<string, number> = { "3.4": 42, "3.5": 32, "3.6": 12, "3.7": 1 };

/** Least patch without a published vulnerability that matters here. A line that is missing has none. */
const LEAST_SAFE_PATCH: Record<string, number> = { "3.5": 33, "3.6": 14, "3.7": 1 };

/** What `allowVulnerableVersion` adds. */
const VULNERABLE = Object.entries(LEAST_PATCH)
    .filter(([line, patch]) => patch !== LEAST_SAFE_PATCH[line])
    .map(([line, patch]) => `${line}.${patch}+`)
    .join(", ");

/** What validation tells the user is allowed. */
export const SUPPORTED_VERSIONS = [
    ...Object.entries(LEAST_SAFE_PATCH).map(([line, patch]) => `${line}.${patch} or later in the ${line} line`),
    `with allowVulnerableVersion also ${VULNERABLE}`,
].join(", ");

/** The same for those who only want to know. */
export const LEAST_VERSIONS = `${Object.entries(LEAST_SAFE_PATCH)
    .map(([line, patch]) => `${line}.${patch}+`)
    .join(", ")
    .replace(/, (?=[^,]*$)/, " or ")}; with \`allowVulnerableVersion\` also ${VULNERABLE}`;

/** Splits "3.6.16" or "v3.6.16"; undefined for anything that is no full version. */
function parse(version: string): { line: string; patch: number } | undefined {
    const match = /^v?(\d+)\.(\d+)\.(\d+)$/.exec(version);
    return match ? { line: `${match[1]}.${match[2]}`, patch: Number(match[3]) } : undefined;
}

/** Whether the table has a patch for the line of this version, and it is not newer. */
function isFrom(table: Record<string, number>, version: string): boolean {
    const parsed = parse(version);
    const least = parsed && table[parsed.line];
    return parsed !== undefined && least !== undefined && parsed.patch >= least;
}

/** Whether the scripts can run this version. */
export const isSupportedVersion = (version: string): boolean => isFrom(LEAST_PATCH, version);

/** Whether the advisories named above are fixed in this version. */
export const isSafeVersion = (version: string): boolean => isFrom(LEAST_SAFE_PATCH, version);

/** The version that an image's tag names ("…:v3.6.16-amd64" is 3.6.16), or undefined. */
export function versionOfImage(image: string): string | undefined {
    const tag = /:([\w][\w.-]*)(?:@sha256:[0-9a-f]{64})?$/.exec(image)?.[1];
    return tag && /^v?(\d+\.\d+\.\d+)(?:[-+.].*)?$/.exec(tag)?.[1];
}
