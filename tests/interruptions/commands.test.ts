// The list of points is made by the run; what is a point at all is a list of commands, and that list must be whole.
import assert from "assert";
import { execFileSync } from "child_process";
import * as fs from "fs";
import * as path from "path";

import { SCRIPTS } from "../support/scripts-folder";
import { codeOf, HARMLESS, POINTS, programsCalled } from "./commands";

const code = [...codeOf(SCRIPTS).values()];

describe("the commands that are points", () => {
    it("are all that the scripts call and that change anything", () => {
        const applets = execFileSync("busybox", ["--list"], { encoding: "utf8" }).trim().split("\n");
        const called = programsCalled(code, new Set([...applets, ...POINTS]));
        const unknown = called.filter((program) => !HARMLESS.has(program) && !POINTS.has(program));
        assert.deepEqual(
            unknown,
            [],
            "say in commands.ts whether they change anything; if so, shim.sh needs a function",
        );
        // What the search must find if it works.
        const expected = ["etcd", "etcdctl", "kill", "kubectl", "mkdir", "mv", "rm", "sync", "timeout", "wget"];
        assert.deepEqual(
            expected.filter((program) => !called.includes(program)),
            [],
        );
    });

    it("are functions of the shim, unless they run under timeout", () => {
        const shim = fs.readFileSync(path.join(__dirname, "shim.sh"), "utf8");
        const functions = [...shim.matchAll(/^(\w+)\(\) \{/gm)].map(([, name]) => name!);
        const alone = code.map((text) => text.replaceAll(/\btimeout \d+ \w+/g, "timeout"));
        assert.deepEqual(
            programsCalled(alone, POINTS).filter((program) => !functions.includes(program)),
            [],
        );
    });
});
