/** The command line of `npm run …`. */
import { parseArgs } from "util";

const OPTIONS = {
    context: { type: "string" },
    yes: { type: "boolean", short: "y" },
    grep: { type: "string", short: "g" },
    only: { type: "string" },
    file: { type: "string" },
    tests: { type: "string" },
    jobs: { type: "string" },
    list: { type: "boolean" },
    fresh: { type: "boolean" },
    seed: { type: "string" },
    count: { type: "string" },
    minutes: { type: "string" },
    scripts: { type: "string" },
    sequence: { type: "string" },
    shrink: { type: "string" },
} as const;

/**
 * The command, the words after it, and the options. What comes after the first word that `shell` is to run is not ours: its
 * options are those of the program it names.
 */
export function parseCommandLine(argv: string[]) {
    const { tokens } = parseArgs({ args: argv, options: OPTIONS, strict: false, allowPositionals: true, tokens: true });
    const [command, word] = tokens.filter(({ kind }) => kind === "positional");
    const isShell = command?.kind === "positional" && command.value === "shell";
    const end = isShell && word ? word.index : argv.length;
    const { positionals, values } = parseArgs({ args: argv.slice(0, end), options: OPTIONS, allowPositionals: true });
    return { command: positionals[0], words: [...positionals.slice(1), ...argv.slice(end)], values };
}
