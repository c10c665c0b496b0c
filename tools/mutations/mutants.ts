/** Scripts with one guard broken. */
import type { Guard, Kind } from "./guards";
import type { Span } from "./syntax";

export interface Mutant {
    /** The guard's ID and what was done to it. */
    id: string;
    guard: Guard;
    /** The whole script, and of it the function that was changed. */
    text: string;
    changed: string;
    /** One of these must be observed by a test that is to notice the mutant; see instrument.ts. */
    needs: string[];
}

/** All mutants of a guard. */
export function mutantsOf(guard: Guard, text: string): Mutant[] {
    return guard.kinds.flatMap((kind) => broken(guard, kind, text));
}

function broken(guard: Guard, kind: Kind, text: string): Mutant[] {
    const make = (span: Span, by: string, needs: string[], suffix = "") => ({
        id: `${guard.id}:${kind}${suffix}`,
        guard,
        text: text.slice(0, span.start) + by + text.slice(span.end),
        changed: text.slice(guard.scope.start, span.start) + by + text.slice(span.end, guard.scope.end),
        needs,
    });
    const taken = `${guard.id} taken`;
    switch (kind) {
        case "true":
        case "false": {
            // What the guard does beside answering is still done, so that only the answer is wrong.
            const asked = text.slice(guard.start, guard.end);
            const by = guard.pure ? kind : `{ ${asked} ${kind === "true" ? "||" : "&&"} ${kind}; }`;
            return [make(guard, by, [`${guard.id} ${kind === "true" ? "false" : "true"}`])];
        }
        case "gone":
            return [make(guard, "", [taken])];
        case "always": {
            const { patterns, later } = guard.arm!;
            const all = { start: patterns[0]!.start, end: patterns.at(-1)!.end };
            return [
                make(
                    all,
                    "*",
                    later.map((id) => `${id} taken`),
                ),
            ];
        }
        case "without":
            return guard.arm!.patterns.map((pattern, i, { length }) => {
                const next = i + 1 < length ? guard.arm!.patterns[i + 1]! : undefined;
                const before = i > 0 ? guard.arm!.patterns[i - 1]! : undefined;
                const span = next
                    ? { start: pattern.start, end: next.start }
                    : { start: before!.end, end: pattern.end };
                return make(span, "", [taken], String(i + 1));
            });
    }
}
