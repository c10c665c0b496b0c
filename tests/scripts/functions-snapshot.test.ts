// What the scripts make of a snapshot's file, before anything is touched.
import assert from "assert";

import type { Shell } from "../support/scripts-functions";
import { CONTENT, NEEDED, place, volume, WHOLE } from "../support/snapshot-volume";

describe("a snapshot's file", () => {
    const problem = (file: Buffer | null, code = "") => {
        const { shell, given } = volume(file);
        const { out, said } = shell.run(`${given}\n${code}\nsnapshot_problem f`);
        assert.doesNotMatch(said, /ash:|No such file/);
        return { shell, why: out.join(" ").replace(`${shell.folder}/data/`, "") };
    };
    const contentOf = (shell: Shell) => shell.file("state/snapshot-content")?.replace(`${shell.folder}/data/`, "");

    it("can be restored when it is whole, and what it holds is known", () => {
        const { shell, why } = problem(WHOLE);
        assert.equal(why, "");
        assert.equal(contentOf(shell), "f (revision 17, 4 keys)");
    });

    it("cannot when it is not there, cut short, a mere database, damaged, or nothing that etcd can read", () => {
        assert.equal(problem(null).why, "f is not there");
        const part = /f has no hash at its end: it is only a part of a snapshot, or none/;
        assert.match(problem(WHOLE.subarray(0, 2000)).why, part);
        assert.match(problem(CONTENT).why, part);
        assert.match(problem(Buffer.alloc(0)).why, part);
        const damaged = Buffer.from(WHOLE);
        damaged.writeUInt8(0, 7);
        const { shell, why } = problem(damaged);
        assert.match(why, /f is damaged/);
        assert.equal(shell.file("state/calls"), undefined, "etcd's tool crashes of some damaged files");
        const unread = (error: string) => problem(WHOLE, `etcdutl() { printf '${error}' >&2; return 1; }`).why;
        assert.equal(unread("{log}\\nError: invalid database\\nusage"), "f cannot be read: Error: invalid database");
        assert.equal(unread("{log}\\npanic: x\\ngoroutine 1"), "f cannot be read: panic: x");
        assert.equal(unread("{log}\\n"), "f cannot be read: it was not said why");
    });

    it("is read by etcdutl, and by etcdctl where there is no etcdutl yet", () => {
        const reads = (code: string) => volume().shell.run(`${code}\nutility snapshot status f`).out.join();
        const etcdctl = 'etcdctl() { echo "etcdctl $*"; }';
        assert.equal(reads(`${etcdctl}\netcdutl() { echo "etcdutl $*"; }`), "etcdutl snapshot status f");
        assert.equal(reads(etcdctl), "etcdctl snapshot status f");
    });

    it("is read once, and again when another lies there", () => {
        const { shell, given } = volume();
        const looks = () => shell.run(`${given}\nsnapshot_problem f`).out.join();
        const reads = () => (shell.file("state/calls") ?? "").split("\n").length;
        assert.deepEqual([looks(), looks(), reads()], ["", "", 1]);
        place(shell, CONTENT);
        assert.match(looks(), /no hash/);
        assert.match(looks(), /no hash/, "what was found is kept as well");
        place(shell, WHOLE);
        assert.deepEqual([looks(), reads()], ["", 2]);
    });

    it("needs room beside the data, for which the copy that was set aside may go", () => {
        const lacks = (free: number, aside?: number) => {
            const { shell, given } = volume(WHOLE, free, aside);
            return shell.run(`${given}\nsnapshot_problem f`).out.join();
        };
        assert.equal(lacks(NEEDED), "");
        assert.match(lacks(NEEDED - 1), /the volume lacks 1 MB to restore .*f beside the data that is there/);
        assert.equal(lacks(NEEDED - 100, 100), "");
        assert.match(lacks(NEEDED - 101, 100), /lacks/);
    });
});
