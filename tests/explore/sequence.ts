/** A sequence of actions as plain data: it can be printed, kept, run again, and made shorter. */

export type Json = string | number | boolean | Json[] | { [key: string]: Json };
export type Args = Record<string, Json>;

export interface Step {
    action: string;
    args: Args;
    /** Seconds between it and the next. */
    pause: number;
}

export interface Sequence {
    /** Members at formation. */
    size: number;
    steps: Step[];
}

/** One line a step, which {@link parse} reads. */
export function print({ size, steps }: Sequence): string {
    const lines = steps.map(({ action, args, pause }) => `${action} ${JSON.stringify(args)} ${pause}`);
    return [`size ${size}`, ...lines].join("\n");
}

/** Sequences one after the other; each begins with its size. */
export function parse(text: string): Sequence[] {
    const sequences: Sequence[] = [];
    for (const line of text.split("\n").map((each) => each.trim())) {
        const [, size] = /^size ([1-9]\d*)$/.exec(line) ?? [];
        if (size) {
            sequences.push({ size: Number(size), steps: [] });
        } else if (line !== "" && !line.startsWith("#")) {
            const last = sequences.at(-1);
            if (!last) {
                throw new Error(`a sequence begins with "size N", not with "${line}"`);
            }
            last.steps.push(parseStep(line));
        }
    }
    return sequences;
}

function parseStep(line: string): Step {
    const [, action, args, pause] = /^(\S+) (\{.*\}) ([\d.]+)$/.exec(line) ?? [];
    if (!action || !args) {
        throw new Error(`no step of a sequence: "${line}"`);
    }
    return { action, args: JSON.parse(args) as Args, pause: Number(pause) };
}
