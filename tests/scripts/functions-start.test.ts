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
        const looks = `${wal}\nawait_life() { LOOKED=no; echo looks; }`;
        assert.equal(decides(`${looks}\nconfirm_recovery() { echo confirms; }`, word()), "confirms plan restart");
        const dropped = `${looks}\nconfirm_recovery() { echo drops; rm "$DATA_ROOT/recovering"; }`;
        assert.equal(decides(dropped, word()), "drops looks plan restart");
        const given = `${wal}
            await_life() { LOOKED=no; echo given; echo '1 a' >"$DATA_ROOT/recovering"; await_life() { :; }; }
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
        const left = new Shell(START).has("state/leaving");
        assert.equal(judges(0, 1, 1, left), "pause 1");
        assert.equal(left.file("state/exited"), undefined, "that is what was wanted");
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
        const forgets = 'rest() { echo rests; rm "$STATE_DIR/leaving"; }';
        assert.equal(mains(forgets, new Shell(START).has("state/leaving")), "rests decide launch judge 3");
        const again = 'n=0\ndecide() { :; }\nsleep() { n=$((n + 1)); echo again; if [ "$n" -gt 1 ]; then exit; fi; }';
        assert.equal(mains(again), "again again");
    });
});

describe("pre-stop.sh", () => {
    const leaves = (code: string, ordinal = 3, uid = "uid") =>
        new Shell(STOP, ordinal)
            .has("state/statefulset-uid", uid)
            .succeeds(`ask_others() { return 1; }; sleep() { BEGIN=$((BEGIN - 10)); }; ${code}; leaving`);

    it("leaves only on the word of the StatefulSet that the pod was started by", () => {
        assert.equal(leaves(":"), true);
        assert.equal(leaves(":", 2), false);
        assert.equal(leaves(":", 3, "another"), false);
        assert.equal(leaves("STS_LIVE=no"), false);
        assert.equal(leaves("STS_REPLICAS=0"), false);
        assert.equal(leaves("STS_REPLICAS=4"), false);
        assert.equal(leaves("read_statefulset() { return 1; }"), false);
    });

    const asks = (code: string, id = "a3") =>
        new Shell(STOP, 3)
            .has("state/statefulset-uid", "uid")
            .has("data/member-id", id)
            .run(
                `ask_others() { LIST='${[...others, voter(3)].join("\n")}'; }
                sleep() { echo waits; BEGIN=$((BEGIN - 10)); }
                ${code}
                if leaving; then echo leaves; else echo restarts; fi`,
            )
            .out.join(" ");

    it("asks again while the API server does not answer, until somebody has taken the member out", () => {
        const refused = (text: string) => `read_statefulset() { KUBE_ERROR='${text}'; return 1; }`;
        assert.equal(asks(refused("refused")), "waits waits waits waits waits waits restarts");
        assert.equal(asks(`${refused("refused")}\nsleep() { read_statefulset() { :; }; }`), "leaves");
        assert.equal(asks(refused("refused"), "a9"), "restarts", "it is out");
        assert.equal(asks(refused("Error from server (NotFound): no")), "restarts", "the StatefulSet goes first");
        assert.equal(asks("STS_UID=another"), "waits waits waits waits waits waits restarts", "it may be adopted");
        assert.equal(asks("STS_REPLICAS=4"), "restarts");
    });

    it("takes its steps while there is time", () => {
        const inTime = (seconds: number) => new Shell(STOP).succeeds(`BEGIN=$(($(now) - ${seconds})); in_time`);
        assert.equal(inTime(0), true);
        assert.equal(inTime(129), true);
        assert.equal(inTime(131), false);
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
        assert.deepEqual(hands(three, "is_over() { :; }"), []);
    });

    /** Runs until the time is over; every sleep takes ten seconds. `acts` are removals. */
    const goes = (code: string, list = [...others, voter(3)], ordinal = 3) => {
        const shell = new Shell(STOP, ordinal).has("data/member-id", `a${ordinal}`).has("state/leaving", "1");
        shell.has("state/statefulset-uid", "uid").has("list", list.join("\n"));
        const { out, said } = shell.run(
            `ask_others() { LIST=$(cat "$STATE_DIR/../list"); }
            read_list() { ask_others; }
            serves() { case " $DEAD " in *" $1 "*) return 1 ;; esac; }
            hand_over() { echo over; }
            remove_member() {
                echo "remove $2"
                grep -v "^$2," "$STATE_DIR/../list" >"$STATE_DIR/../less"
                mv "$STATE_DIR/../less" "$STATE_DIR/../list"
            }
            sleep() { BEGIN=$((BEGIN - 10)); }
            DEAD=none
            ${code}
            leave`,
        );
        return { out: out.join(" "), said, leaving: shell.file("state/leaving") };
    };

    it("has left when the list says so", () => {
        assert.equal(goes("").out, "over remove a3");
        assert.match(goes("").said, /left the cluster/);
        assert.equal(goes("", others).out, "", "it is out already");
        const never = goes("LIMIT=45; remove_member() { echo tries; return 1; }");
        assert.equal(never.out, "over tries over tries over tries");
        assert.match(never.said, /not removed in time/);
        assert.match(goes("ask_others() { CTL_ERROR=silence; return 1; }").said, /not yet: silence/);
        assert.match(goes("ask_others() { LIST=; return 1; }").said, /not removed in time/, "the list is old");
    });

    it("takes out first who is dead, then the highest ordinal, and that of others when they do not go by themselves", () => {
        const five = [voter(0), voter(1), voter(2), voter(3), voter(4)];
        const waits = "sleep() { echo waits; BEGIN=$((BEGIN - 10)); }";
        assert.equal(goes(waits, five).out, "waits waits remove a4 waits over remove a3 waits", "it gets its time");
        assert.equal(goes("DEAD=4; is_over() { return 1; }", five).out, "remove a4 over remove a3");
        const low = [voter(0), voter(1), voter(2)];
        assert.equal(goes("STS_REPLICAS=1 DEAD=1; is_over() { return 1; }", low, 2).out, "remove a1 over remove a2");
        assert.equal(goes("STS_REPLICAS=1 DEAD='1 2'; is_over() { return 1; }", low, 2).out, "over remove a2");
        const joining = [voter(0), voter(1), voter(2), fresh(3)];
        assert.equal(goes("STS_REPLICAS=2; is_over() { return 1; }", joining, 2).out, "remove a3 over remove a2");
    });

    it("stays after all when it is wanted again, or by another StatefulSet, but not for an answer that it does not get", () => {
        for (const code of ["STS_REPLICAS=4", "STS_LIVE=no", "STS_REPLICAS=0", "STS_UID=another"]) {
            const { out, leaving, said } = goes(code);
            assert.deepEqual([out, leaving], ["over", undefined], code);
            assert.match(said, /not leaving after all/);
        }
        assert.equal(goes("read_statefulset() { return 1; }").out, "over remove a3");
    });

    it("does not go on when its etcd has ended and nobody tells it more", () => {
        const { said, leaving } = goes(`echo waiting >$STATE_DIR/phase; ask_others() { CTL_ERROR=refused; return 1; }`);
        assert.doesNotMatch(said, /not removed in time/);
        assert.equal(leaving, "1");
    });

    it("looks for others among all that may be there", () => {
        const most = (code: string) => new Shell(STOP, 3).run(`${code}\nmost_pods`).out.join();
        assert.deepEqual(["STS_PODS=2", "STS_PODS=7", "STS_REPLICAS=6", "unset STS_PODS STS_REPLICAS"].map(most), [
            "4",
            "7",
            "6",
            "4",
        ]);
    });

    it("believes only members of the cluster that its data is of", () => {
        const asks = 'ask_others() { echo "$*"; }\nask_cluster';
        assert.deepEqual(new Shell(STOP, 3).has("data/cluster-id", "c1").run(asks).out, ["4 c1"]);
    });

    const stops = (code: string) => {
        const shell = new Shell(STOP, 3);
        const { out } = shell.run(
            `leaving() { :; }
            hand_over() { echo over; }
            leave() { echo leave; }
            now() { echo 1000; }
            ${code}
            stop`,
        );
        return [...out, shell.file("state/leaving") ?? "stays"].join(" ");
    };

    it("says first that it leaves, and since when", () => {
        assert.equal(stops(""), "leave 1000");
        assert.equal(stops("leaving() { return 1; }"), "over stays");
    });

    it("ends in time, whatever hangs", () => {
        const ends = (code: string) =>
            new Shell(STOP, 3).run(`sleep() { command sleep 0.1; }\nLIMIT=1\n${code}\nmain; echo ended`);
        const hangs = ends("stop() { echo begins >&2; command sleep 50 >/dev/null 2>&1; echo never >&2; }");
        assert.deepEqual(hangs.out, ["ended"]);
        assert.match(hangs.said, /ended with status 143; etcd is stopped/);
        const soon = ends("stop() { echo done >&2; }");
        assert.deepEqual([soon.out, soon.said], [["ended"], "done\n"]);
    });
});
