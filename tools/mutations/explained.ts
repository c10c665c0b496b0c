/** Mutants that no test can notice, each with the reason; kept by hand in explained.yaml, and checked against the scripts. */
import * as fs from "fs";
import * as path from "path";

import { parse } from "yaml";

import type { Mutant } from "./mutants";

export interface Explanation {
    id: string;
    /** The line of the guard, so that a reason does not outlive what it was given for. */
    line: string;
    why: string;
}

const FILE = path.join(__dirname, "explained.yaml");

export const explanations = () => (parse(fs.readFileSync(FILE, "utf8")) ?? []) as Explanation[];

/** The entries that fit no mutant any more. */
export function stale(entries: Explanation[], mutants: Mutant[]): string[] {
    const lines = new Map(mutants.map(({ id, guard }) => [id, guard.source]));
    return entries.filter(({ id, line }) => lines.get(id) !== line).map(({ id }) => id);
}
