/** What came of each mutant, kept in the cache from the moment it is known, so that a run goes on where one was stopped. */
import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";

import { cacheFolder } from "../support/paths";
import type { Mutant } from "./mutants";
import { hashOf, scriptFiles } from "./reach";
import { testFiles, TESTS } from "./tests";
import type { Outcome } from "./try";

interface Entry extends Outcome {
    key: string;
}

export class Records {
    private readonly file = cacheFolder("mutations", "records.json");
    private readonly entries: Map<string, Entry>;
    private readonly everything = hashOf(...scriptFiles(), ...testFiles().map((name) => path.join(TESTS, name)));

    /** `fresh`: without what earlier runs found. */
    constructor(fresh: boolean) {
        const text = !fresh && fs.existsSync(this.file) ? fs.readFileSync(this.file, "utf8") : "{}";
        this.entries = new Map(Object.entries(JSON.parse(text) as Record<string, Entry>));
    }

    /** What is known of the mutant, if it still holds. */
    get(mutant: Mutant): Outcome | undefined {
        const entry = this.entries.get(mutant.id);
        return entry && entry.key === this.keyOf(mutant, entry) ? entry : undefined;
    }

    set(mutant: Mutant, outcome: Outcome): void {
        this.entries.set(mutant.id, { ...outcome, key: this.keyOf(mutant, outcome) });
        fs.mkdirSync(path.dirname(this.file), { recursive: true });
        fs.writeFileSync(`${this.file}.tmp`, JSON.stringify(Object.fromEntries(this.entries), undefined, 1));
        fs.renameSync(`${this.file}.tmp`, this.file);
    }

    /** A mutant stays caught while the changed function and the test that caught it are the same; else anything may help. */
    private keyOf(mutant: Mutant, { result, file }: Outcome): string {
        const changed = crypto.createHash("sha256").update(mutant.changed).digest("hex").slice(0, 16);
        const test = file && path.join(TESTS, file);
        const rest = result !== "caught" ? this.everything : test && fs.existsSync(test) ? hashOf(test) : "gone";
        return `${changed} ${rest}`;
    }
}
