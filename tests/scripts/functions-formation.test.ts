// What lets a cluster begin, step by step; and what a recovery of a lost quorum is made of.
import assert from "assert";
import { createHash } from "crypto";

import { Shell, url, voter } from "../support/scripts-functions";

const LIBRARIES = ["start"];
const IDENTITY = "3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0";

describe("formation, step by step", () => {
    const pod = (...marker: string[]) =>
        new Shell(LIBRARIES, 1)
            .has("data/formation-nonce", "nonce")
            .marker("version 7", "initialClusterSize 3", ...marker);
    const empty = ["member-0 empty a", "member-1 empty nonce", "member-2 empty c"];
    const forms = (shell: Shell, code = "") => {
        const { out, said } = shell.run(
            `plan() { echo "plan $1 $3"; }\nunreported_claims() { :; }\nread_marker\n${code}\nif form; then echo may start; else echo waits; fi`,
        );
        return { out: out.join("; "), said };
    };
    const STARTS = "marker_set member-1 started nonce 7; plan new token; may start";

    it("reports an empty disk first, and looks again", () => {
        assert.equal(forms(pod()).out, "marker_set member-1 empty nonce; waits");
        assert.equal(forms(pod("member-1 empty other")).out, "marker_set member-1 empty nonce; waits", "another disk");
        const lost = forms(pod(), "marker_set() { KUBE_ERROR=lost; return 1; }");
        assert.equal(lost.out, "waits");
        assert.match(lost.said, /cannot report to ConfigMap marker: lost/);
        assert.doesNotMatch(forms(pod()).said, /cannot report/);
    });

    it("starts when everybody has reported an empty disk", () => {
        assert.equal(forms(pod(...empty)).out, STARTS);
        assert.equal(forms(pod("member-0 started a", ...empty.slice(1))).out, STARTS);
    });

    it("does not start when somebody wrote meanwhile", () => {
        assert.equal(forms(pod(...empty), "marker_set() { return 1; }").out, "waits");
    });

    it("starts again on the disk that it was started on, and on no other", () => {
        assert.equal(forms(pod("member-1 started nonce")).out, "plan new token; may start");
        const replaced = forms(pod("member-1 started other"));
        assert.equal(replaced.out, "waits");
        assert.match(replaced.said, /was replaced after formation had begun/);
    });

    it("waits for those that have not reported, or hold data", () => {
        const waits = (lines: string[], reason: RegExp) => {
            const { out, said } = forms(pod(...lines));
            assert.equal(out, "waits");
            assert.match(said, reason);
        };
        waits(empty.slice(0, 2), /cluster of 3: ordinal 2 has not reported\. /);
        waits([...empty.slice(0, 2), "member-2 data abc"], /ordinal 2 holds data of this cluster, which must come up/);
        waits([...empty.slice(0, 2), "member-2 foreign abc"], /ordinal 2 holds data of another cluster\. /);
        waits([...empty, "member-4 data abc"], /ordinal 4 holds data of this cluster/);
    });

    it("waits as an ordinal beyond the first members", () => {
        const beyond = new Shell(LIBRARIES, 3).has("data/formation-nonce", "nonce");
        const marker = ["initialClusterSize 3", "member-3 empty nonce", "member-2 empty c", ...empty.slice(0, 2)];
        const { out, said } = forms(beyond.marker(...marker), "STS_REPLICAS=4");
        assert.equal(out, "waits");
        assert.match(said, /waiting for ordinals 0 to 2 to form/);
    });

    it("does nothing without a StatefulSet or a writable disk", () => {
        const refused = forms(pod(...empty), "read_statefulset() { KUBE_ERROR=refused; return 1; }");
        assert.equal(refused.out, "waits");
        assert.match(refused.said, /cannot read StatefulSet set: refused/);
        const full = forms(pod(...empty), "disk_nonce() { return 1; }");
        assert.equal(full.out, "waits");
        assert.match(full.said, /cannot write to the volume/);
    });

    describe("begins with what belongs into the marker first, written at once by whoever comes first", () => {
        const opens = (...marker: string[]) => {
            const { out, said } = new Shell(LIBRARIES, 1)
                .marker("version 7", ...marker)
                .run("head() { echo random; }\nread_marker\nopen_marker || echo not");
            return { out: out.join(), said };
        };
        it("the size, and a number that makes the IDs of this formation its own", () => {
            assert.match(
                opens("size-at-formation 3").out,
                /^marker_swap "initialClusterSize":"3","formation":"[0-9a-f]{16}"$/,
            );
            const unsized = opens();
            assert.equal(unsized.out, "not");
            assert.match(unsized.said, /has no size at formation/);
        });

        it("a request that was left over in the stack, as refused; but not one for a snapshot", () => {
            assert.match(
                opens("size-at-formation 3", "recover-from 1 a").out,
                /,"formation":"[0-9a-f]{16}","recovery-refused":"1 a"$/,
            );
            assert.doesNotMatch(opens("size-at-formation 3", "recover-from 1 a f").out, /refused/);
        });

        it("and nothing is pending before that", () => {
            const { out } = new Shell(LIBRARIES).marker("recover-from 1 a").run("read_marker; pending_request");
            assert.deepEqual(out, []);
        });
    });

    it("gives each formation IDs of its own; a marker from before keeps those that it had", () => {
        const id = (...marker: string[]) =>
            new Shell(LIBRARIES, 1)
                .marker(...marker)
                .run("read_marker; first_member_id")
                .out.join();
        const digest = (token: string) =>
            createHash("sha1")
                .update(`${url(1)}${token}`)
                .digest("hex")
                .slice(0, 16)
                .replace(/^0*/, "");
        assert.equal(id(), digest("token"));
        assert.equal(id("formation 12ab"), digest("token 12ab"));
    });

    it("waits for a volume of a higher ordinal that has not reported", () => {
        const claims = (code: string, ...marker: string[]) =>
            new Shell(LIBRARIES, 1)
                .marker("initialClusterSize 3", ...marker)
                .run(`${code}\nread_marker\nunreported_claims`)
                .out.join();
        const there =
            "kube() { for each in $*; do case $each in datadir-set-3|datadir-set-8) echo persistentvolumeclaim/$each ;; esac; done; }";
        assert.match(claims(there), /PersistentVolumeClaim datadir-set-3, .*PersistentVolumeClaim datadir-set-8, /);
        assert.doesNotMatch(claims(there, "member-3 empty a"), /datadir-set-3/);
        assert.equal(claims('kube() { case " $* " in *"datadir-set-2 "*) echo x/y ;; esac; }'), "", "it has a pod");
        assert.equal(claims("kube() { KUBE_ERROR='Error (Forbidden): no'; return 1; }"), "", "rights from before");
        assert.match(claims("kube() { KUBE_ERROR=slow; return 1; }"), /are not known: slow/);
        const waits = forms(pod(...empty), "unreported_claims() { echo 'a claim; '; }");
        assert.equal(waits.out, "waits");
        assert.match(waits.said, /WAITING to form a cluster of 3: a claim\. /);
    });

    it("tells this disk by a number that is drawn once", () => {
        const shell = new Shell(LIBRARIES);
        const [first, second] = shell.run("disk_nonce; disk_nonce").out;
        assert.match(first!, /^[0-9a-f]{32}$/);
        assert.equal(second, first);
        assert.notEqual(new Shell(LIBRARIES).run("disk_nonce").out[0], first);
    });

    it("tells data of another cluster from ours, from data without a name, and from none", () => {
        const foreign = (wal: boolean, identity?: string) => {
            const shell = new Shell(LIBRARIES);
            if (wal) {
                shell.has("data/default.etcd/member/wal/0.wal");
            }
            if (identity) {
                shell.has("data/identity", identity);
            }
            return shell.succeeds("foreign_data");
        };
        assert.equal(new Shell(LIBRARIES).run("identity").out[0], IDENTITY);
        assert.equal(foreign(true, "other"), true);
        assert.equal(foreign(true, IDENTITY), false);
        assert.equal(foreign(true), false);
        assert.equal(foreign(false, "other"), false);
    });

    it("reports to a marker that can be read, and only what it does not say yet", () => {
        const reports = (shell: Shell) => shell.run("report 'empty a' && echo reported || echo not").out.join();
        assert.equal(reports(pod()), "marker_set member-1 empty a,reported");
        assert.equal(reports(pod("member-1 empty a")), "reported");
        assert.equal(reports(new Shell(LIBRARIES, 1)), "not");
    });
});

