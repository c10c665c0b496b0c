/** What is known of these very scripts: the points of each scenario and what a kill there led to, kept from the moment it is known. */
import * as fs from "fs";
import * as path from "path";

import { hashOfFiles } from "../../tools/support/hash";
import { scriptNames, SCRIPTS } from "../support/scripts-folder";
import { render } from "./report";
import { SCENARIOS } from "./scenarios";

/** What decides about points and verdicts, beside the scripts. */
const HARNESS = ["shim.sh", "points.ts", "scenarios.ts", "world.ts"];
const DOCUMENT = path.join(__dirname, "../../docs/interruptions.md");

export type Verdict = "pass" | "fail" | "not reached";

export interface Row {
    scenario: string;
    point: string;
    verdict: Verdict;
    seconds: number;
    reason?: string;
}

/** The content of the file. */
interface Kept {
    /** Of everything that decides about points and verdicts. */
    hash: string;
    points: Record<string, string[]>;
    rows: Row[];
}

export class Records {
    private kept: Kept = { hash: hashOfAll(), points: {}, rows: [] };

    /** `file`: where an earlier run has left what it knew; without it, nothing is kept and no document is written. */
    constructor(private readonly file: string | undefined) {
        if (file && fs.existsSync(file)) {
            const found = JSON.parse(fs.readFileSync(file, "utf8")) as Kept;
            // What failed is tried again; a run in which nothing did is not gone on with.
            const rows = found.rows.filter(({ verdict }) => verdict !== "fail");
            if (found.hash === this.kept.hash && !complete({ ...found, rows })) {
                this.kept = { ...found, rows };
            }
        }
    }

    pointsOf(scenario: string): string[] | undefined {
        return this.kept.points[scenario];
    }

    keepPoints(scenario: string, points: string[]): void {
        this.kept.points[scenario] = points;
        this.save();
    }

    has(scenario: string, point: string): boolean {
        return this.kept.rows.some((row) => row.scenario === scenario && row.point === point);
    }

    keep(row: Row): void {
        this.kept.rows = this.kept.rows.filter(
            ({ scenario, point }) => scenario !== row.scenario || point !== row.point,
        );
        this.kept.rows.push(row);
        this.save();
    }

    /** The document, once every point of every scenario has an answer. */
    write(): void {
        if (this.file && complete(this.kept)) {
            fs.writeFileSync(DOCUMENT, render(SCENARIOS, this.kept.points, this.kept.rows));
        }
    }

    private save(): void {
        if (this.file) {
            fs.writeFileSync(this.file, JSON.stringify(this.kept, undefined, 1));
        }
    }
}

function complete({ points, rows }: Kept): boolean {
    const answered = (scenario: string, point: string) =>
        rows.some((row) => row.scenario === scenario && row.point === point);
    return SCENARIOS.every(({ id }) => points[id]?.every((point) => answered(id, point)));
}

/** Of everything that decides about points and verdicts. */
const hashOfAll = () => hashOfFiles(SCRIPTS, scriptNames()) + hashOfFiles(__dirname, HARNESS);
