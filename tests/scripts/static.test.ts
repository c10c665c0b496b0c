// What can be told from the text of the scripts alone.
import assert from "assert";
import { execFileSync, spawnSync } from "child_process";
import * as fs from "fs";
import * as path from "path";

import { scriptNames, SCRIPTS } from "../support/scripts-folder";

const files = scriptNames();

/** The functions of a script, each with the comment above it (functions without a blank line between them share one). */
function functionsOf(text: string): { name: string; comment: string }[] {
    return text.split(/\n{2,}/).flatMap((paragraph) => {
        const names = [...paragraph.matchAll(/^(\w+)\(\) \{$/gm)].map((match) => match[1]!);
        const comment = /^(#.*\n)+/.exec(paragraph)?.[0] ?? "";
        return names.map((name) => ({ name, comment }));
    });
}

describe("script text", () => {
    it("is there", () => {
        for (const name of [
            "start.sh",
            "pre-stop.sh",
            "ready.sh",
            "live.sh",
            "rollout.sh",
            "members.sh",
            "lib/common.sh",
        ]) {
            assert.ok(files.includes(name), `${name} is missing in ${SCRIPTS}`);
        }
    });

    it("passes shellcheck", () => {
        const args = ["--shell=sh", "--external-sources", ...files];
        const result = spawnSync("shellcheck", args, { cwd: SCRIPTS, encoding: "utf8" });
        assert.ifError(result.error);
        assert.equal(result.status, 0, result.stdout + result.stderr);
    });

    for (const name of files) {
        const text = fs.readFileSync(path.join(SCRIPTS, name), "utf8");

        it(`${name} is a script for busybox ash`, () => {
            execFileSync("busybox", ["ash", "-n", path.join(SCRIPTS, name)], { stdio: "pipe" });
        });

        it(`${name} says what it is for`, () => {
            assert.match(text, /^#!\/bin\/sh\n# \S/);
        });

        it(`${name} explains every function`, () => {
            const silent = functionsOf(text).filter(({ name, comment }) => !new RegExp(`\\b${name}\\b`).test(comment));
            assert.deepEqual(silent, []);
        });

        it(`${name} never evaluates text as code`, () => {
            const code = text.replaceAll(/^\s*#.*$/gm, "");
            assert.doesNotMatch(code, /\beval\b/);
            assert.doesNotMatch(code, /\bsh -c\b/);
        });

        it(`${name} names no variable of its own ETCD_`, () => {
            assert.doesNotMatch(text, /\bETCD_\w+=/);
        });
    }
});
