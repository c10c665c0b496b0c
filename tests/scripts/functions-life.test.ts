// Two lives of a cluster, and a disk that went back in time: what is believed, what is done, and that no line of the marker alone
// ever makes data void.
import assert from "assert";

import { Shell, voter } from "../support/scripts-functions";

const LIBRARIES = ["start"];
const others = [voter(1), voter(2)];
const all = [voter(0), ...others];

/** A member of cluster c1 whose ID is a0, with a marker. */
const member = (...marker: string[]) =>
    new Shell(LIBRARIES)
        .has("data/member-id", "a0")
        .has("data/cluster-id", "c1")
        .marker(...marker);

describe("the marker names another life", () => {
    const outlived = (life: string | undefined, ...marker: string[]) => {
        const shell = member(...marker);
        return (life ? shell.has("data/life", life) : shell).succeeds("read_marker; outlived");
    };

    it("when it names a recovery that this disk was not part of", () => {
        assert.equal(outlived(undefined), false);
        assert.equal(outlived(undefined, "recovered 1 a"), true);
        assert.equal(outlived("0 x", "recovered 1 a"), true);
        assert.equal(outlived("1 a", "recovered 1 a"), false);
        assert.equal(outlived("1 a"), false);
    });

    it("also one that has only begun, unless it was refused", () => {
        assert.equal(outlived("1 a", "recovered 1 a", "recovery-begun 2 b"), true);
        assert.equal(outlived("2 b", "recovered 1 a", "recovery-begun 2 b"), false);
        assert.equal(outlived("1 a", "recovered 1 a", "recovery-begun 2 b", "recovery-refused 2 b"), false);
    });

    it("or another cluster, where both IDs are known", () => {
        assert.equal(outlived(undefined, "formed c1"), false);
        assert.equal(outlived(undefined, "formed c2"), true);
        assert.equal(outlived(undefined, "formed unknown"), false);
        const fresh = new Shell(LIBRARIES).marker("formed c2");
        assert.equal(fresh.succeeds("read_marker; outlived"), false);
    });
});

describe("data is overtaken", () => {
    const gives = (ordinal: number, cluster: string, list: string[]) =>
        member("formed c2", "recovered 1 b").succeeds(
            `serves() { [ "$1" = ${ordinal} ]; }
            read_list() { CLUSTER=${cluster} LIST='${list.join("\n")}'; }
            read_marker; is_overtaken`,
        );

    it("when the life that the marker names serves without it: another cluster, or a list without its ID", () => {
        assert.equal(gives(1, "c2", others), true);
        assert.equal(gives(1, "c1", others), true);
    });

    it("not by a cluster that the marker does not name, by its own, or by silence", () => {
        assert.equal(gives(1, "c3", others), false);
        assert.equal(gives(1, "c1", all), false);
        assert.equal(gives(1, "c2", all), false);
        assert.equal(gives(0, "c2", others), false, "it is not asked itself");
        assert.equal(gives(7, "c2", others), false);
        assert.equal(
            member("formed c2").succeeds("serves() { :; }; read_list() { return 1; }; read_marker; is_overtaken"),
            false,
        );
    });
});

