// Stand-ins are bundled once, and anew whenever something of theirs changes; the ones before go on as they are.
import assert from "assert";
import { execFileSync, spawn, type ChildProcess } from "child_process";
import { once } from "events";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { STAND_INS, standIns } from "../../tools/toolchain/stand-ins";

const PROGRAM = "pulumi-resource-random";
const { PULUMI_ETCD_CACHE } = process.env;
let folder: string;
let sources: string;

function write(file: string, text: string): void {
    const place = path.join(sources, file);
    fs.mkdirSync(path.dirname(place), { recursive: true });
    fs.writeFileSync(place, text);
}

const bundle = () => path.join(standIns([PROGRAM], sources), PROGRAM);
const says = (program: string) => execFileSync(program, { encoding: "utf8" }).trim();

describe("a stand-in", () => {
    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "stand-ins-"));
        sources = path.join(folder, "sources");
        process.env.PULUMI_ETCD_CACHE = path.join(folder, "cache");
    });

    afterEach(() => {
        fs.rmSync(folder, { recursive: true, force: true });
        delete process.env.PULUMI_ETCD_CACHE;
        Object.assign(process.env, PULUMI_ETCD_CACHE && { PULUMI_ETCD_CACHE });
    });

    it("is a new one whenever a source is, and the same one otherwise", () => {
        write("random/main.ts", `import { word } from "../shared/word"; console.log(word as string);`);
        write("shared/word.ts", `export const word: unknown = "one";`);
        const first = bundle();
        const made = fs.statSync(first);
        assert.equal(bundle(), first);
        assert.deepEqual(fs.statSync(first), made);
        write("shared/word.ts", `export const word: unknown = "two";`);
        assert.equal(says(bundle()), "two");
        write("shared/word.ts", `export const word: unknown = "one";`);
        assert.equal(bundle(), first);
        assert.equal(says(first), "one");
    });

    it("that cannot be made leaves nothing, and names the place", () => {
        write("random/main.ts", `console.log(;`);
        assert.throws(bundle, /random\/main\.ts:1:12: ERROR/);
        assert.deepEqual(fs.readdirSync(path.join(folder, "cache/stand-ins")), []);
    });

    it("is alone in its folder, so that no official program is hidden", () => {
        write("random/main.ts", "");
        write("tls/main.ts", "");
        assert.deepEqual(fs.readdirSync(path.dirname(bundle())), [PROGRAM]);
        const two = [PROGRAM, "pulumi-resource-tls"];
        assert.deepEqual(fs.readdirSync(standIns(two, sources)).sort(), two);
    });

    it("starts, and tells the engine its port", async () => {
        const bin = standIns(STAND_INS);
        for (const program of STAND_INS) {
            const child = spawn(path.join(bin, program), ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
            try {
                assert.match(await firstOutput(child), /^\d+\n$/, program);
            } finally {
                child.kill();
            }
        }
    });
});

/** What it prints first; nothing, when it ends without a word. */
async function firstOutput(child: ChildProcess): Promise<string> {
    const [data] = (await Promise.race([once(child.stdout!, "data"), once(child, "exit")])) as [unknown];
    return String(data);
}
