/**
 * Which change of version etcd allows: one minor up at a time, and down only within a minor, or while an upgrade has not
 * reached every member. etcd itself refuses the rest, but only when the first member has already been restarted with it.
 */

/** Versions as the hook of immutable.ts sees them; unknown for a stack that was made before they were noted. */
export interface Versions {
    /** What all members run: noted when a rollout has ended well, gone when the last `pulumi up` failed. */
    running?: unknown;
    /** What the last `pulumi up` was for. */
    attempted?: unknown;
    wanted?: unknown;
}

/** One sentence when the wanted version must not be tried, else nothing. */
export function versionRefusals({ running, attempted, wanted }: Versions): string[] {
    const from = stepsOf(running ?? attempted);
    const to = stepsOf(wanted);
    if (from === undefined || to === undefined || from === to) {
        return [];
    }
    if (running === undefined) {
        // Some members may still run the version before: back to it, or on to the end of what was begun.
        return to === from - 1
            ? []
            : [
                  `  version cannot be changed from ${attempted} to ${wanted}: the last pulumi up did not end well, and members may still run the version before ${attempted}. Bring that up to its end, or take it back by one minor.`,
              ];
    }
    if (to < from) {
        return [
            `  version cannot be changed from ${running} to ${wanted}: all members have used the newer minor, and etcd cannot read its data with an older one. Keep the version, or make a second stack and move the data.`,
        ];
    }
    return to === from + 1
        ? []
        : [
              `  version cannot be changed from ${running} to ${wanted}: etcd is upgraded one minor at a time. Go to each minor in between first, each with a pulumi up of its own.`,
          ];
}

/** A number that counts minors; a change of the major, which etcd has not announced, is more than any step. */
function stepsOf(version: unknown): number | undefined {
    const match = typeof version === "string" ? /^v?(\d+)\.(\d+)\./.exec(version) : null;
    return match ? Number(match[1]) * 1000 + Number(match[2]) : undefined;
}
