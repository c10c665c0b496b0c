/** What came of each sequence on these very scripts, kept from the moment it is known, and made into docs/exploration.md. */
import * as fs from "fs";
import * as path from "path";

import { hashOfFiles } from "../../tools/support/hash";
import { scriptNames, SCRIPTS } from "../support/scripts-folder";
import type { Violation } from "./violation";
import { render } from "./report";

const DOCUMENT = path.join(__dirname, "../../docs/exploration.md");

export interface Row {
    seed: number;
    size: number;
    /** Their names, in order. */
    actions: string[];
    seconds: number;
    acknowledged: number;
    violations: Violation[];
    /** Why the cluster needed a person in the end, by design. */
    excused?: string;
    /** What is left of a failing sequence, printed. */
    shortest?: string;
}

interface Kept {
    /** Of the scripts, and of all that makes sequences and judges them. */
    hash: string;
    rows: Row[];
}

export class Records {
    private kept: Kept = { hash: hashOfAll(), rows: [] };

    /** `file`: where an earlier run has left what it knew; without it nothing is kept. */
    constructor(private readonly file: string | undefined) {
        if (file && fs.existsSync(file)) {
            const found = JSON.parse(fs.readFileSync(file, "utf8")) as Kept;
            if (found.hash === this.kept.hash) {
                this.kept = found;
            }
        }
    }

    keep(row: Row): void {
        const others = this.kept.rows.filter(({ seed }) => seed !== row.seed);
        this.kept.rows = [...others, row].sort((a, b) => a.seed - b.seed);
        if (this.file) {
            fs.writeFileSync(this.file, JSON.stringify(this.kept, undefined, 1));
        }
    }

    /** All that is known of a sequence that failed: beside the records. */
    keepReport(seed: number, report: string): void {
        if (this.file) {
            const folder = `${this.file.replace(/\.json$/, "")}-failed`;
            fs.mkdirSync(folder, { recursive: true });
            fs.writeFileSync(path.join(folder, `${seed}.txt`), `${report}\n`);
        }
    }

    /** The document, of the shipped scripts only. */
    write(): void {
        if (this.file && !process.env.SCRIPTS_UNDER_TEST) {
            fs.writeFileSync(DOCUMENT, render(this.kept.rows));
        }
    }
}

function hashOfAll(): string {
    const harness = fs.readdirSync(__dirname).filter((name) => /\.(ts|sh)$/.test(name) && !/report|records/.test(name));
    return hashOfFiles(SCRIPTS, scriptNames()) + hashOfFiles(__dirname, harness.sort());
}
