/** What came of each mutant, kept in the cache from the moment it is known, so that a run goes on where one was stopped. */
import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";

import { cacheFolder } from "../support/paths";
import type { Mutant } from "./mutants";
import { hashOf, scriptPaths } from "./reach";
import { testFiles, TESTS } from "./tests";
import type { Outcome } from "./try";

interface Entry extends Outcome {
    key: string;
}

const FILE = cacheFolder("mutations", "records.json");

const read = () => (fs.existsSync(FILE) ? (JSON.parse(fs.readFileSync(FILE, "utf8")) as Record<string, Entry>) : {});

export class Records {
    private readonly everything = hashOf(...scriptPaths(), ...testFiles().map((name) => path.join(TESTS, name)));

    /** What is known of the mutant, if it still holds. */
    get(mutant: Mutant): Outcome | undefined {
        const entry = read()[mutant.id];
        return entry && entry.key === this.keyOf(mutant, entry) ? entry : undefined;
    }

    set(mutant: Mutant, outcome: Outcome): void {
        const entries = { ...read(), [mutant.id]: { ...outcome, key: this.keyOf(mutant, outcome) } };
        fs.mkdirSync(path.dirname(FILE), { recursive: true });
        fs.writeFileSync(`${FILE}.tmp`, JSON.stringify(entries, undefined, 1));
        fs.renameSync(`${FILE}.tmp`, FILE);
    }

    /** Without what earlier runs found. */
    clear(): void {
        fs.rmSync(FILE, { force: true });
    }

    /** A mutant stays caught while the changed function and the test that caught it are the same; else anything may help. */
    private keyOf(mutant: Mutant, { result, file }: Outcome): string {
        const changed = crypto.createHash("sha256").update(mutant.changed).digest("hex").slice(0, 16);
        const test = file && path.join(TESTS, file);
        const rest = result !== "caught" ? this.everything : test && fs.existsSync(test) ? hashOf(test) : "gone";
        return `${changed} ${rest}`;
    }
}
