/**
 * Scripts that write down what their guards said: "ID true", "ID false", "ID taken" of an arm, and "ID+ taken" when no arm of a
 * case was. A mutant that says yes can only be noticed where the guard says no, so most tests need not be run against it.
 */
import type { Guard } from "./guards";

/** The script with notes appended to `file`, a path that its container can write to. */
export function instrument(text: string, guards: Guard[], file: string): string {
    const inserts = guards.flatMap(insertsOf);
    // At the same place: what closes goes before what opens, and what is inside closes first and opens last.
    inserts.sort(
        (a, b) => a.at - b.at || Number(b.closes) - Number(a.closes) || (a.closes ? a.size - b.size : b.size - a.size),
    );
    let [result, done] = ["", 0];
    for (const { at, text: inserted } of inserts) {
        result += text.slice(done, at) + inserted;
        done = at;
    }
    return withNotes(result + text.slice(done), file);
}

interface Insert {
    at: number;
    text: string;
    closes: boolean;
    size: number;
}

function insertsOf({ id, start, end, arm }: Guard): Insert[] {
    const size = end - start;
    if (!arm) {
        return [
            { at: start, text: "{ ", closes: false, size },
            { at: end, text: ` && noted '${id} true' || noted_no '${id} false' $?; }`, closes: true, size },
        ];
    }
    const taken = { at: arm.body, text: ` noted '${id} taken'${arm.empty ? "" : ";"}`, closes: true, size };
    const none = { at: arm.open ?? 0, text: `*) noted '${id}+ taken' ;;\n`, closes: true, size };
    return arm.open === undefined ? [taken] : [taken, none];
}

/** The two functions that note, below the line that names the interpreter; the answer stays what it was. */
function withNotes(text: string, file: string): string {
    const notes = [
        `noted() { printf '%s\\n' "$1" >>${file}; }`,
        `noted_no() { printf '%s\\n' "$1" >>${file}; return "$2"; }`,
    ];
    return text.replace(/^#!.*\n/, (line) => `${line}${notes.join("\n")}\n`);
}
