// A volume that takes no more: a file is whole or what it was, and etcd does not start on a disk that cannot note what it is.
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import { Shell, voter } from "../support/scripts-functions";

const START = ["start"];

/** Makes that file of the volume impossible to write. */
const lacks = (shell: Shell, name: string) => {
    fs.mkdirSync(path.join(shell.folder, `data/${name}.tmp`), { recursive: true });
    return shell;
};

describe("a file on a volume that is full", () => {
    const writes = (name: string, code = "") => {
        const shell = new Shell(["common", "files"]).has("data/x", "old");
        const done = shell.succeeds(`${code}\n${name} "$DATA_ROOT/x" new`);
        // Not by following links: from /dev/full one could read for ever.
        const plain = fs.lstatSync(path.join(shell.folder, "data/x")).isFile();
        return { done, x: plain ? shell.file("data/x") : "no file" };
    };
    const FULL = 'ln -s /dev/full "$DATA_ROOT/x.tmp"';

    it("is what it was, and whoever writes it knows", () => {
        for (const name of ["write_file", "write_durable"]) {
            assert.deepEqual(writes(name), { done: true, x: "new" });
            assert.deepEqual(writes(name, FULL), { done: false, x: "old" });
            assert.deepEqual(writes(name, "mv() { return 1; }"), { done: false, x: "old" });
        }
    });

    it("is on the disk before it takes the place of the old one, and so is its name at the end", () => {
        const syncs = (fails: string) => writes("write_durable", `sync() { case $1 in ${fails}) return 1 ;; esac; }`);
        assert.deepEqual(syncs("*/x.tmp"), { done: false, x: "old" });
        assert.deepEqual(syncs("*/data"), { done: false, x: "new" });
    });
});

describe("etcd is not started", () => {
    const plans = (code: string, name?: string) => {
        const shell = new Shell(START, 1).marker("recovered 0 z");
        if (name) {
            lacks(shell, name);
        }
        return shell
            .run(`plan() { echo "plan $1"; }\nread_marker\n${code} || echo waits`, [voter(0), voter(1)])
            .out.join();
    };

    it("before the disk says which member it is", () => {
        for (const [code, plan, notes] of [
            ["plan_first_start 3", "plan new", []],
            ["plan_late_start", "plan existing", []],
            ["plan_join a1", "plan existing", ["formed", "joining", "life", "unlaunched"]],
        ] as const) {
            assert.equal(plans(code), plan);
            for (const name of [...notes, "identity", "member-id"]) {
                assert.equal(plans(code, name), "waits", `${code} without ${name}`);
            }
        }
    });

    it("alone, before the disk says that this was done", () => {
        const launches = (name?: string) => {
            const shell = new Shell(START).has("state/plan", "restart\nset-0=url").has("data/recovering", "0 a");
            const { out } = (name ? lacks(shell, name) : shell).run(
                `etcd() { touch "$STATE_DIR/started"; return 7; }
                duties() { :; }
                result=0; launch || result=$?; echo "$result"`,
            );
            return [...out, shell.file("state/started") !== undefined];
        };
        assert.deepEqual(launches(), ["7", true]);
        assert.deepEqual(launches("forced"), ["1", false]);
    });
});

describe("a recovery on a volume that is full", () => {
    it("is not over", () => {
        const finishes = (name?: string) => {
            const shell = new Shell(START).has("data/recovering", "0 a").has("data/forced");
            const done = (name ? lacks(shell, name) : shell).succeeds("finish_recovery");
            return [done, shell.file("data/recovering"), shell.file("data/forced"), shell.file("data/life")];
        };
        assert.deepEqual(finishes(), [true, undefined, undefined, "0 a"]);
        for (const name of ["unnoted", "life"]) {
            assert.deepEqual(finishes(name), [false, "0 a", "yes", undefined], name);
        }
    });
});
