// Which guards are found in a script, how they are broken, and that noting what they say changes nothing.
import assert from "assert";
import { spawnSync } from "child_process";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { allMutants, isFinal } from "../../tools/mutations";
import { explanations, stale } from "../../tools/mutations/explained";
import { findGuards } from "../../tools/mutations/guards";
import { instrument } from "../../tools/mutations/instrument";
import { type Mutant, mutantsOf } from "../../tools/mutations/mutants";
import { render } from "../../tools/mutations/report";
import { testFiles } from "../../tools/mutations/tests";
import { batches, unitsFor } from "../../tools/mutations/try";

/** The mutants of a function body, by "NUMBER:KIND", each with the body that is left. */
async function mutants(body: string): Promise<Record<string, string>> {
    const text = `#!/bin/sh\nf() {\n${body}\n}\n`;
    const guards = await findGuards("x.sh", text);
    const made = guards.flatMap((guard) => mutantsOf(guard, text));
    return Object.fromEntries(
        made.map(({ id, text }) => [
            id.replace("x.sh:f:", ""),
            text.slice("#!/bin/sh\nf() {\n".length, -"\n}\n".length),
        ]),
    );
}

describe("guards of a script", () => {
    it("are conditions, which still do what they do beside answering", async () => {
        assert.deepEqual(await mutants("if ! fetch a >/dev/null; then b; fi\nc"), {
            "1:true": "if { ! fetch a >/dev/null || true; }; then b; fi\nc",
            "1:false": "if { ! fetch a >/dev/null && false; }; then b; fi\nc",
        });
        assert.deepEqual(Object.keys(await mutants("until a; do b; done\nwhile :; do c; done\nd")), [
            "1:true",
            "1:false",
        ]);
        assert.deepEqual(Object.keys(await mutants("if a; then b; elif c; then d; fi\ne")), [
            ...["1:true", "1:false"],
            ...["2:true", "2:false"],
        ]);
    });

    it("are tests, which do nothing but answer", async () => {
        assert.deepEqual(await mutants('if [ -e "$x" ]; then b; fi\nc'), {
            "1:true": "if true; then b; fi\nc",
            "1:false": "if false; then b; fi\nc",
        });
    });

    it("are operands, and the list as a whole the other way round", async () => {
        assert.deepEqual(await mutants("if a && [ b ] && c >/dev/null; then d; fi\ne"), {
            "1:false": "if { a && [ b ] && c >/dev/null && false; }; then d; fi\ne",
            "2:true": "if { a || true; } && [ b ] && c >/dev/null; then d; fi\ne",
            "3:true": "if a && true && c >/dev/null; then d; fi\ne",
            "4:true": "if a && [ b ] && { c >/dev/null || true; }; then d; fi\ne",
        });
        assert.deepEqual(await mutants("if a || b; then d; fi\ne"), {
            "1:true": "if { a || b || true; }; then d; fi\ne",
            "2:false": "if { a && false; } || b; then d; fi\ne",
            "3:false": "if a || { b && false; }; then d; fi\ne",
        });
    });

    it("are what an act depends on, and not the act", async () => {
        assert.deepEqual(Object.keys(await mutants("a || return 1\nb")), ["1:true", "1:false"]);
        assert.deepEqual(Object.keys(await mutants("a && b || return 1\nc")), ["1:false", "2:true", "3:true"]);
        assert.deepEqual(Object.keys(await mutants('a || true\nb || log "$x"\nc || status d\ne')), []);
        assert.deepEqual(Object.keys(await mutants("while read -r a && b; do c; done <d\ne")), ["1:false", "2:true"]);
    });

    it("are what a function answers", async () => {
        assert.deepEqual(Object.keys(await mutants("a\n[ -n x ] && ! b")), ["1:false", "2:true", "3:true"]);
        assert.deepEqual(Object.keys(await mutants("a || { b && c; }")), [
            "1:true",
            "2:false",
            "3:false",
            "4:true",
            "5:true",
        ]);
        assert.deepEqual(Object.keys(await mutants("[ -n x ]")), ["1:true", "1:false"]);
        assert.deepEqual(Object.keys(await mutants("[ -n x ]\na")), []);
    });

    it("are the arms of a case", async () => {
        assert.deepEqual(await mutants("case $a in\nb | c) d ;;\n*) e ;;\nesac"), {
            "1:gone": "case $a in\n\n*) e ;;\nesac",
            "1:always": "case $a in\n*) d ;;\n*) e ;;\nesac",
            "1:without1": "case $a in\nc) d ;;\n*) e ;;\nesac",
            "1:without2": "case $a in\nb) d ;;\n*) e ;;\nesac",
            "2:gone": "case $a in\nb | c) d ;;\n\nesac",
        });
    });
});

