// How start.sh decides, and what it does when etcd has ended; how pre-stop.sh decides to leave, and whom it leaves to.
import assert from "assert";

import { fresh, learner, Shell, voter } from "../support/scripts-functions";

const START = ["start"];
const STOP = ["pre-stop"];
const others = [voter(0), voter(2)];

describe("data on the disk", () => {
    const removed = (list: string[], code = "", files = ["state/exited", "data/member-id"]) => {
        const shell = new Shell(START, 1).marker();
        files.forEach((file) => shell.has(file, "a1"));
        return shell.succeeds(`ask_others() { :; }; read_marker; ${code || ":"}; removed_for_good`, list);
    };

    it("counts no more when etcd has ended and the others' list lacks its ID", () => {
        assert.equal(removed(others), true);
        assert.equal(removed([...others, voter(1)]), false);
        assert.equal(removed([...others, voter(1, "b1")]), true, "only the ID tells");
    });

    it("counts when anything of that is not known", () => {
        assert.equal(removed(others, "", ["data/member-id"]), false);
        assert.equal(removed(others, "", ["state/exited"]), false);
        assert.equal(removed([]), false);
        for (const name of ["read_marker", "read_statefulset", "ask_others"]) {
            assert.equal(removed(others, `${name}() { return 1; }`), false, name);
        }
    });

    const failed = (failures: string, list: string[], code = ":") => {
        const shell = new Shell(START, 1).marker().has("data/member-id", "a1");
        if (failures) {
            shell.has("data/joining", failures);
        }
        const { out, said } = shell.run(
            `ask_others() { :; }; read_marker; ${code}; join_failed && echo yes || echo no`,
            list,
        );
        assert.equal(said, "");
        return out.at(-1);
    };

    it("of a learner goes when it has crashed three times and was never promoted", () => {
        const list = [...others, learner(1)];
        assert.equal(failed("3", list), "yes");
        assert.equal(failed("2", list), "no");
        assert.equal(failed("", list), "no");
        assert.equal(failed("3", [...others, voter(1)]), "no");
        assert.equal(failed("3", others), "no");
        for (const name of ["read_marker", "read_statefulset", "ask_others"]) {
            assert.equal(failed("3", list, `${name}() { return 1; }`), "no", name);
        }
    });

    it("is kept aside where the volume has room for it", () => {
        const aside = (free: number) => {
            const shell = new Shell(START).has("data/default.etcd/db", "data").has("data/set-aside/db", "older");
            shell.has("data/joining").has("data/unlaunched");
            shell.run(`du() { echo 1000; }\ndf() { printf 'head\\n/dev/x 1 1 ${free} 1%% /\\n'; }\nset_aside`);
            assert.equal(shell.file("data/joining") ?? shell.file("data/default.etcd/db"), undefined);
            return shell.file("data/set-aside/db");
        };
        assert.equal(aside(2001), "data");
        assert.equal(aside(2000), undefined);
    });
});

