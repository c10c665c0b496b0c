/** Runs sequence after sequence, some side by side, makes those that fail shorter, and keeps what came of each. */
import { ACTIONS } from "./actions";
import { generate } from "./generate";
import type { Violation } from "./violation";
import type { Records } from "./records";
import { run, type Outcome } from "./run";
import { print, type Sequence } from "./sequence";
import type { Settings } from "./settings";
import { shrink } from "./shrink";

/** How many of a failing sequence's runs must fail for it to count as failing still: chance plays a part in some. */
const ATTEMPTS = 1;

/** What did not hold; empty when all did. */
export async function explore(settings: Settings, records: Records, say: (line: string) => void): Promise<string[]> {
    const failures: string[] = [];
    const end = Date.now() + settings.minutes * 60_000;
    let next = settings.seed;
    const worker = async () => {
        while (next < settings.seed + settings.count && Date.now() < end) {
            const seed = next++;
            const sequence = settings.sequences?.[seed - settings.seed] ?? generate(seed, ACTIONS);
            const failure = await answer(seed, sequence, settings, records, say);
            if (failure) {
                failures.push(failure);
            }
        }
    };
    await Promise.all(Array.from({ length: settings.jobs }, worker));
    return failures;
}

/** One sequence, from its first run to its shortest form; what there is to say of it when it failed. */
async function answer(
    seed: number,
    sequence: Sequence,
    settings: Settings,
    records: Records,
    say: (line: string) => void,
): Promise<string | undefined> {
    const outcome = await attempt(sequence);
    const { violations, excused, seconds, acknowledged, report } = outcome;
    say(
        `seed ${seed}: ${seconds.toFixed(0)} s, ${acknowledged} writes, ${verdictOf(violations)}${excused ? ` (a person must act: ${excused})` : ""}`,
    );
    const row = { seed, size: sequence.size, seconds, acknowledged, excused, violations };
    const actions = sequence.steps.map(({ action }) => action);
    if (violations.length === 0) {
        records.keep({ ...row, actions });
        return undefined;
    }
    records.keepReport(seed, `${print(sequence)}\n\n${report}`);
    const shortest = await shorten(seed, sequence, violations, settings, say);
    records.keep({ ...row, actions, shortest: shortest && print(shortest) });
    const again = settings.sequences ? "--sequence FILE" : `--seed ${seed} --count 1`;
    const lines = violations.map(({ rule, what }) => `  ${rule}: ${what}`);
    const shown = shortest ? `the shortest that still fails:\n${print(shortest)}` : `the sequence:\n${print(sequence)}`;
    return [`seed ${seed} (again: ${again})`, ...lines, shown].join("\n");
}

async function shorten(
    seed: number,
    sequence: Sequence,
    violations: Violation[],
    { shrinkMinutes }: Settings,
    say: (line: string) => void,
): Promise<Sequence | undefined> {
    const rules = new Set(violations.map(({ rule }) => rule));
    const end = Date.now() + shrinkMinutes * 60_000;
    const goOn = () => Date.now() < end;
    if (!goOn()) {
        return undefined;
    }
    const fails = async (shorter: Sequence) => {
        for (let tries = 0; tries < ATTEMPTS; tries++) {
            const found = await attempt(shorter);
            if (found.violations.some(({ rule }) => rules.has(rule))) {
                say(`seed ${seed}: ${shorter.steps.length} steps still fail`);
                return true;
            }
        }
        return false;
    };
    return shrink(sequence, fails, goOn);
}

/** A run that breaks off is one that failed: the harness is to stand whatever a sequence does. */
async function attempt(sequence: Sequence): Promise<Outcome> {
    const began = Date.now();
    try {
        return await run(sequence);
    } catch (error) {
        const { message, stack } = error as Error;
        const violations = [{ rule: "broke off", what: message.split("\n")[0]! }];
        return { violations, seconds: (Date.now() - began) / 1000, acknowledged: 0, report: stack ?? message };
    }
}

const verdictOf = (violations: Violation[]) =>
    violations.length === 0 ? "ok" : `FAILED: ${violations.map(({ rule, what }) => `${rule} (${what})`).join("; ")}`;
