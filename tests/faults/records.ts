/** What each case showed, kept on disk from the moment it is known, and made into docs/reliability.md and its JSON. */
import * as fs from "fs";
import * as path from "path";

import type { Case } from "./case";
import { MATRIX } from "./matrix";
import { render, type Row } from "./report";
import type { Findings } from "./world";

const DOCS = path.join(__dirname, "../../docs");

export class Records {
    private readonly rows = new Map<string, Row>();

    /** `whole`: of a run of the whole matrix, which goes on where an earlier one was stopped, and is reported. */
    constructor(private readonly whole: boolean) {
        const { FAULTS_RECORDS: file } = process.env;
        if (whole && file && fs.existsSync(file)) {
            const rows = JSON.parse(fs.readFileSync(file, "utf8")) as Row[];
            // What failed or could not run is tried again; a run in which nothing failed is not gone on with.
            const kept = rows.filter(({ verdict }) => verdict === "pass");
            if (MATRIX.every(({ id }) => rows.some((row) => row.id === id && row.verdict !== "fail"))) {
                return;
            }
            kept.forEach((row) => this.rows.set(row.id, row));
        }
    }

    /** Whether an earlier run has an answer already. */
    has({ id }: Case): boolean {
        return this.rows.has(id);
    }

    passed(each: Case, milliseconds: number, findings: Findings): void {
        const { operations, acknowledged, failed, maybe, gap, note } = findings;
        const figures = { operations, acknowledged, failed, maybe, gap: each.quiet ? undefined : gap, note };
        this.note({ ...rowOf(each), verdict: "pass", seconds: milliseconds / 1000, ...figures });
    }

    failed(each: Case, milliseconds: number, error: Error): void {
        const [reason] = error.message.split("\n");
        this.note({ ...rowOf(each), verdict: "fail", seconds: milliseconds / 1000, reason });
    }

    notRun(each: Case, reason: string): void {
        this.note({ ...rowOf(each), verdict: "not run", reason });
    }

    /** The documents, once every case of the whole matrix has an answer. */
    write(): void {
        const rows = MATRIX.flatMap(({ id }) => this.rows.get(id) ?? []);
        if (this.whole && rows.length === MATRIX.length) {
            fs.writeFileSync(path.join(DOCS, "reliability.json"), `${JSON.stringify(rows, undefined, 4)}\n`);
            fs.writeFileSync(path.join(DOCS, "reliability.md"), render(rows));
        }
    }

    private note(row: Row): void {
        this.rows.set(row.id, row);
        const { FAULTS_RECORDS: file } = process.env;
        if (file) {
            fs.writeFileSync(file, JSON.stringify([...this.rows.values()]));
        }
    }
}

const rowOf = ({ id, title, injected, core = false }: Case) => ({ id, title, injected, core });
