// Documents and scripts name each other's sections, and people copy commands from them: both must be there as named.
import assert from "assert";
import { spawnSync } from "child_process";
import * as fs from "fs";
import * as path from "path";

const CHECKOUT = path.join(__dirname, "../..");
const OPERATIONS = "docs/operations.md";

const read = (file: string) => fs.readFileSync(path.join(CHECKOUT, file), "utf8");
const filesIn = (folder: string, ending: string) =>
    fs
        .readdirSync(path.join(CHECKOUT, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(ending))
        .map((file) => path.join(folder, file));

const withoutCode = (text: string) => text.replace(/^ *```.*?^ *```$/gms, "");
const headings = (text: string) => [...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map(([, title]) => title!);
/** As GitHub makes them. */
const anchorOf = (title: string) =>
    title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-");

const DOCUMENTS = [...fs.readdirSync(CHECKOUT).filter((file) => file.endsWith(".md")), ...filesIn("docs", ".md")];

describe("documents", () => {
    it("have the files and sections that they link to", () => {
        for (const file of DOCUMENTS) {
            const targets = [
                ...withoutCode(read(file)).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g),
            ];
            for (const [link, name, anchor] of targets) {
                const target = name ? path.join(path.dirname(file), name) : file;
                assert.ok(fs.existsSync(path.join(CHECKOUT, target)), `${file}: ${link}`);
                if (anchor && target.endsWith(".md")) {
                    assert.ok(headings(read(target)).map(anchorOf).includes(anchor), `${file}: ${link}`);
                }
            }
        }
    });

    it("have the sections that scripts and refusals send people to", () => {
        const sources = [...filesIn("components", ".sh"), ...filesIn("components", ".ts")];
        const named = sources.flatMap((file) => [...read(file).matchAll(/\b((?:docs\/)?\w+\.md), '([^']+)'/g)]);
        assert.ok(named.length > 15);
        for (const [, file, title] of named) {
            assert.ok(headings(read(file!)).includes(title!), `${file} has no section '${title}'`);
        }
    });
});

describe("the commands of docs/operations.md", () => {
    const blocks = [...read(OPERATIONS).matchAll(/^( *)```sh\n(.*?)^ *```$/gms)].map(([, , block]) => block!);

    it("are commands of a shell", () => {
        assert.ok(blocks.length > 30);
        for (const block of blocks) {
            const { status, stderr } = spawnSync("/bin/sh", ["-n"], { input: block, encoding: "utf8" });
            assert.equal(status, 0, `${block}\n${stderr}`);
        }
    });

    it("say in which namespace, but for those about nodes, and name no cluster", () => {
        const lines = blocks.join("").split("\n");
        for (const line of lines) {
            assert.doesNotMatch(line, /(?<!^NAMESPACE=default NAME=)infra-etcd-cluster/);
            for (const [command] of line.matchAll(/\bkubectl .{0,20}/g)) {
                assert.match(command, /^kubectl (-n "?\$NAMESPACE"? |drain |uncordon )/, line);
            }
        }
    });

    it("are found from its contents, each section once", () => {
        const [contents] = read(OPERATIONS).split("\n## ");
        const titles = [...read(OPERATIONS).matchAll(/^## (.*)$/gm)].map(([, title]) => title!).slice(1);
        const listed = [...contents!.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor!);
        assert.deepEqual(listed.sort(), titles.map(anchorOf).sort());
    });
});
