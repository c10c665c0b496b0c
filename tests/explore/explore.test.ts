// Sequences against the shipped scripts. A sample of fixed seeds, or as many as a command asks for: see settings.ts.
import "../support/scripts-environment";
import { explore } from "./explore";

describe("random sequences of faults and wishes", () => {
    it("leave no trace", async function () {
        this.timeout(0);
        await explore();
    });
});