describe("a member with a leader whose marker names another life", () => {
    const settles = (code: string, shell = member("formed c1", "recovered 1 b"), leads = 1) => {
        const { out } = shell.run(
            `kill() { echo "ends $1"; }
            tell_marker() { echo tells; }
            has_quorum() { :; }
            is_overtaken() { return 1; }
            all_live_here() { return 1; }
            ETCD=etcd IS_LEADER=${leads}
            ${code}
            read_marker
            settle_lives && echo agrees || echo not`,
        );
        return [...out, ...(shell.file("state/outlived") ? ["steps aside"] : [])].join();
    };

    it("goes on when it names this one", () => {
        assert.equal(settles("", member("formed c1").has("state/outlived-since", "1")), "agrees");
    });

    it("ends etcd when that life serves", () => {
        assert.equal(settles("is_overtaken() { :; }"), "ends etcd,not,steps aside");
        assert.equal(settles("is_overtaken() { :; }\nall_live_here() { :; }"), "ends etcd,not,steps aside");
    });

    it("writes it again, as leader, when there is no disk left that could hold that life", () => {
        assert.equal(settles("all_live_here() { :; }"), "tells,not");
        assert.equal(settles("all_live_here() { :; }", undefined, 0), "not");
        assert.equal(settles("all_live_here() { :; }\nhas_quorum() { return 1; }"), "not");
    });

    it("or when it has watched all the time, unless Pulumi asks for the same", () => {
        const watched = () => member("formed c1", "recovered 1 b").has("state/marker-agreed", "960");
        assert.equal(settles("now() { echo 1000; }", watched()), "tells,not");
        assert.equal(settles("now() { echo 1006; }", watched()), "not", "long enough ago for a recovery");
        const backed = member("formed c1", "recovered 1 b", "recover-from 1 b").has("state/marker-agreed", "960");
        assert.equal(settles("now() { echo 1000; }", backed), "ends etcd,not,steps aside");
    });

    it("waits half a minute for one of these, and holds then; at once when Pulumi asks for that life", () => {
        const shell = member("formed c1", "recovered 1 b");
        assert.equal(settles("now() { echo 1000; }", shell), "not");
        assert.equal(settles("now() { echo 1029; }", shell), "not");
        assert.equal(settles("now() { echo 1030; }", shell), "ends etcd,not,steps aside");
        const backed = member("formed c1", "recovery-begun 1 b", "recover-from 1 b");
        assert.equal(settles("", backed), "ends etcd,not,steps aside");
    });

    it("is alone in its cluster only when every ordinal says so", () => {
        const live = (code: string) =>
            member("formed c1").succeeds(
                `serves() { :; }\nread_list() { CLUSTER=c1 LIST='${all.join("\n")}'; }\n${code}\nread_marker; all_live_here`,
            );
        assert.equal(live(""), true);
        assert.equal(live('serves() { [ "$1" != 2 ]; }'), false);
        assert.equal(live(`read_list() { CLUSTER=c2 LIST='${all.join("\n")}'; }`), false);
        assert.equal(live(`read_list() { CLUSTER=c1 LIST='${others.join("\n")}'; }`), false);
        assert.equal(live("read_list() { return 1; }"), false);
    });
});

describe("before etcd starts on data", () => {
    const awaits = (code: string, shell: Shell) => {
        const { out, said } = shell.run(
            `n=0
            sleep() { n=$((n + 1)); if [ "$n" -gt 3 ]; then echo waits; exit 0; fi; }
            is_overtaken() { return 1; }
            consider_recovery() { return 1; }
            begin_recovery() { echo begins; }
            ${code}
            await_life
            echo goes on`,
        );
        return { out: out.join(), said, void: shell.file("state/overtaken") };
    };
    const named = (...marker: string[]) => member("formed c1", "recovered 1 b", ...marker);

    it("a life that Pulumi and the marker name holds it", () => {
        const held = awaits("", named("recover-from 1 b"));
        assert.equal(held.out, "waits");
        assert.equal(held.void, undefined);
        assert.match(held.said, /HELD: ConfigMap marker says that the cluster lives on from another disk/);
        assert.equal(awaits("", named()).out, "goes on", "a line of the marker alone does not");
        assert.equal(awaits("", named().has("state/outlived")).out, "waits", "etcd was ended for it");
        assert.equal(awaits("", member("formed c1").has("state/outlived")).out, "goes on", "it was corrected");
    });

    it("until that life serves, or a person asks for this disk", () => {
        const overtaken = awaits("is_overtaken() { :; }", named("recover-from 1 b"));
        assert.deepEqual([overtaken.out, overtaken.void], ["goes on", "yes"]);
        const asked = awaits("consider_recovery() { :; }", named("recover-from 1 b"));
        assert.deepEqual([asked.out, asked.void], ["begins,goes on", undefined]);
    });

    it("an API server that is away holds nobody but those that were held", () => {
        const away = "read_marker() { return 1; }";
        assert.equal(awaits(away, named("recover-from 1 b")).out, "goes on");
        assert.equal(awaits(away, named().has("state/outlived")).out, "waits");
    });
});

