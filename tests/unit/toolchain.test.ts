// How a program is found, fetched and locked, without any of the real ones: a publisher on loopback, a cache in a temporary folder.
import assert from "assert";
import { execFileSync, spawn } from "child_process";
import * as crypto from "crypto";
import * as fs from "fs";
import * as http from "http";
import type { AddressInfo } from "net";
import * as os from "os";
import * as path from "path";

import { isSupportedVersion, versionOfImage } from "../../components/etcd-cluster/validation/supported-versions";
import { IMAGES, otherTag } from "../../tools/local-cluster/images";
import { identityOf, withLock } from "../../tools/support/lock";
import { hashOfSource } from "../../tools/toolchain/checkout";
import { downloadPulumi, isKnownUnreachable } from "../../tools/toolchain/download";
import { pulumiEnvironment } from "../../tools/toolchain/pulumi";
import { OTHER_ETCDS } from "../../tools/toolchain/pins";
import { atLeast, otherEtcd, RECIPES } from "../../tools/toolchain/recipes";

let folder: string;
const { PULUMI_ETCD_CACHE } = process.env;

beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "toolchain-"));
    process.env.PULUMI_ETCD_CACHE = path.join(folder, "cache");
});

afterEach(() => {
    fs.rmSync(folder, { recursive: true, force: true });
    delete process.env.PULUMI_ETCD_CACHE;
    Object.assign(process.env, PULUMI_ETCD_CACHE && { PULUMI_ETCD_CACHE });
});

/** An archive as Pulumi publishes it, with one program in it. */
function archive(): Buffer {
    const content = path.join(folder, "content/pulumi");
    fs.mkdirSync(content, { recursive: true });
    fs.writeFileSync(path.join(content, "pulumi"), "#!/bin/sh\n", { mode: 0o755 });
    return execFileSync("tar", ["-cz", "-C", path.dirname(content), "pulumi"]);
}

