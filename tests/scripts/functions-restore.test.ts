// How a volume gets from its old data to the restored snapshot, wherever that was stopped.
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import type { Shell } from "../support/scripts-functions";
import { NEEDED, volume, WHOLE } from "../support/snapshot-volume";

describe("a restore", () => {
    const beside = (code: string, free = 1000) => {
        const { shell, given } = volume(WHOLE, free, 100);
        const made = shell.succeeds(`${given}\nREQUEST='1 a f'\n${code}\nrestore_beside "$DATA_ROOT/f"`);
        const [restored, old, aside] = ["restored", "default.etcd", "set-aside"].map((name) =>
            shell.file(`data/${name}/db`),
        );
        assert.equal(old, "old", "not touched before the new is there");
        return { made, restored, aside };
    };

    it("gives way for nothing but room: then the copy that was set aside goes", () => {
        assert.deepEqual(beside(""), { made: true, restored: "new", aside: "older" });
        assert.deepEqual(beside("", NEEDED), { made: true, restored: "new", aside: "older" });
        assert.deepEqual(beside("", NEEDED - 1), { made: true, restored: "new", aside: undefined });
    });

    it("is not done before it is on the disk, and begins anew where it was cut off", () => {
        assert.equal(
            beside('mkdir "$DATA_ROOT/restored.part"; echo half >"$DATA_ROOT/restored.part/db"').restored,
            "new",
        );
        for (const name of ["etcdutl", "find", "mv"]) {
            const { made, restored } = beside(`${name}() { return 1; }`);
            assert.deepEqual([made, restored], [false, undefined], name);
        }
        assert.equal(beside("sync() { return 1; }").made, false);
    });

    const REQUEST = "1 a f";
    const asked = ["formed id", "recover-from 1 a f"];
    const NOTES = ["recovering", "forced", "joining", "unlaunched", "formed", "member-id", "cluster-id", "epoch"];
    const carries = (prepared: (shell: Shell) => void, marker = asked, code = "") => {
        const { shell, given } = volume();
        shell.has("data/restoring", REQUEST).marker(...marker);
        prepared(shell);
        const { out, said, status } = shell.run(
            `${given}\nserves() { return 1; }\nmarker_swap() { :; }\n${code}\ncarry_out_restore\necho done`,
        );
        assert.deepEqual([out, status], [["done"], 0], said);
        assert.doesNotMatch(said, /can't|No such file/);
        assert.equal(shell.file("data/restoring"), undefined);
        assert.equal(fs.existsSync(path.join(shell.folder, "data/restored")), false);
        assert.equal(fs.existsSync(path.join(shell.folder, "data/restored.part")), false);
        const [data, aside] = ["default.etcd", "set-aside"].map((name) => shell.file(`data/${name}/db`));
        return { shell, said, data, aside, life: shell.file("data/life"), calls: shell.file("state/calls") };
    };
    const drops = (shell: Shell) => fs.rmSync(path.join(shell.folder, "data/default.etcd"), { recursive: true });

    it("ends with the new data in its place, the old set aside, and no note of the life before", () => {
        const { shell, said, ...rest } = carries((shell) => NOTES.forEach((name) => shell.has(`data/${name}`)));
        assert.deepEqual(rest, { data: "new", aside: "old", life: REQUEST, calls: "etcdutl restore" });
        assert.deepEqual(
            NOTES.filter((name) => shell.file(`data/${name}`) !== undefined),
            [],
        );
        assert.equal(shell.file("data/unnoted"), REQUEST);
        assert.match(shell.file("data/identity") ?? "", /^[0-9a-f]{64}$/);
        assert.match(said, /restored .*f: set-1 is a cluster of one/);
    });

    it("on a volume without data keeps what was set aside before", () => {
        const { data, aside } = carries((shell) => {
            drops(shell);
            shell.has("data/set-aside/db", "older");
        });
        assert.deepEqual([data, aside], ["new", "older"]);
    });

    it("leaves everything as it was when it was refused, or taken back", () => {
        for (const marker of [[], [...asked, "recovery-refused 1 a f"], ["formed id", "recover-from 1 b f"]]) {
            const { said, ...rest } = carries((shell) => shell.has("data/restored/db", "new"), marker);
            assert.deepEqual(
                { ...rest, shell: 0 },
                { shell: 0, data: "old", aside: undefined, life: undefined, calls: undefined },
            );
            assert.match(said, /not restoring .*Nothing was changed/);
        }
    });

    it("leaves everything as it was, and says why, when etcd cannot restore the file", () => {
        const fails = 'etcdutl() { mkdir "$DATA_ROOT/restored.part"; echo "Error: bad hash"; return 1; }';
        const { shell, data, life } = carries(() => {}, asked, fails);
        assert.deepEqual([data, life], ["old", undefined]);
        const why = shell.run(`${volume().given}\nsnapshot_problem f`).out.join();
        assert.match(why, /f cannot be restored: Error: bad hash/, "until another file lies there");
    });

    it("goes on where it was stopped", () => {
        const restored = carries((shell) => shell.has("data/restored/db", "made before"));
        assert.deepEqual([restored.data, restored.calls], ["made before", undefined]);
        // From its new life on there is no way back, whatever the marker says.
        for (const marker of [asked, ["recover-from 1 a f", "recovered 1 a f"]]) {
            const alive = carries((shell) => {
                drops(shell);
                shell.has("data/restored/db", "made before").has("data/life", REQUEST);
            }, marker);
            assert.deepEqual([alive.data, alive.life, alive.calls], ["made before", REQUEST, undefined]);
            const inPlace = carries((shell) => shell.has("data/life", REQUEST), marker);
            assert.deepEqual([inPlace.data, inPlace.aside, inPlace.calls], ["old", undefined, undefined]);
        }
        const earlier = carries((shell) => shell.has("data/life", "0 z"));
        assert.deepEqual([earlier.data, earlier.life], ["new", REQUEST], "another life is over");
    });
});
