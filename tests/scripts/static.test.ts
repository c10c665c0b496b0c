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

/** The functions of a script, without comments, and without what stands in single quotes: programs of awk, and templates. */
function functionsWithBodies(text: string): { name: string; body: string }[] {
    const code = text
        .replaceAll(/^\s*#.*$/gm, "")
        // An apostrophe is no quotation mark.
        .replaceAll(/(\w)'(\w)/g, "$1$2")
        .replaceAll(/'[^']*'/g, "''");
    return [...code.matchAll(/^(\w+)\(\) \{\n(.*?)^\}/gms)].map(([, name, body]) => ({ name: name!, body: body! }));
}

/** Variables in small letters that get a value. */
function assignedIn(body: string): string[] {
    const values = [...body.matchAll(/(?:^|[;&|({]|\b(?:then|do|else))\s*([a-z_]\w*)=/gm)].map(([, name]) => name!);
    const loops = [...body.matchAll(/\bfor (\w+) in\b/g)].map(([, name]) => name!);
    const read = [...body.matchAll(/\bread -r ([a-z_ ]+)/g)].flatMap(([, names]) => names!.trim().split(/ +/));
    return [...new Set([...values, ...loops, ...read])].filter((name) => name === name.toLowerCase());
}

function localsOf(body: string): string[] {
    const lists = [...body.matchAll(/^\s*local (.*)$/gm)].map(([, list]) => list!.replaceAll(/"[^"]*"/g, ""));
    return lists.flatMap((list) => list.split(/\s+/).map((each) => each.replace(/=.*/, "")));
}

/** A row of a table in lib/files.sh: which scripts have to do with that file. */
interface Row {
    file: string;
    scripts: string[];
}

/** What lib/files.sh says, and lib/backup-steps.sh of the pods that make backups. Both may have to do with a file of the same name. */
function rowsOfTables(): Row[] {
    const text = ["lib/files.sh", "lib/backup-steps.sh"]
        .map((file) => fs.readFileSync(path.join(SCRIPTS, file), "utf8"))
        .join("\n");
    const rows = [...text.matchAll(/^# ([\w.-]+) *\|([^|]*)\|([^|]*)\|/gm)].filter(([, file]) => file !== "file");
    const scripts = new Map<string, string[]>();
    for (const [, file, writers, readers] of rows) {
        scripts.set(file!, [...(scripts.get(file!) ?? []), ...`${writers} ${readers}`.trim().split(/ +/)]);
    }
    return [...scripts].map(([file, names]) => ({ file, scripts: [...new Set(names)].sort() }));
}

/** Which file of memory or volume a path names, as the tables do: without a process's number, and for what is there several times with a word for it. */
const nameOf = (file: string) =>
    file
        .replace(/\.\$\$$/, "")
        .replace(/^last-.*/, "last-NAME")
        .replace(/^sick-.*/, "sick-UID")
        .replace(/^said-.*/, "said-REASON");

/** The files that a script names, without what people put onto the volume and what a process takes away of its own. */
function filesNamed(script: string): string[] {
    const text = fs.readFileSync(path.join(SCRIPTS, script), "utf8").replaceAll(/^\s*#.*$/gm, "");
    const data = text.includes("$DATA_DIR") ? ["default.etcd"] : [];
    const paths = [...text.matchAll(/\$(?:STATE_DIR|ROLLOUT_DIR|DATA_ROOT|WORK_DIR)"?\/([a-z][\w.$*-]*)/g)].map(
        ([, file]) => nameOf(file!),
    );
    return [...data, ...paths.filter((file) => file !== "restored.part")];
}

describe("the files that scripts remember things in", () => {
    it("are those of the tables in lib/files.sh, and so are the scripts that have to do with each", () => {
        const scripts = new Map<string, Set<string>>();
        for (const script of files) {
            const name = path.basename(script, ".sh");
            filesNamed(script).forEach((file) => scripts.set(file, (scripts.get(file) ?? new Set()).add(name)));
        }
        const found = [...scripts].map(([file, names]) => ({ file, scripts: [...names].sort() }));
        const byFile = (a: Row, b: Row) => (a.file < b.file ? -1 : 1);
        assert.ok(found.length > 40, `only ${found.length} are found`);
        assert.deepEqual(rowsOfTables().sort(byFile), found.sort(byFile));
    });
});

describe("the notes on the volume", () => {
    it("are those of the table, without the folders", () => {
        const text = fs.readFileSync(path.join(SCRIPTS, "lib/files.sh"), "utf8");
        const volume = text.slice(text.indexOf("# On the volume"));
        const found = [...volume.matchAll(/^# ([\w.-]+) *\|/gm)].map(([, file]) => file!);
        const folders = ["file", "default.etcd", "set-aside", "restored", "write-proof"];
        const [, notes] = /^NOTES='(.*)'$/m.exec(text)!;
        assert.deepEqual(notes!.split(" ").sort(), found.filter((file) => !folders.includes(file)).sort());
    });
});

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

        it(`${name} leaves no variable of a function behind but those in capitals`, () => {
            const left = functionsWithBodies(text).flatMap(({ name, body }) =>
                assignedIn(body)
                    .filter((variable) => !localsOf(body).includes(variable))
                    .map((variable) => `${variable} in ${name}`),
            );
            assert.deepEqual(left, []);
        });

        it(`${name} asks the wall's clock for nothing but the time in a log`, () => {
            const code = text.replaceAll(/^\s*#.*$/gm, "");
            assert.doesNotMatch(code.replaceAll("date -u +%Y-%m-%dT%H:%M:%SZ", ""), /\bdate\b/);
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