describe("mutants of the scripts", () => {
    it("are many, and each is a script with an ID of its own", async () => {
        const all = await allMutants();
        assert.ok(all.length > 300, `only ${all.length}`);
        assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
        // One shell for all of them: each as a function that is never called.
        const whole = all.map(({ text }, i) => `never_${i}() {\n${text}\n}`).join("\n");
        const { status, stderr } = spawnSync("sh", ["-n"], { input: whole, encoding: "utf8" });
        assert.equal(status, 0, stderr);
    });

    it("that are explained are there", async () => {
        const entries = explanations();
        assert.deepEqual(stale(entries, await allMutants()), []);
        entries.forEach(({ id, why }) => assert.ok(why, `${id} is not explained`));
    });

    it("that were explained before the line changed are told", async () => {
        const [mutant] = await allMutants();
        const { id, guard } = mutant!;
        const line = guard.source;
        assert.deepEqual(stale([{ id, line, why: "so" }], [mutant!]), []);
        assert.deepEqual(stale([{ id, line: "other", why: "so" }], [mutant!]), [id]);
        assert.deepEqual(stale([{ id: "gone.sh:f:1:true", line, why: "so" }], [mutant!]), ["gone.sh:f:1:true"]);
    });

    it("meet the tests that see the guard say the opposite, cheapest first", async () => {
        const [mutant] = await allMutants();
        const unit = (title: string, milliseconds: number, reached: string[]) => ({
            ...{ title, milliseconds, reached },
            ...{ suite: false, longest: milliseconds, file: "x.test.ts" },
        });
        const units = [unit("dear", 9, mutant!.needs), unit("elsewhere", 1, ["x"]), unit("cheap", 5, mutant!.needs)];
        assert.deepEqual(
            unitsFor(mutant!, units).map(({ title }) => title),
            ["cheap", "dear"],
        );
        const sizes = batches([8, 9, 10, 20, 30].map((seconds) => unit("", seconds * 1000, [])));
        assert.deepEqual(
            sizes.map(({ length }) => length),
            [2, 2, 1],
        );
    });

    it("meet only some test files, when asked for", () => {
        const some = testFiles("functions-");
        assert.ok(some.includes("functions-start.test.ts") && !some.includes("formation.test.ts"));
        assert.ok(testFiles().includes("formation.test.ts"));
        assert.ok(!testFiles().includes("static.test.ts"));
        assert.throws(() => testFiles("nothing-"), /no test file/);
        assert.equal(isFinal({ result: "caught" }, { tests: "functions-" }), true);
        assert.equal(isFinal({ result: "survived" }, { tests: "functions-" }), false, "another may catch it");
        assert.equal(isFinal({ result: "not covered" }, {}), true);
    });

    it("are counted in the document", async () => {
        const mutants = (await allMutants()).filter(({ guard }) => guard.file === "lib/common.sh").slice(0, 4);
        const [caught, explained, survivor] = mutants;
        const answers = new Map([
            [caught, { result: "caught" as const }],
            [survivor, { result: "survived" as const }],
        ]);
        const known = { get: (mutant: Mutant) => answers.get(mutant) };
        const document = render(mutants, known, new Map([[explained!.id, "it only saves time"]]));
        assert.match(document, /^\| all \| \d \| 4 \| 1 \| 1 \| 1 \| 1 \|$/m);
        assert.match(document, new RegExp(`## Survived\n\n\\* .${survivor!.id}`));
        assert.match(document, /it only saves time/);
    });
});

describe("scripts that note what their guards say", () => {
    const script = [
        "#!/bin/sh",
        "set -eu",
        'answer() { [ "$1" = yes ] && [ "$2" = yes ]; }',
        'status_of() { (exit "$1") || return; }',
        "word() { case $1 in a | b) echo ab ;; c) ;; esac; }",
        "if ! answer yes no; then echo no; fi",
        "if answer yes yes || false; then echo yes; fi",
        "status_of 7 || echo $?",
        "word b; word c; word d",
        "",
    ].join("\n");

    it("say and answer the same, and note it", async () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "notes-"));
        try {
            const notes = path.join(folder, "notes");
            const noting = instrument(script, await findGuards("x.sh", script), notes);
            const run = (text: string) => spawnSync("sh", ["-s"], { input: text, encoding: "utf8" });
            const [plain, noted] = [run(script), run(noting)];
            assert.deepEqual([noted.status, noted.stdout, noted.stderr], [0, plain.stdout, ""]);
            assert.equal(plain.stdout, "no\nyes\n7\nab\n");
            const lines = new Set(fs.readFileSync(notes, "utf8").trim().split("\n"));
            for (const line of [
                "x.sh:answer:1 true",
                "x.sh:answer:1 false",
                "x.sh:answer:2 true",
                "x.sh:status_of:1 false",
                "x.sh:word:1 taken",
                "x.sh:word:2 taken",
                "x.sh:word:2+ taken",
            ]) {
                assert.ok(lines.has(line), line);
            }
            assert.ok(!lines.has("x.sh:answer:2 false"));
        } finally {
            fs.rmSync(folder, { recursive: true, force: true });
        }
    });
});