describe("a disk that went back in time", () => {
    const disk = (epoch: number, ...marker: string[]) => {
        const shell = member("formed c1", ...marker).has("data/default.etcd/member/wal/0.wal");
        return epoch > 0 ? shell.has("data/epoch", String(epoch)) : shell;
    };
    const awaits = (code: string, shell: Shell) => {
        const { out, said } = shell.run(
            `n=0
            sleep() { n=$((n + 1)); if [ "$n" -gt 1 ]; then echo waits; exit 0; fi; }
            is_overtaken() { return 1; }
            ask_others() { return 1; }
            ${code}
            await_life
            await_time
            echo goes on`,
        );
        return { out, said, void: shell.file("state/overtaken"), epoch: shell.file("data/epoch") };
    };

    it("is one that is behind what the marker knows of the same member", () => {
        const back = (epoch: number, line: string) => disk(epoch, line).succeeds("read_marker; is_set_back");
        assert.equal(back(4, "epoch-0 a0 5"), true);
        assert.equal(back(0, "epoch-0 a0 5"), true);
        assert.equal(back(5, "epoch-0 a0 5"), false);
        assert.equal(back(10, "epoch-0 a0 9"), false);
        assert.equal(back(4, "epoch-0 b0 5"), false, "another member began anew");
        assert.equal(back(4, "epoch-1 a0 5"), false);
        assert.equal(back(4, "epoch-0 a0 many"), false);
    });

    it("is replaced when a quorum of its cluster answers", () => {
        const replaced = awaits('ask_others() { echo "asks $2"; }', disk(4, "epoch-0 a0 5"));
        assert.deepEqual([replaced.out.join(), replaced.void], ["asks c1,goes on", "yes"]);
    });

    it("waits otherwise, and says what a person can do", () => {
        const waits = awaits("", disk(4, "epoch-0 a0 5"));
        assert.deepEqual([waits.out.at(-1), waits.void, waits.epoch], ["waits", undefined, "4"]);
        assert.match(waits.said, /HELD: the volume of set-0 went back in time: it is at epoch 4, .* at 5\./);
    });

    it("is taken as it is by a word that came after it was held", () => {
        const first = awaits("", disk(4, "epoch-0 a0 5", "accept-volumes old"));
        assert.equal(first.out[0], "marker_set held-0 4-5 old");
        assert.equal(first.out.at(-1), "waits", "that word was about something else");
        const taken = awaits("", disk(4, "epoch-0 a0 5", "held-0 4-5 old", "accept-volumes new"));
        assert.deepEqual([taken.out.at(-1), taken.epoch, taken.void], ["goes on", "5", undefined]);
        assert.equal(awaits("", disk(4, "epoch-0 a0 5", "held-0 4-5 old", "accept-volumes old")).out.at(-1), "waits");
        const again = awaits("", disk(4, "epoch-0 a0 6", "held-0 4-5 old", "accept-volumes new"));
        assert.equal(again.out.at(-1), "waits", "it was held for something else");
        assert.equal(awaits("", disk(4, "epoch-0 a0 5", "held-0 4-5 ")).out.at(-1), "waits");
    });

    it("starts where the API server is away: a restart needs nobody", () => {
        const away = awaits("read_marker() { return 1; }", disk(4, "epoch-0 a0 5"));
        assert.deepEqual(away.out, ["goes on"]);
        const later =
            "n=0; read_statefulset() { n=$((n + 1)); [ $n != 2 ]; }\nsleep() { if [ $n -gt 3 ]; then echo waits; exit; fi; }";
        assert.equal(awaits(later, disk(4, "epoch-0 a0 5")).out.at(-1), "waits", "once held it stays so");
    });

    it("is known by a number that is raised on the disk first, and told after", () => {
        const shell = disk(4, "epoch-0 a0 4");
        const { out } = shell.run("every() { :; }\nread_marker\nraise_epoch\ntend_epoch\ntend_epoch");
        assert.deepEqual(out, ["marker_set epoch-0 a0 5", "marker_set epoch-0 a0 6"], "every ten minutes as well");
        assert.equal(shell.file("data/epoch"), "6");
        const failed = disk(4);
        failed.run("every() { :; }\nmarker_set() { return 1; }\ntend_epoch");
        assert.equal(failed.file("state/epoch-told"), undefined, "it is told again");
    });
});
