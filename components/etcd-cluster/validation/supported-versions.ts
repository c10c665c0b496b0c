/**
 * Which etcd versions this project runs, and why not others. Learners came with 3.4; the least patch of each line is the
 * one that fixed what the scripts rely on (auth bypass in MemberList, zombie members, learner promotion).
 */

/** Least supported patch of each supported minor line. */
const LEAST_PATCH: Record<string, number> = { "3.4": 42, "3.5": 32, "3.6": 12, "3.7": 1 };

/** What validation tells the user is allowed. */
export const SUPPORTED_VERSIONS = Object.entries(LEAST_PATCH)
    .map(([line, patch]) => `${line}.${patch} or later in the ${line} line`)
    .join(", ");

/** The same for those who only want to know. */
export const LEAST_VERSIONS = Object.entries(LEAST_PATCH)
    .map(([line, patch]) => `${line}.${patch}+`)
    .join(", ")
    .replace(/, (?=[^,]*$)/, " or ");

/** Splits "3.6.16" or "v3.6.16"; undefined for anything that is no full version. */
function parse(version: string): { line: string; patch: number } | undefined {
    const match = /^v?(\d+)\.(\d+)\.(\d+)$/.exec(version);
    return match ? { line: `${match[1]}.${match[2]}`, patch: Number(match[3]) } : undefined;
}

/** Whether the scripts can run this version. */
export function isSupportedVersion(version: string): boolean {
    const parsed = parse(version);
    const least = parsed && LEAST_PATCH[parsed.line];
    return parsed !== undefined && least !== undefined && parsed.patch >= least;
}

/** The version that an image's tag names ("…:v3.6.16-amd64" is 3.6.16), or undefined. */
export function versionOfImage(image: string): string | undefined {
    const tag = /:([\w][\w.-]*)(?:@sha256:[0-9a-f]{64})?$/.exec(image)?.[1];
    return tag && /^v?(\d+\.\d+\.\d+)(?:[-+.].*)?$/.exec(tag)?.[1];
}