/** Runs `work` with a publisher that has this archive and this checksum. */
async function published(sum: (archive: Buffer) => string, work: (sites: Sites) => Promise<void>): Promise<void> {
    const body = archive();
    const name = `pulumi-v1.2.3-${process.platform}-${process.arch}.tar.gz`;
    const server = http.createServer((request, response) => {
        response.end(request.url === "/sums" ? `${"0".repeat(64)}  other\n${sum(body)}  ${name}\n` : body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
        await work({ archive: (_, file) => `${base}/${file}`, checksums: () => `${base}/sums` });
    } finally {
        server.close();
    }
}

type Sites = NonNullable<Parameters<typeof downloadPulumi>[2]>;
const sha256 = (data: Buffer) => crypto.createHash("sha256").update(data).digest("hex");

describe("the download of the CLI", () => {
    it("unpacks what its publisher vouches for", () =>
        published(sha256, async (sites) => {
            const target = path.join(folder, "pulumi-1.2.3");
            assert.equal(await downloadPulumi("1.2.3", target, sites), true);
            assert.deepEqual(fs.readdirSync(target), ["pulumi"]);
        }));

    it("refuses anything else, and leaves nothing", () =>
        published(
            () => "f".repeat(64),
            async (sites) => {
                const target = path.join(folder, "pulumi-1.2.3");
                await assert.rejects(downloadPulumi("1.2.3", target, sites), /does not have the checksum/);
                assert.equal(fs.existsSync(target), false);
            },
        ));

    it("gives way when the site cannot be reached, and remembers that", async () => {
        const nowhere = { archive: () => "http://127.0.0.1:9/a", checksums: () => "http://127.0.0.1:9/s" };
        assert.equal(isKnownUnreachable("127.0.0.1"), false);
        assert.equal(await downloadPulumi("1.2.3", path.join(folder, "p"), nowhere), false);
        assert.equal(isKnownUnreachable("127.0.0.1"), true);
        await published(sha256, async (sites) => {
            assert.equal(await downloadPulumi("1.2.3", path.join(folder, "p"), sites), false);
        });
    });
});

/** The environment for `pulumi` where nothing can be downloaded, with these folders on PATH; and what was said. */
async function cutOff(...folders: string[]): Promise<{ env: NodeJS.ProcessEnv; said: string }> {
    const { PATH } = process.env;
    const { write } = process.stderr;
    const program = path.join(folder, "pulumi");
    const script = `#!/bin/sh
        if [ "$1" = version ]; then echo v3.259.0; exit; fi
        echo "no such host" >&2; exit 1`;
    fs.writeFileSync(program, script, { mode: 0o755 });
    let said = "";
    try {
        process.env.PATH = [folder, ...folders, "/usr/bin:/bin"].join(":");
        Object.assign(process.stderr, { write: (text: string) => (said += text) });
        const env = await pulumiEnvironment(path.join(folder, "state"), path.join(folder, "passphrase"));
        return { env, said };
    } finally {
        process.env.PATH = PATH;
        Object.assign(process.stderr, { write });
    }
}

describe("the download of a plugin", () => {
    it("is announced before it begins, for it may last", async () => {
        const { said } = await cutOff();
        assert.match(said, /^- fetching the official plugin kubernetes .*\n- .* cannot be fetched: no such host$/m);
        // The other one is not tried: the site is known to be out of reach by then.
        assert.equal(said.match(/fetching/g)?.length, 1);
    });
});

describe("stand-ins", () => {
    /** A folder for PATH with something that is called like a plugin. */
    function folderWith(plugin: string, ...parts: string[]): string {
        const made = path.join(folder, ...parts);
        fs.mkdirSync(made, { recursive: true });
        fs.writeFileSync(path.join(made, plugin), "", { mode: 0o755 });
        return made;
    }

    it("take the place of what is not on PATH, where those of an earlier time do not count", async () => {
        const official = folderWith("pulumi-resource-random", "official");
        const before = folderWith("pulumi-resource-tls", "cache/stand-ins/before");
        const { env } = await cutOff(official, before);
        const [first] = env.PATH!.split(":");
        assert.deepEqual(fs.readdirSync(first!).sort(), [
            "pulumi-language-nodejs",
            "pulumi-resource-kubernetes",
            "pulumi-resource-tls",
        ]);
    });
});

describe("a program on PATH", () => {
    it("is used only in the version that will do", () => {
        const fits = (name: string, printed: string) => RECIPES[name]!.fits!(printed);
        assert.ok(fits("pulumi", "v3.259.0"));
        assert.ok(fits("pulumi", "v4.0.0"));
        assert.ok(!fits("pulumi", "v3.99.0"));
        assert.ok(fits("kubernetes", "Kubernetes v1.34.4"));
        assert.ok(fits("kubernetes", "Client Version: v1.34.4\nKustomize Version: v5.7.1"));
        assert.ok(!fits("kubernetes", "Client Version: v1.32.4"));
        assert.ok(!fits("etcd", "etcd Version: 3.6.1"));
        assert.ok(!fits("etcd", "etcd Version: 13.6.16"));
        assert.ok(atLeast("1.10.0", "1.9.9") && !atLeast("1.9.9", "1.10.0") && atLeast("1.2.3", "1.2.3"));
    });
});

describe("a program of the checkout", () => {
    it("is a new one whenever its source is", () => {
        const source = path.join(folder, "source");
        const write = (name: string, text: string) => {
            fs.mkdirSync(path.dirname(path.join(source, name)), { recursive: true });
            fs.writeFileSync(path.join(source, name), text);
            return hashOfSource(source);
        };
        const hashes = [
            write("go.mod", "module a"),
            write("main.go", "package main"),
            write("main.go", "package  main"),
            write("part/part.go", "package part"),
            write("go.sum", ""),
        ];
        assert.equal(new Set(hashes).size, hashes.length);
        assert.equal(write("README.md", "not source"), hashes.pop());
        assert.match(RECIPES.judge!.version, /^[0-9a-f]{12}$/);
    });
});

describe("etcd in other versions", () => {
    it("has an image of what is made of it, that claims no version which is not supported", () => {
        for (const version of Object.keys(OTHER_ETCDS)) {
            const { name, files } = IMAGES[otherTag(version)]!;
            const recipe = RECIPES[otherEtcd(version)]!;
            assert.deepEqual(Object.values(files).sort(), Object.keys(recipe.programs).sort());
            assert.equal(recipe.version, version);
            assert.equal(versionOfImage(name) !== undefined, isSupportedVersion(version), name);
        }
    });
});

describe("a lock", () => {
    it("lets one in at a time", async () => {
        const file = path.join(folder, "lock");
        let inside = 0;
        const enter = () =>
            withLock(file, "the test", async () => {
                assert.equal(++inside, 1);
                await new Promise((resolve) => setTimeout(resolve, 20));
                inside--;
            });
        await Promise.all([enter(), enter()]);
        assert.deepEqual(fs.readdirSync(folder), []);
    });

    it("of a process that was killed is taken over", async () => {
        const file = path.join(folder, "lock");
        const other = spawn("sleep", ["60"]);
        fs.writeFileSync(file, identityOf(other.pid!));
        let entered = false;
        const waiting = withLock(file, "the test", async () => void (entered = true));
        await new Promise((resolve) => setTimeout(resolve, 400));
        assert.equal(entered, false, "entered while the owner lives");
        other.kill("SIGKILL");
        await waiting;
        if (process.platform === "linux") {
            // The same number, but another process: it began at another time.
            fs.writeFileSync(file, `${process.pid} 1`);
            await withLock(file, "the test", async () => undefined);
        }
    });
});