describe("start.sh decides", () => {
    const decides = (code: string, shell = new Shell(START, 1)) => {
        const { out } = shell.run(
            `foreign_data() { return 1; }
            has_wal() { return 1; }
            removed_for_good() { return 1; }
            join_failed() { return 1; }
            start_without_data() { echo starts; echo new >"$STATE_DIR/plan"; }
            set_aside() { echo aside; has_wal() { return 1; }; }
            plan() { echo "plan $1"; }
            sleep() { echo "sleep $1"; }
            ${code}
            decide`,
        );
        return out.join(" ");
    };
    const wal = "has_wal() { :; }";

    it("a restart for data, unless that counts no more", () => {
        assert.equal(decides(wal), "plan restart");
        assert.equal(decides(`${wal}\nremoved_for_good() { :; }`), "aside starts");
        assert.equal(decides(`${wal}\njoin_failed() { :; }`), "aside starts");
        assert.equal(decides(`${wal}\nawait_time() { touch "$STATE_DIR/overtaken"; }`), "aside starts");
        assert.equal(decides(wal, new Shell(START).has("state/overtaken")), "plan restart", "it is asked anew");
        assert.equal(
            decides(`${wal}\nawait_life() { echo life; }\nawait_time() { echo time; }`),
            "life time plan restart",
        );
    });

    it("alone, by a word that was confirmed, and looks anew when it was dropped", () => {
        const word = () => new Shell(START).has("data/recovering", "1 a");
        const looks = `${wal}\nawait_life() { echo looks; }`;
        assert.equal(decides(`${looks}\nconfirm_recovery() { echo confirms; }`, word()), "confirms plan restart");
        const dropped = `${looks}\nconfirm_recovery() { echo drops; rm "$DATA_ROOT/recovering"; }`;
        assert.equal(decides(dropped, word()), "drops looks plan restart");
        const given = `${wal}
            await_life() { echo given; echo '1 a' >"$DATA_ROOT/recovering"; await_life() { :; }; }
            confirm_recovery() { echo confirms; }`;
        assert.equal(decides(given), "given confirms plan restart");
    });

    it("a start without data, looking again and again, and less often after a while", () => {
        assert.equal(decides(""), "starts");
        const lost = new Shell(START).has("state/outlived").has("state/overtaken").has("state/exited");
        assert.equal(decides("", lost), "starts");
        assert.equal(
            lost.file("state/outlived") ?? lost.file("state/overtaken") ?? lost.file("state/exited"),
            undefined,
            "a note about data that is no more",
        );
        const rounds = decides(
            'n=0\nstart_without_data() { n=$((n + 1)); echo new >"$STATE_DIR/plan"; [ "$n" -gt 61 ]; }',
        ).split("sleep ");
        assert.deepEqual([rounds[1], rounds[59], rounds[60], rounds.length], ["0.3 ", "0.3 ", "2 ", 62]);
    });

    it("nothing beside foreign data", () => {
        assert.equal(decides("foreign_data() { :; }\nrefuse_foreign_data() { echo refused; exit; }"), "refused");
        const waits = new Shell(START).run(
            `n=0
            foreign_data() { n=$((n + 1)); [ "$n" -lt 3 ]; }
            report() { echo report; return 1; }
            refuse_foreign_data`,
        );
        assert.deepEqual(waits.out, ["report", "report"]);
    });

    it("by the marker: forms, or joins, or waits for it", () => {
        const starts = (shell: Shell) =>
            shell.run("join() { echo join; }\nform() { echo form; }\nstart_without_data || echo waits").out.join();
        assert.equal(starts(new Shell(START).marker("initialClusterSize 3")), "form");
        assert.equal(starts(new Shell(START).marker("formed id")), "join");
        assert.equal(starts(new Shell(START)), "waits");
    });
});

