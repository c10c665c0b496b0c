// `pulumi up` translates the program without checking its types, by the file that Pulumi.yaml names. Everything else is checked as
// ever, and understood alike.
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import * as tsNode from "ts-node";
import * as ts from "typescript";
import { parse } from "yaml";

import { CHECKOUT } from "../../tools/support/paths";

const read = (file: string) => fs.readFileSync(path.join(CHECKOUT, file), "utf8");
const { runtime } = parse(read("Pulumi.yaml")) as { runtime: { options: { tsconfig: string } } };
const CHECKED = "tsconfig.json";
const UNCHECKED = runtime.options.tsconfig;

/** What stands in that one file: Pulumi itself does not follow `extends`. */
const options = (file: string) =>
    (ts.parseConfigFileTextToJson(file, read(file)).config as { compilerOptions: Record<string, unknown> })
        .compilerOptions;

/** With what it extends. */
function resolved(file: string): ts.ParsedCommandLine {
    const { config } = ts.readConfigFile(path.join(CHECKOUT, file), ts.sys.readFile);
    const parsed = ts.parseJsonConfigFileContent(config, ts.sys, CHECKOUT);
    assert.deepEqual(parsed.errors, []);
    return parsed;
}

/** Translates a program as Pulumi does with that file. */
function translate(file: string, program: string): string {
    const compilerOptions = options(file);
    const transpileOnly = compilerOptions.noCheck === true;
    const project = path.join(CHECKOUT, file);
    const service = tsNode.create({ cwd: CHECKOUT, project, transpileOnly, compilerOptions });
    return service.compile(program, path.join(CHECKOUT, "index.ts"));
}

describe("the start of the program", () => {
    const wrong = `export const count: number = "text";`;

    it("does not wait for a type check", () => {
        assert.match(translate(UNCHECKED, wrong), /exports\.count = "text"/);
    });

    it("leaves that to editors and `npm run typecheck`, which see every file", () => {
        assert.throws(() => translate(CHECKED, wrong), /'string' is not assignable to type 'number'/);
        const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
        assert.equal(scripts.typecheck, "tsc --noEmit");
        const seen = resolved(CHECKED).fileNames.map((file) => path.relative(CHECKOUT, file));
        const folders = ["components", "stacks"].flatMap((folder) =>
            fs
                .readdirSync(path.join(CHECKOUT, folder), { recursive: true, encoding: "utf8" })
                .filter((file) => file.endsWith(".ts"))
                .map((file) => path.join(folder, file)),
        );
        assert.deepEqual(
            ["index.ts", ...folders].filter((file) => !seen.includes(file)),
            [],
        );
    });

    it("takes every other setting from the file that they use", () => {
        const { noCheck, ...unchecked } = resolved(UNCHECKED).options;
        assert.equal(noCheck, true);
        assert.deepEqual(unchecked, resolved(CHECKED).options);
        // In this file alone Pulumi looks for what it would otherwise choose itself.
        assert.equal(options(UNCHECKED).target, options(CHECKED).target);
    });
});
