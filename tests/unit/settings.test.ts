// The one table of settings agrees with itself, with the comments of args.ts, which are written by hand, and with the documents that
// it points to. What is made from it (Pulumi.yaml, the README's table) is compared by `npm run lint`.
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import ts from "typescript";

import type { EtcdClusterArgs } from "../../components";
import { EACH_SETTING, KEYS } from "../../components/etcd-cluster/settings";
import { problemsOf } from "../../components/etcd-cluster/validation/validate";

const ROOT = path.join(__dirname, "../..");
const read = (file: string) => fs.readFileSync(path.join(ROOT, file), "utf8");

/** What stands behind `@default` above each argument. */
function documentedDefaults(): Map<string, string> {
    const file = ts.createSourceFile("args.ts", read("components/etcd-cluster/args.ts"), ts.ScriptTarget.Latest, true);
    const args = file.statements.filter(ts.isInterfaceDeclaration).find(({ name }) => name.text === "EtcdClusterArgs")!;
    return new Map(
        args.members.map((member) => {
            const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === "default");
            return [(member.name as ts.Identifier).text, ts.getTextOfJSDocComment(tag?.comment) ?? ""];
        }),
    );
}

/** As the forge makes them of headings. */
const anchorOf = (heading: string) =>
    heading
        .toLowerCase()
        .replace(/[^\w -]/g, "")
        .replace(/ /g, "-");

describe("settings", () => {
    it("stand in the order of the arguments, with the same defaults", () => {
        const documented = documentedDefaults();
        assert.deepEqual([...documented.keys()], KEYS);
        for (const [key, setting] of EACH_SETTING) {
            if (setting.default !== undefined) {
                assert.equal(documented.get(key), JSON.stringify(setting.default), key);
            }
        }
    });

    it("have defaults that are fine, alone and together", () => {
        const defaults = Object.fromEntries(EACH_SETTING.map(([key, setting]) => [key, setting.default]));
        assert.deepEqual(problemsOf(defaults as EtcdClusterArgs), []);
    });

    it("say that a change is refused where it is", () => {
        for (const [key, { change, wayOut }] of EACH_SETTING) {
            assert.equal(change.startsWith("is refused"), wayOut !== undefined, key);
        }
    });

    it("are sentences in whose middle a table and a list can break off, and point to what is there", () => {
        for (const [key, { description, change, wayOut = "", allowed }] of EACH_SETTING) {
            for (const text of [description, change, wayOut, allowed]) {
                assert.doesNotMatch(text, /[|\n]|\.$/, key);
            }
            for (const [, file, anchor] of `${description} ${change}`.matchAll(/\]\(([^)#]*)#([^)]*)\)/g)) {
                const anchors = [...read(file!).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!));
                assert.ok(anchors.includes(anchor!), `${key} points to ${file}#${anchor}`);
            }
        }
    });
});