describe("start.sh runs etcd", () => {
    const launches = (shell: Shell, code = "") => {
        const { out } = shell.run(
            `etcd() { echo "$*" >"$STATE_DIR/etcd"; return 7; }
            duties() { :; }
            sync() { :; }
            ${code}
            result=0; launch || result=$?; echo "$result"`,
        );
        return { status: out.at(-1), etcd: shell.file("state/etcd") ?? "" };
    };
    const planned = (state: string) => new Shell(START).has("state/plan", `${state}\nset-0=url\ntoken 12`);

    it("as planned", () => {
        const { status, etcd } = launches(planned("new"));
        assert.equal(status, "7");
        assert.match(etcd, /--initial-cluster-token=token 12 --initial-cluster-state=new --initial-cluster=set-0=url/);
        assert.doesNotMatch(etcd, /force-new-cluster/);
        assert.match(launches(planned("restart")).etcd, /--initial-cluster-state=existing/);
    });

    it("alone when a recovery was decided", () => {
        const alone = planned("restart").has("data/recovering", "1 a");
        assert.match(launches(alone).etcd, /--force-new-cluster/);
        assert.equal(alone.file("data/forced"), "yes");
    });

    it("with data that says whose it is", () => {
        const taken = planned("restart");
        launches(taken);
        assert.match(taken.file("data/identity") ?? "", /^[0-9a-f]{64}$/);
        const named = planned("restart").has("data/identity", "known");
        launches(named);
        assert.equal(named.file("data/identity"), "known");
    });

    const judges = (status: number, seconds: number, pause: number, shell = new Shell(START), code = "") => {
        const { out } = shell.run(
            `rest() { echo rests; exit; }
            sleep() { :; }
            PAUSE=${pause}
            ${code}
            judge ${status} ${seconds}
            echo "pause $PAUSE"`,
        );
        return out.join();
    };

    it("and starts it again after a pause that grows", () => {
        assert.equal(judges(1, 1, 1), "pause 2");
        assert.equal(judges(1, 1, 8), "pause 16");
        assert.equal(judges(1, 1, 16), "pause 16");
        assert.equal(judges(1, 60, 16), "pause 2");
        assert.equal(judges(1, 59, 4), "pause 8");
    });

    it("unless the pod is to stop, or has left", () => {
        const stopped = new Shell(START).has("data/member-id", "a0").has("data/epoch", "3");
        assert.equal(
            judges(0, 1, 1, stopped, "TERMINATING=yes"),
            "marker_set epoch-0 a0 4",
            "a copy from before is old now",
        );
        const away = "TERMINATING=yes\nmarker_set() { return 1; }";
        assert.equal(judges(0, 1, 1, new Shell(START), away), "");
        assert.equal(judges(0, 1, 1, new Shell(START).has("state/leaving")), "rests");
    });

    it("and counts the crashes of a learner that joins", () => {
        const counts = (status: number, failures?: string) => {
            const shell = failures ? new Shell(START).has("data/joining", failures) : new Shell(START);
            judges(status, 1, 1, shell);
            return shell.file("data/joining");
        };
        assert.equal(counts(1, "1"), "2");
        assert.equal(counts(0, "1"), "1");
        assert.equal(counts(1), undefined);
    });

    it("and takes its status as it is", () => {
        const { out } = new Shell(START).run(
            `for status in 0 7; do
                (exit "$status") &
                result=0; run_child $! || result=$?; echo "$result"
            done`,
        );
        assert.deepEqual(out, ["0", "7"]);
    });

    const mains = (code: string, shell = new Shell(START)) =>
        shell
            .run(
                `decide() { echo decide; echo new >"$STATE_DIR/plan"; }
                launch() { echo launch; return 3; }
                judge() { echo "judge $1"; exit; }
                rest() { echo rests; exit; }
                ${code}
                main`,
            )
            .out.join(" ");

    it("round after round", () => {
        assert.equal(mains(""), "decide launch judge 3");
        assert.equal(mains("TERMINATING=yes"), "");
        assert.equal(mains('run_child() { wait "$1"; TERMINATING=yes; }'), "decide");
        assert.equal(mains("", new Shell(START).has("state/leaving")), "rests");
        const again = 'n=0\ndecide() { :; }\nsleep() { n=$((n + 1)); echo again; if [ "$n" -gt 1 ]; then exit; fi; }';
        assert.equal(mains(again), "again again");
    });
});

