/**
 * Refuses bad arguments before anything is registered: one error that lists every problem with key, value and what is
 * allowed, so that nobody fixes a stack one `pulumi preview` at a time.
 */
import type { EtcdClusterArgs } from "../args";
import { isLater, settled } from "../later";
import { resolve, type EtcdOptions } from "../options";
import { EACH_SETTING, KEYS } from "../settings";
import { isRecord } from "./checks";
import { contradictions } from "./contradictions";
import { errorOf, HIDDEN, type Problem } from "./problem";

/** All problems of the arguments, in the order of their documentation; empty when there is none. */
export function problemsOf(args: EtcdClusterArgs): Problem[] {
    return examine(args).problems;
}

/** The arguments with every default filled in, or one error with all problems. Errors: pulumi.RunError. */
export function validated(args: EtcdClusterArgs): EtcdOptions {
    const { problems, options } = examine(args);
    if (options === undefined || problems.length > 0) {
        throw errorOf(problems);
    }
    return options;
}

/**
 * What is wrong with arguments that were not at hand, of all that is known at preview, of everything in `pulumi up`: all problems in one
 * text as above, or undefined.
 */
export async function problemsLater(args: EtcdClusterArgs): Promise<string | undefined> {
    const open = KEYS.filter((key) => isLater(args[key]));
    const values = await Promise.all(open.map(async (key) => ({ key, ...(await settled(args[key])) })));
    // An output of nothing would pass for an argument that is not set.
    const known = Object.fromEntries(values.map(({ key, value }) => [key, value ?? null]));
    const hidden = new Set<string>(values.filter(({ secret }) => secret).map(({ key }) => key));
    const problems = problemsOf({ ...args, ...known });
    return problems.length === 0
        ? undefined
        : errorOf(problems.map((each) => (hidden.has(each.key) ? { ...each, value: HIDDEN } : each))).message;
}

/** `options`: of the arguments that are fine by themselves, which are all where there is no problem. */
function examine(given: EtcdClusterArgs): { problems: Problem[]; options?: EtcdOptions } {
    const args: unknown = given;
    if (!isRecord(args)) {
        return { problems: [{ key: "args", value: args, allowed: "an object" }] };
    }
    const known = new Set<string>(KEYS);
    const unknown = Object.keys(args).filter((key) => !known.has(key));
    // An argument that is not set takes its default and is fine.
    const bad = EACH_SETTING.filter(
        ([key, { check, later }]) => args[key] !== undefined && !(later && isLater(args[key])) && !check(args[key]),
    );
    const badKeys = new Set(bad.map(([key]) => key));
    const fine: EtcdClusterArgs = Object.fromEntries(
        KEYS.filter((key) => !badKeys.has(key)).map((key) => [key, args[key]]),
    );
    const options = resolve(fine);
    const problems = [
        ...unknown.map((key) => ({
            key,
            // Its name may be that of the password, misspelt.
            value: typeof args[key] === "number" ? args[key] : HIDDEN,
            allowed: "no such argument",
        })),
        ...bad.flatMap(([key, { secret, allowed, problems }]) =>
            problems ? problems(args[key]) : [{ key, value: secret ? HIDDEN : args[key], allowed }],
        ),
        ...contradictions(fine, options, badKeys),
    ];
    return { problems, options };
}
