// Notes on a volume that is full: what stood there before stays, or the next start would judge by an empty line.
import assert from "assert";
import { execFileSync, spawnSync } from "child_process";
import * as fs from "fs";
import * as path from "path";

import { SCRIPTS } from "../support/scripts-folder";
import { sandboxRoot } from "../support/scripts-sandbox";

const SETTINGS = [
    "POD_NAME",
    "POD_NAMESPACE",
    "SET_NAME",
    "SERVICE_NAME",
    "CLUSTER_DOMAIN",
    "MARKER_NAME",
    "REQUEST_NAME",
];

describe("notes on a full volume", () => {
    let volume: string;

    before(() => {
        volume = fs.mkdtempSync(path.join(sandboxRoot(), "volume-"));
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "notes", volume]);
        fs.writeFileSync(path.join(volume, "note"), "before\n");
        spawnSync("dd", ["if=/dev/zero", `of=${volume}/ballast`, "bs=4k"]);
    });

    after(() => {
        execFileSync("umount", [volume]);
    });

    for (const write of ["write_file", "write_durable"]) {
        it(`${write} fails and leaves the note as it was, also where errexit does not hold`, () => {
            const env = Object.fromEntries(["INITIAL_CLUSTER_TOKEN", ...SETTINGS].map((name) => [name, "test-0"]));
            const call = `. ./lib.sh; if ${write} "$1" after; then exit 0; else exit 3; fi`;
            const { status } = spawnSync("busybox", ["sh", "-c", call, "sh", path.join(volume, "note")], {
                cwd: SCRIPTS,
                env: { PATH: process.env.PATH, ...env },
            });
            assert.equal(status, 3, "it did not say that it failed");
            assert.equal(fs.readFileSync(path.join(volume, "note"), "utf8"), "before\n");
        });
    }
});