describe("pre-stop.sh", () => {
    const leaves = (code: string, ordinal = 3, uid = "uid") =>
        new Shell(STOP, ordinal).has("state/statefulset-uid", uid).succeeds(`${code}; leaving`);

    it("leaves only on the word of the StatefulSet that the pod was started by", () => {
        assert.equal(leaves(":"), true);
        assert.equal(leaves(":", 2), false);
        assert.equal(leaves(":", 3, "another"), false);
        assert.equal(leaves("STS_LIVE=no"), false);
        assert.equal(leaves("STS_REPLICAS=0"), false);
        assert.equal(leaves("STS_REPLICAS=4"), false);
        assert.equal(leaves("read_statefulset() { return 1; }"), false);
    });

    it("takes its steps while there is time", () => {
        const inTime = (seconds: number) => new Shell(STOP).succeeds(`BEGIN=$(($(now) - ${seconds})); in_time`);
        assert.equal(inTime(0), true);
        assert.equal(inTime(40), false);
    });

    const hands = (list: string[], code = "", ordinal = 0) =>
        new Shell(STOP, ordinal).run(
            `read_metrics() { IS_LEADER=1; }
            read_list() { :; }
            serves() { :; }
            ctl() { echo "$2 $3" >&3; }
            ${code}
            hand_over 3>&1`,
            list,
        ).out;
    const three = [voter(0), voter(1), voter(2)];

    it("hands leadership to the lowest started voter that serves", () => {
        assert.deepEqual(hands(three), ["move-leader a1"]);
        assert.deepEqual(hands(three, "", 1), ["move-leader a0"]);
        assert.deepEqual(hands([voter(0), learner(1), voter(2)]), ["move-leader a2"]);
        assert.deepEqual(hands([voter(0), voter(1).replace("started", "unstarted"), voter(2)]), ["move-leader a2"]);
        assert.deepEqual(hands([voter(0), fresh(1), voter(2)]), ["move-leader a2"]);
        assert.deepEqual(hands(three, 'serves() { [ "$1" = 2 ]; }'), ["move-leader a2"]);
        const refused = 'ctl() { echo "$2 $3" >&3; [ "$3" = a2 ]; }';
        assert.deepEqual(hands(three, refused), ["move-leader a1", "move-leader a2"]);
    });

    it("hands nothing over without leadership, a list or time", () => {
        assert.deepEqual(hands(three, "read_metrics() { IS_LEADER=0; }"), []);
        assert.deepEqual(hands(three, "IS_LEADER=1\nread_metrics() { return 1; }"), []);
        assert.deepEqual(hands(three, "read_list() { return 1; }"), []);
        assert.deepEqual(hands(three, "in_time() { return 1; }"), []);
    });

    const turn = (list: string[], code = "", ordinal = 3) =>
        new Shell(STOP, ordinal).run(
            `ask_others() { :; }
            sleep() { echo waits; BEGIN=$((BEGIN - 10)); }
            ${code}
            my_turn && echo turn || echo "$CTL_ERROR"`,
            list,
        ).out;

    it("waits for its turn, higher ordinals first, for half of the time", () => {
        assert.deepEqual(turn([...three, voter(3)]), ["turn"]);
        const tooLate = ["waits", "waits", "a member of a higher ordinal (a4) is still in the list"];
        assert.deepEqual(turn([...three, voter(3), voter(4)]), tooLate);
        assert.deepEqual(turn([...three, voter(3)], "ask_others() { CTL_ERROR=silence; return 1; }"), ["silence"]);
    });

    const goes = (code: string, id = "a3") =>
        new Shell(STOP, 3).has("data/member-id", id).run(
            `ask_others() { :; }
            remove_member() { echo "remove $2"; LIST='${others.join("\n")}'; }
            sleep() { BEGIN=$((BEGIN - 20)); }
            ${code}
            leave && echo left || echo late`,
            [...others, voter(3)],
        ).out;

    it("has left when the list says so", () => {
        assert.deepEqual(goes(""), ["remove a3", "left"]);
        assert.deepEqual(goes("remove_member() { echo tries; return 1; }"), ["tries", "tries", "late"]);
        assert.deepEqual(goes("", "gone"), ["left"]);
        assert.deepEqual(goes("ask_others() { return 1; }"), ["late"]);
        assert.deepEqual(goes("ask_others() { return 1; }", "gone"), ["late"], "the list is old");
    });

    const mains = (code: string) => {
        const shell = new Shell(STOP, 3);
        const { out } = shell.run(
            `leaving() { :; }
            my_turn() { echo turn; }
            hand_over() { echo over; }
            leave() { echo leave; }
            ${code}
            main`,
        );
        return [...out, shell.file("state/leaving") ?? "stays"].join(" ");
    };

    it("says first that it leaves, and hands over whatever comes", () => {
        assert.equal(mains(""), "turn over leave yes");
        assert.equal(mains("leaving() { return 1; }"), "over stays");
        assert.equal(mains("my_turn() { return 1; }"), "yes");
    });
});
