// A volume that cannot be read is not empty, and nobody joins or forms on one that cannot be written.
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import { Shell } from "../support/scripts-functions";

const START = ["start"];
const WAL = "data/default.etcd/member/wal";
const full = () => new Shell(START).has("data/identity", "x").has(`${WAL}/0.wal`).has(`${WAL}/1.tmp`);

/** Puts a link that leads nowhere in the place of something: it is there, and nobody can read it, not even root. */
const spoil = (shell: Shell, name: string) => {
    const file = path.join(shell.folder, name);
    fs.rmSync(file, { recursive: true, force: true });
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.symlinkSync("nowhere", file);
    return shell;
};

describe("what is on the volume", () => {
    const problem = (shell: Shell, code = "") => shell.run(`${code}\nunreadable`).out.join();

    it("can be read, whatever is missing", () => {
        assert.equal(problem(full()), "");
        assert.equal(problem(new Shell(START)), "");
        for (const folder of ["data/default.etcd", "data/default.etcd/member", WAL]) {
            const shell = new Shell(START);
            fs.mkdirSync(path.join(shell.folder, folder), { recursive: true });
            assert.equal(problem(shell), "", folder);
        }
        assert.equal(problem(spoil(full(), `${WAL}/1.tmp`)), "", "etcd reads no such file");
        assert.equal(problem(spoil(full(), "data/snapshot.db")), "", "nor does anybody read this");
    });

    it("cannot be read when a folder, a log or a note cannot", () => {
        const folders = ["data/default.etcd", "data/default.etcd/member", WAL];
        for (const name of [...folders, `${WAL}/0.wal`, `${WAL}/2.wal`, "data/identity", "data/recovering"]) {
            assert.match(problem(spoil(full(), name)), /No such file/, name);
        }
        const file = new Shell(START).has("data/default.etcd", "a file");
        assert.match(problem(file), /Not a directory/);
        const noted = new Shell(START);
        fs.mkdirSync(path.join(noted.folder, "data/life"));
        assert.match(problem(noted), /life: /);
    });

    it("cannot be read when the disk fails", () => {
        const fails = (when: string) =>
            `ls() { case $2 in ${when}) echo 'ls: I/O error' >&2; return 1 ;; *) command ls "$@" ;; esac; }`;
        assert.equal(problem(full(), fails("*/data/")), "ls: I/O error");
        assert.equal(problem(full(), fails("*/wal/")), "ls: I/O error");
        assert.equal(problem(full(), "head() { echo 'head: I/O error' >&2; return 1; }"), "head: I/O error");
    });

    it("is waited for, and what is there is told only then", () => {
        const shell = spoil(full(), WAL);
        const mends =
            'sleep() { echo waits; rm "$DATA_DIR/member/wal"; mkdir "$DATA_DIR/member/wal"; : >"$DATA_DIR/member/wal/0.wal"; }';
        const { out, said } = shell.run(`${mends}\nif has_wal; then echo log; else echo none; fi`);
        assert.deepEqual(out, ["waits", "log"]);
        assert.match(said, /WAITING: the volume of set-0 cannot be read .*not taken for empty/);
        assert.equal(shell.file("state/phase"), "waiting");
        const none = new Shell(START).run("if has_wal; then echo log; else echo none; fi");
        assert.deepEqual([none.out, none.said], [["none"], ""]);
    });

    it("is looked at before anything is decided", () => {
        const { out } = full().run(
            `await_readable_volume() { echo waits; exit; }
            refuse_foreign_data() { echo foreign; }
            forget_lost_data() { :; }
            decide`,
        );
        assert.deepEqual(out, ["waits"]);
    });
});

describe("a volume on which etcd is to begin", () => {
    const takes = (code: string, shell = new Shell(START)) => {
        const { out, said } = shell.run(`${code}\nif volume_takes_data; then echo yes; else echo no; fi`);
        return { out: out.join(" "), said };
    };
    const free = (kb: number | string) => `df() { printf 'head\\n/dev/x 1 1 ${kb} 1%% /\\n'; }`;

    it("can be written, and has room for a log", () => {
        const shell = new Shell(START);
        assert.deepEqual(takes(free(65536), shell), { out: "yes", said: "" });
        assert.deepEqual(fs.readdirSync(path.join(shell.folder, "data")), []);
        assert.equal(takes(free(65536), new Shell(START).has("data/write-proof/file")).out, "yes", "left by a kill");
        assert.equal(takes(free("-")).out, "yes", "it is not known");
    });

    it("is not one that cannot be written or synced, and says so", () => {
        for (const name of ["mkdir", "sync", "head", "rm"]) {
            const { out, said } = takes(`${free(99999)}\n${name}() { echo '${name}: no' >&2; return 1; }`);
            assert.equal(out, "no");
            assert.match(
                said,
                new RegExp(
                    `WAITING: cannot write to the volume at .* as user \\d+ \\(${name}: no\\).*Nothing was changed`,
                ),
            );
        }
        const { out, said } = takes(free(65535));
        assert.equal(out, "no");
        assert.match(said, /has 63 MB free, and etcd needs 64 MB/);
    });

    it("is tried again after a while", () => {
        const tries = (moment: number) => {
            const code = `${free(99999)}\nwrite_proof() { echo tries; }\nnow() { echo $MOMENT; }\nMOMENT=1000; volume_takes_data; MOMENT=${moment}`;
            return takes(code).out;
        };
        assert.equal(tries(1009), "tries yes");
        assert.equal(tries(1010), "tries tries yes");
    });

    it("is proven before anybody joins, forms or restores", () => {
        for (const marker of [["formed id"], ["initialClusterSize 3"], ["recover-from 0 a f"]]) {
            const { out } = new Shell(START).marker(...marker).run(
                `volume_takes_data() { echo full; return 1; }
                join() { echo joins; }
                form() { echo forms; }
                restore_or_wait() { echo restores; }
                start_without_data || echo waits`,
            );
            assert.deepEqual(out, ["full", "waits"]);
        }
    });
});
