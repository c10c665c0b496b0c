// Sequences of random actions against the shipped scripts: a few fixed seeds, or as many as the command asks for.
import assert from "assert";

import "../support/scripts-environment";
import { explore } from "./explore";
import { Records } from "./records";
import { settingsOf } from "./settings";

const settings = settingsOf(process.env);
const records = new Records(settings.records);

describe(settings.isSample ? "a sample of random sequences" : "random sequences", () => {
    after(() => records.write());

    it("lose nothing, make no second cluster, and end well", async function () {
        // As long as there are sequences.
        this.timeout(0);
        const failures = await explore(settings, records, (line) => console.log(`      ${line}`));
        assert.equal(failures.length, 0, failures.join("\n\n"));
    });
});