describe("recovery, step by step", () => {
    const pending = (...marker: string[]) =>
        new Shell(LIBRARIES)
            .marker(...marker)
            .run("read_marker; pending_request")
            .out.join();

    it("is pending until it is carried out or refused", () => {
        assert.equal(pending("formed id", "recover-from 1 a"), "1 a");
        assert.equal(pending("formed id", "recover-from 1 b", "recovered 1 a", "recovery-refused 0 x"), "1 b");
        assert.equal(pending("formed id", "recover-from 1 a", "recovered 1 a"), "");
        assert.equal(pending("formed id", "recover-from 1 a", "recovery-refused 1 a"), "");
        assert.equal(pending(), "");
    });

    it("is objected to by a leader with a quorum, but not when it is this disk's own", () => {
        const proves = 'fetch() { [ "${1%%\\?*}" = "$LOCAL_METRICS_URL/readyz" ]; }';
        const objects = (shell: Shell, code = proves) =>
            shell.run(`${code}\nread_marker\nobject_to_recovery`).out.join();
        const asked = () => new Shell(LIBRARIES).marker("formed id", "recover-from 1 a");
        assert.equal(objects(asked()), 'marker_swap "recovery-refused":"1 a"');
        assert.equal(objects(asked(), `${proves}; fetch() { return 1; }`), "", "alone, and still called the leader");
        assert.equal(objects(new Shell(LIBRARIES).marker("formed id")), "");
        const begun = ["formed id", "recover-from 1 a", "recovery-begun 1 a"];
        assert.equal(
            objects(new Shell(LIBRARIES).marker(...begun)),
            "",
            "it has begun, and cannot be refused any more",
        );
        assert.equal(objects(asked().has("data/life", "1 a")), "");
        assert.equal(
            objects(new Shell(LIBRARIES).marker().has("data/life", "1 a")),
            "",
            "a request that was taken back",
        );
        assert.equal(objects(new Shell(LIBRARIES).marker("formed id", "recover-from 1 a", "recovered 1 a")), "");
    });

    const considers = (shell: Shell, code = "") => {
        shell.run(
            `serves() { return 1; }
            announce() { :; }
            ${code}
            if consider_recovery; then begin_recovery; fi`,
            [voter(1)],
        );
        return {
            waits: shell.file("state/recovery-since"),
            goes: shell.file("data/recovering"),
        };
    };
    const named = () => new Shell(LIBRARIES, 1).marker("formed id", "recover-from 1 a");
    const nothing = { waits: undefined, goes: undefined };

    it("waits for an objection before the named member goes on alone", () => {
        const waiting = considers(named());
        assert.match(waiting.waits ?? "", /^\d+$/);
        assert.deepEqual({ ...waiting, waits: undefined }, nothing);
        const since = considers(named().has("state/recovery-since", "1000"));
        assert.deepEqual(since, { waits: undefined, goes: "1 a" });
    });

    it("is passed on, where scripts of before look for it, before its time begins", () => {
        const passes = (code: string, ...marker: string[]) => {
            const shell = new Shell(LIBRARIES, 1).marker("formed id", "recover-from 1 a", ...marker);
            const stubs = 'serves() { return 1; }; announce() { echo "announces $1"; }';
            const { out } = shell.run(`${stubs}\n${code}\nconsider_recovery || true`);
            return [...out, shell.file("state/recovery-since") === undefined ? "waits" : "begins"];
        };
        assert.deepEqual(passes(""), ["announces 1 a", "begins"]);
        assert.deepEqual(passes("", "announced 0 z"), ["announces 1 a", "begins"]);
        assert.deepEqual(passes("", "announced 1 a"), ["begins"]);
        const unheard = new Shell(LIBRARIES, 1).marker("formed id", "recover-from 1 a");
        const { said } = unheard.run(
            "serves() { return 1; }; announce() { KUBE_ERROR=refused; return 1; }; consider_recovery || true",
        );
        assert.match(said, /RECOVERY from the data of set-1 waits: it cannot be announced in .*: refused/);
        assert.equal(unheard.file("state/recovery-since"), "held", "its time has not begun");
    });

    it("is taken back where scripts of before look for it, once it is pending no more", () => {
        const withdraws = (...marker: string[]) =>
            new Shell(LIBRARIES, 1)
                .marker(...marker)
                .run("withdraw() { echo withdraws; }\nread_marker\nwithdraw_announcement")
                .out.join();
        const read = "size-at-formation 3\nformed id";
        assert.equal(withdraws(read, "announced 1 a"), "withdraws", "asked for no more");
        assert.equal(withdraws(read, "announced 1 a", "recover-from 0 b"), "withdraws");
        assert.equal(withdraws(read, "announced 1 a", "recover-from 1 a", "recovered 1 a"), "withdraws");
        assert.equal(withdraws(read, "announced 1 a", "recover-from 1 a"), "");
        assert.equal(withdraws(read), "");
        assert.equal(withdraws("announced 1 a"), "", "the order of a program of before");
        const failed = new Shell(LIBRARIES, 1).marker(read, "announced 1 a");
        assert.equal(failed.succeeds("withdraw() { return 1; }; read_marker; withdraw_announcement"), true);
        const { said } = named().run("serves() { return 1; }; announce() { :; }; consider_recovery || true");
        assert.match(
            said,
            /RECOVERY from the data of set-1 was asked for; it begins once no quorum has turned up to object for 60 s/,
        );
    });

    it("is not begun by another, beside a voter that answers, or on a marker that cannot be read", () => {
        const other = new Shell(LIBRARIES, 2)
            .marker("formed id", "recover-from 1 a")
            .has("state/recovery-since", "1000");
        assert.deepEqual(considers(other), nothing);
        const answered = considers(named().has("state/recovery-since", "1000"), 'serves() { [ "$1" != 1 ]; }');
        assert.deepEqual(answered, nothing);
        for (const code of ["read_marker() { return 1; }", "read_statefulset() { return 1; }"]) {
            const blind = considers(named().has("state/recovery-since", "1000"), `read_marker\n${code}`);
            assert.deepEqual(blind, { ...nothing, waits: "1000" });
        }
        const itself = considers(named().has("state/recovery-since", "1000"), 'serves() { [ "$1" = 1 ]; }');
        assert.equal(itself.goes, "1 a", "whoever asks does not answer");
        const lived = considers(named().has("data/life", "1 a").has("state/recovery-since", "1000"));
        assert.deepEqual(lived, nothing, "it was carried out on this disk");
        const done = new Shell(LIBRARIES, 1)
            .marker("formed id", "recover-from 1 a", "recovered 1 a")
            .has("state/recovery-since", "1");
        assert.deepEqual(considers(done), nothing);
    });

    it("is over once etcd leads alone, and the disk has its new life", () => {
        const shell = new Shell(LIBRARIES).has("data/recovering", "1 a").has("data/forced");
        shell.run("finish_recovery");
        assert.equal(shell.file("data/life"), "1 a");
        assert.equal(shell.file("data/unnoted"), "1 a");
        assert.equal(shell.file("data/recovering") ?? shell.file("data/forced"), undefined);
        const idle = new Shell(LIBRARIES);
        idle.run("finish_recovery");
        assert.equal(idle.file("data/life"), undefined);
    });

    it("is written into the marker by the disk that carried it out, but never over one that began later", () => {
        const carriedOut = (unnoted: string, ...marker: string[]) =>
            new Shell(LIBRARIES)
                .has("data/life", "1 a")
                .has("data/unnoted", unnoted)
                .marker(...marker);
        const notes = (shell: Shell) => shell.run("read_marker; note_recovery && echo done || echo not").out;
        const written = ['marker_swap "formed":"id","recovered":"1 a","recovery-begun":null', "done"];
        for (const marker of [
            ["formed id", "recovered 2 z", "recovery-begun 1 a", "recover-from 0 b"],
            ["formed id", "recovered 2 z", "recover-from 1 a"],
            ["recovered 2 z"],
        ]) {
            const shell = carriedOut("1 a", ...marker);
            assert.deepEqual(notes(shell), written);
            assert.equal(shell.file("data/unnoted"), undefined);
        }
        for (const later of ["recovered 2 z", "recovery-begun 2 z"]) {
            const shell = carriedOut("1 a", "formed id", later);
            assert.deepEqual(notes(shell), ["done"]);
            assert.equal(shell.file("data/unnoted"), "1 a");
        }
        assert.deepEqual(notes(carriedOut("2 b", "formed id")), ["done"], "it was stopped before this became its life");
        const idle = new Shell(LIBRARIES).has("data/life", "1 a").marker("formed id", "recover-from 1 a");
        assert.deepEqual(notes(idle), ["done"]);
        for (const code of ["marker_swap() { return 1; }", "read_marker() { return 1; }"]) {
            const shell = carriedOut("1 a", "formed id", "recover-from 1 a");
            assert.equal(shell.succeeds(`read_marker; ${code}; note_recovery`), false);
            assert.equal(shell.file("data/unnoted"), "1 a");
        }
    });

    describe("is claimed in the marker at the last moment", () => {
        const claims = (code: string, ...marker: string[]) =>
            new Shell(LIBRARIES)
                .has("data/recovering", "1 a")
                .marker("formed id", ...marker)
                .run(`serves() { return 1; }\nREQUEST='1 a'\n${code}\nclaim_recovery && echo goes || echo drops`)
                .out.join();
        const CLAIM = 'marker_swap "recovery-begun":"1 a"';

        it("while it is pending and nobody serves", () => {
            assert.equal(claims("", "recover-from 1 a"), `${CLAIM},goes`);
            assert.equal(claims("", "recover-from 1 a", "recovery-refused 1 a"), "drops");
            assert.equal(claims("", "recover-from 0 b"), "drops");
            assert.equal(claims(""), "drops");
            assert.equal(claims('serves() { [ "$1" = 2 ]; }', "recover-from 1 a"), "drops");
        });

        it("or was begun before, and not taken back before anything had happened", () => {
            assert.equal(claims("", "recovery-begun 1 a", "recover-from 1 a"), "goes");
            assert.equal(claims('touch "$DATA_ROOT/forced"', "recovery-begun 1 a"), "goes");
            assert.equal(claims("", "recovery-begun 1 a", "recovery-refused 1 a", "recover-from 1 a"), "drops");
            const back = `marker_swap() { echo "$*"; echo 'formed id' >"$STATE_DIR/marker"; }`;
            assert.equal(claims(back, "recovery-begun 1 a"), '"recovery-begun":null,drops');
        });

        it("and looks again when somebody wrote meanwhile, or the API server is away", () => {
            const refused = `marker_swap() { echo 'recovery-refused 1 a' >>"$STATE_DIR/marker"; return 1; }`;
            assert.equal(claims(refused, "recover-from 1 a"), "drops");
            const late = `n=0
                read_marker() { n=$((n + 1)); [ "$n" -gt 2 ] && cp "$STATE_DIR/marker" "$STATE_DIR/marker.$$"; }`;
            assert.equal(claims(late, "recover-from 1 a"), `${CLAIM},goes`);
        });
    });

    it("is dropped when it cannot be claimed; but etcd that may have started alone never starts again", () => {
        const confirms = (code: string, forced = false) => {
            const shell = new Shell(LIBRARIES).has("data/recovering", "1 a").marker("formed id");
            if (forced) {
                shell.has("data/forced");
            }
            const { said } = shell.run(`consider_recovery() { return 1; }\n${code}\nconfirm_recovery`);
            return {
                word: shell.file("data/recovering"),
                forced: shell.file("data/forced"),
                void: shell.file("state/overtaken"),
                said,
            };
        };
        assert.equal(confirms("claim_recovery() { :; }").word, "1 a");
        const dropped = confirms("claim_recovery() { return 1; }");
        assert.deepEqual([dropped.word, dropped.void], [undefined, undefined]);
        const no = "claim_recovery() { return 1; }";
        const held = confirms(`${no}\nask_others() { CTL_ERROR=silence; return 1; }`, true);
        assert.deepEqual([held.word, held.forced, held.void], ["1 a", "yes", undefined]);
        assert.match(held.said, /HELD: the recovery from set-0 was refused after it had begun/);
        const overtaken = confirms(`${no}\nask_others() { :; }`, true);
        assert.deepEqual([overtaken.word, overtaken.forced, overtaken.void], [undefined, undefined, "yes"]);
        const anew = `ask_others() { return 1; }; consider_recovery() { REQUEST='1 b'; }`;
        assert.equal(confirms(`${no}\n${anew}`, true).word, "1 b", "a later word of a person");
    });

    it("is held by what is wrong with the snapshot, which the marker says once", () => {
        const holds = (why: string, ...marker: string[]) =>
            new Shell(LIBRARIES)
                .marker(...marker)
                .run(`read_marker; REQUEST='1 a f'; tell_hold '${why}'`)
                .out.join();
        assert.equal(holds("bad"), "marker_set recovery-hold 1 a f: bad");
        assert.equal(holds("bad", "recovery-hold 1 a f: bad"), "");
        assert.equal(holds("", "recovery-hold 1 a f: bad"), "marker_set recovery-hold ");
        assert.equal(holds(""), "");
        const shell = new Shell(LIBRARIES, 1)
            .marker("formed id", "recover-from 1 a f")
            .has("state/recovery-since", "1000");
        const { out, said } = shell.run(
            "serves() { return 1; }; announce() { :; }; snapshot_problem() { echo 'f is not there'; }; consider_recovery || echo waits",
        );
        assert.deepEqual(out, ["marker_set recovery-hold 1 a f: f is not there", "waits"]);
        assert.match(said, /RECOVERY from ordinal \d is held: f is not there/);
        assert.equal(shell.file("state/recovery-since"), "held");
        const right = shell.run(
            "serves() { return 1; }; announce() { :; }; snapshot_problem() { :; }; consider_recovery || echo waits",
        );
        assert.match(right.said, /RECOVERY from the snapshot/);
        assert.match(shell.file("state/recovery-since") ?? "", /^\d+$/, "its time begins when the file is right");
    });

    it("begins from the data, or from the snapshot, that was named", () => {
        const begins = (request: string) => {
            const shell = new Shell(LIBRARIES);
            shell.run(`REQUEST='${request}'; begin_recovery`);
            return [shell.file("data/recovering"), shell.file("data/restoring")];
        };
        assert.deepEqual(begins("1 a"), ["1 a", undefined]);
        assert.deepEqual(begins("1 a f"), [undefined, "1 a f"]);
    });

    it("is waited for by a pod without data, which says what for", () => {
        const waits = (request: string) =>
            new Shell(LIBRARIES, 1).marker("formed id", `recover-from ${request}`).run("read_marker; await_recovery")
                .said;
        assert.match(waits("1 a"), /and it has none/);
        assert.match(waits("0 a"), /until the recovery from ordinal 0/);
        assert.match(waits("1 a f"), /until the recovery from ordinal 1/);
    });
});
