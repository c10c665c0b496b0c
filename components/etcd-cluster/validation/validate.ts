/**
 * Refuses bad arguments before anything is registered: one error that lists every problem with key, value and what is
 * allowed, so that nobody fixes a stack one `pulumi preview` at a time.
 */
import * as pulumi from "@pulumi/pulumi";

import type { EtcdClusterArgs } from "../args";
import { isPassword, isRecord } from "./checks";
import { contradictions } from "./contradictions";
import { errorOf, HIDDEN, type Problem } from "./problem";
import { PASSWORDS, RULES, SECRETS } from "./rules";

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

/** Throws one error with all problems, or returns. Errors: pulumi.RunError. */
export function assertValid(args: EtcdClusterArgs): void {
    const problems = problemsOf(args);
    if (problems.length > 0) {
        throw errorOf(problems);
    }
}

/** Passes a password on, or throws without showing it. */
export function checkedPassword(password: string, key = "rootPassword"): string {
    if (!isPassword(password)) {
        throw new pulumi.RunError(`${key} is ${HIDDEN}; allowed: ${PASSWORDS}. Nothing was changed.`);
    }
    return password;
}
