// The stand-in language host runs programs from a folder: configuration reaches them, their errors reach the user,
// resource hooks work, and the program ends with the host.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PLUGINS } from "../support/engine";
import { waitFor } from "../support/scripts-wait";

const CHECKED = "name: host-test\nruntime: nodejs\n";
const UNCHECKED = "name: host-test\nruntime: {name: nodejs, options: {tsconfig: tsconfig.unchecked.json}}\n";
const MODULES = path.resolve(__dirname, "../../node_modules");

interface Finished {
    readonly code: number;
    readonly text: string;
}

describe("stand-in language host", function () {
    this.timeout(300_000);
    let folder: string;
    let env: NodeJS.ProcessEnv;

    const pulumi = (...args: string[]): Promise<Finished> =>
        new Promise((resolve) => {
            execFile("pulumi", [...args, "--non-interactive"], { cwd: folder, env }, (error, stdout, stderr) =>
                resolve({ code: error ? 1 : 0, text: stdout + stderr }),
            );
        });
    const write = (file: string, content: string) => writeFileSync(path.join(folder, file), content);
    const up = () => pulumi("up", "--yes", "--skip-preview");

    before(async () => {
        folder = mkdtempSync(path.join(tmpdir(), "language-host-"));
        mkdirSync(path.join(folder, "state"));
        symlinkSync(MODULES, path.join(folder, "node_modules"));
        env = {
            ...process.env,
            PATH: `${PLUGINS}${path.delimiter}${process.env["PATH"] ?? ""}`,
            PULUMI_HOME: path.join(folder, "home"),
            PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}`,
            PULUMI_CONFIG_PASSPHRASE: "test",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        };
        write("Pulumi.yaml", CHECKED);
        write("package.json", '{"name": "host-test", "main": "index.ts"}');
        write("tsconfig.json", '{"compilerOptions": {"module": "commonjs", "target": "es2022", "skipLibCheck": true}}');
        assert.equal((await pulumi("stack", "init", "dev")).code, 0);
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("gives the program its configuration, secrets as secrets, and names of project and stack", async () => {
        await pulumi("config", "set", "plain", "seen");
        await pulumi("config", "set", "--secret", "hidden", "not-to-be-seen");
        write(
            "index.ts",
            `import * as pulumi from "@pulumi/pulumi";
             const config = new pulumi.Config();
             export const plain = config.require("plain");
             export const hidden = config.requireSecret("hidden");
             export const length = hidden.apply((text) => pulumi.unsecret(pulumi.output(text.length)));
             export const where = pulumi.getProject() + "/" + pulumi.getStack() + "/" + pulumi.getOrganization();`,
        );
        const done = await up();
        assert.equal(done.code, 0, done.text);
        assert.match(done.text, /plain\s*: "seen"/);
        assert.match(done.text, /hidden\s*: \[secret\]/);
        assert.match(done.text, /where\s*: "host-test\/dev\/organization"/);
        assert.ok(!done.text.includes("not-to-be-seen"));
    });

    it("runs resource hooks, around resources of the stand-in plugins", async () => {
        write(
            "index.ts",
            `import * as pulumi from "@pulumi/pulumi";
             import * as random from "@pulumi/random";
             const hook = new pulumi.ResourceHook("told", (args) => pulumi.log.info("hook for " + args.name));
             new random.RandomId("one", { byteLength: 4 }, { hooks: { afterCreate: [hook] } });`,
        );
        const done = await up();
        assert.equal(done.code, 0, done.text);
        assert.match(done.text, /hook for one/);
        assert.match(done.text, /using pulumi-language-nodejs from \$PATH/);
    });

    it("reports what a program throws once, and a wrong type", async () => {
        write("index.ts", `throw new Error("the program's own words");`);
        const thrown = await up();
        assert.equal(thrown.code, 1);
        assert.match(thrown.text, /the program's own words/);
        assert.ok(!/non-zero exit code/.test(thrown.text), thrown.text);
        write("index.ts", `export const count: number = "text";`);
        assert.match((await up()).text, /not assignable to type 'number'/);
    });

    it("hands on the tsconfig that Pulumi.yaml names", async () => {
        write("index.ts", `export const count: number = "text";`);
        write("tsconfig.unchecked.json", '{"extends": "./tsconfig.json", "compilerOptions": {"noCheck": true}}');
        write("Pulumi.yaml", UNCHECKED);
        try {
            const done = await up();
            assert.equal(done.code, 0, done.text);
            assert.match(done.text, /count\s*: "text"/);
        } finally {
            write("Pulumi.yaml", CHECKED);
        }
    });

    it("says what is missing when the program's packages are not installed", async () => {
        rmSync(path.join(folder, "node_modules"));
        try {
            const done = await up();
            assert.equal(done.code, 1);
            assert.match(done.text, /has not been installed/);
        } finally {
            symlinkSync(MODULES, path.join(folder, "node_modules"));
        }
    });

    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        it(`ends the program when the deployment is ended by ${signal}`, async () => {
            const mark = path.join(folder, `pid-${signal}`);
            write(
                "index.ts",
                `import { writeFileSync } from "fs";
                 writeFileSync(${JSON.stringify(mark)}, String(process.pid));
                 setInterval(() => undefined, 1000);
                 export const never = new Promise(() => undefined);`,
            );
            const child = spawn("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive"], { cwd: folder, env });
            const pid = await readPid(mark);
            child.kill(signal);
            await sleep(500);
            child.kill(signal);
            await waitFor("the end of the program", () => !alive(pid), { limit: 120 });
        });
    }
});

async function readPid(file: string): Promise<number> {
    const { existsSync, readFileSync } = await import("node:fs");
    const read = () => existsSync(file) && readFileSync(file, "utf8");
    return Number(await waitFor("the start of the program", read, { limit: 120 }));
}

function alive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch {
        return false;
    }
}
