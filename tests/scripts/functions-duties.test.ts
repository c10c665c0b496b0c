// What a pod does beside its etcd: when it acts, and when it does not.
import assert from "assert";

import { fresh, learner, Shell, url, voter } from "../support/scripts-functions";

const LIBRARIES = ["start"];
const three = [voter(0), voter(1), voter(2)];
const always = "every() { :; }";
const never = "every() { return 1; }";

describe("a round of duties", () => {
    const DUTIES = ["remember_id", "tell_siblings", "finish_recovery", "mark_formed", "prove_auth", "mend_url"];
    const more = [
        "tend_marker",
        "tend_epoch",
        "converge",
        "keep_room",
        "promote",
        "consider_recovery",
        "begin_recovery",
    ];
    const stubs = [...DUTIES, ...more].map((name) => `${name}() { echo ${name}; }`).join("\n");
    const round = (code: string, shell = new Shell(LIBRARIES), leaderless = 0) =>
        shell
            .run(
                `${stubs}
                ${always}
                read_metrics() { HAS_LEADER=1 IS_LEADER=0 IS_LEARNER=0; }
                look_for_a_way_out() { echo looks; }
                LEADERLESS=${leaderless}
                ${code}
                if duty_round; then echo settled; else echo again; fi
                echo "leaderless $LEADERLESS"`,
            )
            .out.join(" ");
    const metrics = (has: number, leads = 0, learns = 0) =>
        `read_metrics() { HAS_LEADER=${has} IS_LEADER=${leads} IS_LEARNER=${learns}; }`;
    const WELL = "remember_id finish_recovery mark_formed tend_marker tend_epoch prove_auth mend_url";

    it("is done for a follower, and for a leader with what only a leader does", () => {
        assert.equal(round(""), `${WELL} keep_room converge settled leaderless 0`);
        assert.equal(
            round(metrics(1, 1)),
            "remember_id finish_recovery mark_formed tend_marker tend_epoch prove_auth mend_url keep_room converge settled leaderless 0",
        );
        assert.equal(round("", undefined, 7), `${WELL} keep_room converge settled leaderless 0`);
        const leaving =
            "remember_id finish_recovery mark_formed tend_marker tend_epoch prove_auth mend_url keep_room again leaderless 0";
        assert.equal(round("converge() { return 1; }"), leaving, "the next round comes soon");
    });

    it("ends where something is not done yet", () => {
        assert.equal(round("read_metrics() { return 1; }"), "again leaderless 0");
        for (const [name, before] of [
            ["finish_recovery", "remember_id"],
            ["mark_formed", "remember_id finish_recovery"],
            ["prove_auth", "remember_id finish_recovery mark_formed tend_marker tend_epoch"],
            ["mend_url", "remember_id finish_recovery mark_formed tend_marker tend_epoch prove_auth"],
        ] as const) {
            assert.equal(round(`${name}() { return 1; }`), `${before} again leaderless 0`);
        }
    });

    it("promotes a learner, and nothing else", () => {
        const shell = new Shell(LIBRARIES).has("data/joining", "0");
        assert.equal(round(metrics(1, 0, 1), shell), "remember_id finish_recovery promote again leaderless 0");
        assert.equal(shell.file("data/joining"), "0");
        round("", shell);
        assert.equal(shell.file("data/joining"), undefined, "a voter has joined");
    });

    it("without a leader tells the siblings, and after a while thinks of recovery", () => {
        assert.equal(round(metrics(0)), "remember_id tell_siblings again leaderless 1");
        const long = new Shell(LIBRARIES);
        assert.equal(round(metrics(0), long, 9), "remember_id tell_siblings looks again leaderless 10");
        assert.match(long.file("state/status") ?? "", /no leader/);
        assert.equal(round(`${metrics(0)}\n${never}`, undefined, 9), "remember_id tell_siblings again leaderless 10");
        const asked = new Shell(LIBRARIES).has("state/recovery-since").has("state/status", "RECOVERY");
        round(metrics(0), asked, 9);
        assert.equal(asked.file("state/status"), "RECOVERY");
        round("", asked);
        assert.equal(asked.file("state/recovery-since"), undefined, "the next loss has its own time");
    });

    it("without a leader says first of all when it was scaled down, for then nothing is lost", () => {
        const peers = (...ids: string[]) =>
            ids.map((id) => `etcd_network_known_peers{Local="a0",Remote="${id}"} 1`).join("\n");
        const says = (code: string, text: string) => {
            const shell = new Shell(LIBRARIES).has("peers", text);
            round(`${metrics(0)}\ncp "$STATE_DIR/../peers" "$STATE_DIR/metrics.$$"\n${code}`, shell, 9);
            return shell.file("state/status") ?? "";
        };
        const down = says("STS_REPLICAS=1", peers("a1", "a2"));
        assert.match(down, /3 of the cluster's members may vote, and StatefulSet set asks for 1/);
        assert.match(down, /Nothing is lost\. Scale up again.*--replicas=3/);
        assert.doesNotMatch(down, /Quorum lost/);
        assert.match(says("STS_REPLICAS=1", peers("a0", "a1", "a2")), /--replicas=3/, "some versions count themselves");
        const lost = /fewer than a quorum.*Quorum lost/;
        assert.match(says("STS_REPLICAS=3", peers("a1", "a2")), lost);
        assert.match(
            says("STS_REPLICAS=2", `${peers("a1", "a2").replace(/1$/, "0")}`),
            lost,
            "one that is no peer any more",
        );
        assert.match(says("STS_REPLICAS=0", peers("a1", "a2")), lost);
        assert.match(says("STS_LIVE=no STS_REPLICAS=1", peers("a1", "a2")), lost);
        assert.match(says("unset STS_LIVE STS_REPLICAS", peers("a1", "a2")), lost, "the API server does not answer");
        assert.match(says("STS_REPLICAS=1", "nothing"), lost, "a version that does not tell");
    });

    it("takes another StatefulSet for its own when it has lived beside it for a while", () => {
        const looks = (...each: [number, string][]) => {
            const shell = new Shell(LIBRARIES).has("state/statefulset-uid", "old");
            return each.map(([moment, code]) => {
                shell.run(`now() { echo ${moment}; }\n${code}\nremember_statefulset`);
                return shell.file("state/statefulset-uid");
            });
        };
        const other = "STS_UID=new";
        assert.deepEqual(looks([1000, other], [1029, other], [1030, other]), ["old", "old", "new"]);
        assert.deepEqual(looks([1000, other], [1040, "STS_UID=newer"]), ["old", "old"], "two others");
        assert.deepEqual(looks([1000, other], [1010, "STS_UID=old"], [1040, other]), ["old", "old", "old"]);
        for (const doubt of ["STS_LIVE=no", "STS_SETTLED=no"]) {
            assert.deepEqual(looks([1000, other], [1040, `${other} ${doubt}`], [1050, other]), ["old", "old", "old"]);
        }
        const first = new Shell(LIBRARIES);
        first.run("STS_LIVE=no; remember_statefulset");
        assert.equal(first.file("state/statefulset-uid"), "uid");
    });

    it("finds a way out in a recovery that it carries out, or that has left it behind", () => {
        const looks = (considers: number, overtaken: number) => {
            const shell = new Shell(LIBRARIES);
            const { out } = shell.run(
                `consider_recovery() { return ${considers}; }
                outlived() { :; }
                is_overtaken() { return ${overtaken}; }
                begin_recovery() { echo begins; }
                kill() { echo "kill $1"; }
                ETCD=child
                look_for_a_way_out || true`,
            );
            return [...out, shell.file("state/outlived")];
        };
        assert.deepEqual(looks(0, 1), ["begins", "kill child", undefined]);
        assert.deepEqual(looks(1, 0), ["kill child", "yes"]);
        assert.deepEqual(looks(1, 1), [undefined]);
    });

    it("notes the ID that the data carries", () => {
        const remembers = (known?: string) => {
            const shell = new Shell(LIBRARIES);
            if (known) {
                shell.has("data/member-id", known);
            }
            const { out } = shell.run('write_durable() { echo written; write_file "$@"; }\nremember_id');
            return [...out, shell.file("data/member-id")];
        };
        assert.deepEqual(remembers(), ["written", "a0"]);
        assert.deepEqual(remembers("b"), ["written", "a0"]);
        assert.deepEqual(remembers("a0"), ["a0"], "no write in every round");
    });

    it("keeps a duty to once in so many seconds", () => {
        const rarely = (last: string | undefined) => {
            const shell = new Shell(LIBRARIES);
            if (last) {
                shell.has("state/last-duty", last);
            }
            return shell.run("now() { echo 1000; }\nevery 10 duty && echo yes; every 10 duty && echo again").out.join();
        };
        assert.equal(rarely(undefined), "yes");
        assert.equal(rarely("995"), "");
        assert.equal(rarely("990"), "yes");
        assert.equal(rarely("1001"), "yes", "a moment ahead of now is of another boot");
    });

    it("notes since when something is the same, and begins anew when it is not", () => {
        const since = (noted: string | undefined, what: string) => {
            const shell = new Shell(LIBRARIES);
            if (noted) {
                shell.has("state/noted", noted);
            }
            const { out } = shell.run(`now() { echo 1000; }\nseen_since "$STATE_DIR/noted" ${what}`);
            return [...out, shell.file("state/noted")];
        };
        assert.deepEqual(since(undefined, "a1"), ["1000", "1000 a1"]);
        assert.deepEqual(since("900 a1", "a1"), ["900", "900 a1"]);
        assert.deepEqual(since("900 a1", "a2"), ["1000", "1000 a2"]);
        assert.deepEqual(since("1001 a1", "a1"), ["1000", "1000 a1"], "of another boot");
        assert.deepEqual(since(undefined, ""), ["1000", "1000"]);
        assert.deepEqual(since("900", ""), ["900", "900"]);
    });

    it("measures time by how long the machine is up, whatever `date` says", () => {
        const clock = (code: string) =>
            new Shell(LIBRARIES)
                .has("up", "1000.75 1.5")
                .run(`UPTIME=$STATE_DIR/../up\ndate() { echo 5; }\n${code}`)
                .out.join();
        assert.equal(clock("now"), "1000");
        assert.deepEqual(
            ["940", "1000", "1001", "", "held"].map((since) => clock(`age "${since}"`)),
            ["60", "0", "", "", ""],
        );
        assert.deepEqual(
            ["940", "941", "1001", ""].map((since) => clock(`is_over "${since}" 60 && echo over`)),
            ["over", "", "", ""],
        );
    });

    it("tells siblings of data in a marker that knows of no cluster", () => {
        const tells = (code: string, ...marker: string[]) =>
            new Shell(LIBRARIES)
                .marker(...marker)
                .run(`${code}\ntell_siblings`)
                .out.join()
                .replace(/ [0-9a-f]{12}$/, "");
        assert.equal(tells(always), "marker_set member-0 data");
        assert.equal(tells(always, "member-0 empty nonce"), "marker_set member-0 data");
        assert.equal(tells(always, "member-0 data abc"), "");
        assert.equal(tells(always, "member-0 started abc"), "");
        assert.equal(tells(always, "formed id"), "");
        assert.equal(tells(never), "");
        assert.equal(tells(`${always}\nread_marker\nread_marker() { return 1; }`), "");
    });
});

describe("the marker says that the cluster has formed", () => {
    const marks = (shell: Shell, code = "") => {
        const { out, said } = shell.run(
            `cluster_id() { echo id; }
            kill() { echo "kill $1"; }
            ETCD=child
            ${code}
            if mark_formed; then echo done; else echo again; fi`,
        );
        return { out: out.join(" "), said };
    };

    const TOLD = 'marker_swap "formed":"id","recovery-begun":null,"recovered":null';

    it("from the first leader on, once", () => {
        const shell = new Shell(LIBRARIES).marker();
        assert.equal(marks(shell).out, `${TOLD} done`);
        assert.deepEqual([shell.file("data/formed"), shell.file("state/marker-seen")], ["yes", "yes"]);
        assert.equal(marks(shell, "read_marker() { echo asked; }").out, "done", "the API server is left alone");
        assert.equal(marks(new Shell(LIBRARIES).marker(), never).out, `${TOLD} done`, "at once");
        const known = new Shell(LIBRARIES).marker("formed id");
        assert.equal(marks(known).out, "done");
        assert.equal(known.file("data/formed"), "yes");
    });

    it("or the pod waits; but not one whose disk knows it already", () => {
        for (const code of [
            "read_marker() { return 1; }",
            "read_statefulset() { return 1; }",
            "marker_swap() { KUBE_ERROR=lost; return 1; }",
        ]) {
            const shell = new Shell(LIBRARIES).marker();
            const waiting = marks(shell, code);
            assert.equal(waiting.out, "again");
            assert.match(waiting.said, /cannot be written/);
            assert.equal(shell.file("data/formed"), undefined);
            assert.equal(marks(new Shell(LIBRARIES).marker().has("data/formed"), code).out, "done");
        }
        const rarely = new Shell(LIBRARIES).has("data/formed").marker();
        assert.equal(marks(rarely, never).out, "done");
        assert.equal(marks(rarely, always).out, `${TOLD} done`, "a marker that was made anew");
    });

    it("again, with all that this disk knows, when the marker was made anew, and all at once", () => {
        const knows = () => new Shell(LIBRARIES).has("data/life", "1 a").has("state/auth-proof");
        const tells = (shell: Shell, ...marker: string[]) =>
            shell
                .marker(...marker)
                .run("read_marker\ntell_marker || echo again")
                .out.join();
        const all = 'marker_swap "formed":"id","recovery-begun":null,"recovered":"1 a","root":"made"';
        assert.equal(tells(knows()), all);
        assert.equal(tells(new Shell(LIBRARIES)), TOLD);
        assert.equal(tells(knows(), "recover-from 2 b"), `${all},"recovery-refused":"2 b"`, "it was there before");
        assert.equal(tells(knows(), "initialClusterSize 3", "recover-from 2 b"), all, "it came later");
        assert.equal(tells(knows(), "recover-from 1 a"), all, "it was carried out");
    });

    it("and is looked after by a leader that can prove that it leads", () => {
        const tends = (code: string, ...marker: string[]) => {
            const shell = new Shell(LIBRARIES).marker(...marker).has("data/cluster-id", "c1");
            const { out } = shell.run(
                `${always}
                object_to_recovery() { echo objects; }
                has_quorum() { :; }
                settle_lives() { echo settles; }
                IS_LEADER=1
                ${code}
                tend_marker`,
            );
            return [...out, ...(shell.file("state/marker-agreed") ? ["agreed"] : [])].join(" ");
        };
        assert.equal(tends(""), TOLD);
        assert.equal(tends("", "formed c1"), "objects settles agreed");
        assert.equal(tends("settle_lives() { return 1; }", "formed c1"), "objects");
        assert.equal(tends("", "formed unknown"), 'objects settles marker_swap "formed":"c1" agreed');
        assert.equal(tends("has_quorum() { return 1; }"), "");
        assert.equal(tends(never), "");
        const follower = "IS_LEADER=0";
        assert.equal(tends(follower, "formed c1"), "agreed", "it may lead soon");
        assert.equal(tends(follower, "formed c2"), "");
        assert.equal(tends(follower), "");
        assert.equal(tends("read_marker\nread_marker() { return 1; }"), "");
    });

    it("and tells a disk that was away during a recovery", () => {
        const shell = new Shell(LIBRARIES).marker("formed id", "recovered 1 a");
        assert.equal(marks(shell, "is_overtaken() { :; }").out, "kill child again");
        assert.equal(shell.file("state/outlived"), "yes");
        const looks = new Shell(LIBRARIES).marker("formed id", "recovered 1 a").has("data/formed");
        const silent = "is_overtaken() { return 1; }\nIS_LEADER=0";
        assert.equal(marks(looks, `${silent}\n${always}`).out, "again");
        assert.equal(marks(looks, `${silent}\n${never}`).out, "again", "looked at in every round from now on");
        const noted = marks(new Shell(LIBRARIES).marker("formed id"), "note_recovery() { return 1; }");
        assert.equal(noted.out, "again");
        assert.doesNotMatch(noted.said, /cannot be written/);
    });
});

describe("an outdated peer URL", () => {
    const old = (ordinal: number) => voter(ordinal).replace(url(ordinal), `http://old-${ordinal}:2380`);
    const mends = (list: string[], code = "", ordinal = 1) => {
        const { out } = new Shell(LIBRARIES, ordinal).run(
            `read_list() { :; }
            ctl() { echo "$3 $4" >&3; }
            ${code}
            if mend_url 3>&1; then echo done; else echo again; fi`,
            list,
        );
        return out.join(" ");
    };

    it("is mended once, lowest ordinal first, while everybody is started", () => {
        assert.equal(mends(three), "done");
        assert.equal(mends([voter(0), old(1), voter(2)]), "update a1 again");
        assert.equal(mends([voter(0), old(1), old(2)]), "update a1 again");
        assert.equal(mends([old(0), old(1), voter(2)]), "again", "after ordinal 0");
        const unstarted = voter(2).replace("started", "unstarted");
        assert.equal(mends([voter(0), old(1), unstarted]), "again");
        assert.equal(mends([voter(0), voter(2)]), "again", "not in the list");
        assert.equal(mends(three, "read_list() { return 1; }"), "again");
        const done = new Shell(LIBRARIES, 1).has("state/url-mended");
        assert.equal(done.succeeds("read_list() { return 1; }; mend_url"), true);
    });
});

describe("a member that nobody wants", () => {
    const five = [...three, voter(3), voter(4)];
    /** Looks at these moments; what was removed at each. */
    const converges = (code: string, list = five, moments = [1000], shell = new Shell(LIBRARIES)) =>
        moments.map((moment) => {
            const { out } = shell.run(
                `now() { echo ${moment}; }
                every() { :; }
                read_list() { :; }
                remember_statefulset() { :; }
                serves() { case " $DEAD " in *" $1 "*) return 1 ;; esac; }
                remove_member() { echo "$2"; }
                IS_LEADER=1 DEAD=none
                ${code}
                converge || echo again`,
                list,
            );
            return out.join(" ");
        });

    it("is removed by the leader at the second look when it does not serve, and after some seconds when it does", () => {
        assert.deepEqual(converges("DEAD=3", five, [1000, 1002]), ["again", "a3 again"]);
        assert.deepEqual(converges("DEAD='3 4'", five, [1000, 1002]), ["again", "a4 again"]);
        assert.deepEqual(converges("", five, [1000, 1002, 1007, 1008]), ["again", "again", "again", "a4 again"]);
        assert.deepEqual(converges("", [...three, fresh(3)], [1000, 1002]), ["again", "a3 again"]);
        assert.deepEqual(converges("", [...three, learner(3)], [1000, 1002, 1008]), ["again", "again", "a3 again"]);
        assert.deepEqual(converges("", three), [""]);
    });

    it("is removed by any other wanted member when the leader does not", () => {
        const other = (code: string, moments: number[]) => converges(`IS_LEADER=0; ${code}`, five, moments);
        assert.deepEqual(other("DEAD=4", [1000, 1002, 1011, 1012]), ["again", "again", "again", "a4 again"]);
        assert.deepEqual(other("", [1000, 1012, 1019, 1020]), ["again", "again", "again", "a4 again"]);
    });

    it("is not taken for silent by one look, nor for one that was there for long", () => {
        const shell = new Shell(LIBRARIES);
        assert.deepEqual(converges("", five, [1000], shell), ["again"]);
        assert.deepEqual(converges("DEAD=4", five, [1002], shell), ["again"], "silent for the first time");
        assert.deepEqual(converges("DEAD=3", five, [1004], shell), ["again"], "another one");
        assert.deepEqual(converges("DEAD=3", five, [1006], shell), ["a3 again"]);
        assert.deepEqual(converges("", three, [1008], shell), [""]);
        assert.equal(shell.file("state/beyond"), undefined);
        assert.deepEqual(converges("", five, [1068], shell), ["again"], "the time begins anew");
        const boot = new Shell(LIBRARIES).has("state/beyond", "9999 serves a4");
        assert.deepEqual(converges("", five, [1000, 1008], boot), ["again", "a4 again"]);
    });

    it("costs a login once a minute, unless the replicas are others or somebody was there", () => {
        const shell = new Shell(LIBRARIES);
        const reads = (code: string, moments: number[], list = three) =>
            converges(`read_list() { echo read; }; ${code}`, list, moments, shell);
        assert.deepEqual(reads("", [1000, 1005, 1059, 1060, 1065]), ["read", "", "", "read", ""]);
        assert.deepEqual(reads("STS_REPLICAS=2", [1066, 1067]), ["read again", "read again"]);
        assert.deepEqual(reads("STS_REPLICAS=5", [1068, 1069], five), ["read", ""]);
        assert.deepEqual(reads("", [1070, 1071], five), ["read again", "read again"]);
        assert.deepEqual(reads("", [1072, 1073]), ["read", ""]);
        assert.deepEqual(reads("STS_SETTLED=no", [1074]), [""]);
        assert.deepEqual(reads("", [1075]), ["read"], "in doubt, nothing was settled");
        shell.has("state/converged", "9999 3");
        assert.deepEqual(reads("", [1076]), ["read"], "a moment of another boot");
    });

    it("is kept when anything is in doubt", () => {
        for (const code of ["STS_LIVE=no", "STS_SETTLED=no", "STS_REPLICAS=0", "STS_REPLICAS=5"]) {
            const shell = new Shell(LIBRARIES).has("state/beyond", "900 silent a4");
            assert.deepEqual(converges(`DEAD=4; ${code}`, five, [1000], shell), [""], code);
            assert.equal(shell.file("state/beyond"), undefined);
        }
        for (const code of ["read_statefulset() { return 1; }", "read_list() { return 1; }", never]) {
            const shell = new Shell(LIBRARIES).has("state/beyond", "900 silent a4");
            assert.deepEqual(converges(`DEAD=4; ${code}`, five, [1000], shell), ["again"], code);
        }
    });

    it("is no business of members that are not wanted themselves", () => {
        const shell = new Shell(LIBRARIES, 3).has("state/beyond", "900 silent a4");
        assert.deepEqual(converges("DEAD=4", five, [1000], shell), [""]);
    });

    it("is looked for more often while there is one", () => {
        const pause = (code: string, beyond?: string) => {
            const shell = new Shell(LIBRARIES);
            if (beyond) {
                shell.has("state/beyond", beyond);
            }
            return shell.run(`now() { echo 1000; }\n${code}\nlook_pause`).out.join();
        };
        assert.deepEqual([pause("IS_LEADER=1"), pause("IS_LEADER=0")], ["5", "15"]);
        assert.deepEqual([pause("", "911 serves a4"), pause("", "910 serves a4")], ["2", "10"]);
    });
});

describe("members of all numbers leave", () => {
    it("whoever of them is dead, by themselves or by the leader, and a quorum serves at every step", () => {
        // Up to seven members; of those that leave, as many are dead as a quorum can bear: none, the highest, or the lowest of them.
        const { out, said } = new Shell(["start"]).run(
            `ask_others() { VOTER=any; }
            read_list() { :; }
            hand_over() { :; }
            serves() { case " $DEAD " in *" $1 "*) return 1 ;; esac; }
            ctl() {
                LIST=$(printf '%s\\n' "$LIST" | grep -v "^$4,")
                local voters=0 serving=0 line i
                for i in $(printf '%s\\n' "$LIST" | members_in | cut -d ' ' -f 1); do
                    voters=$((voters + 1))
                    if serves "$i"; then serving=$((serving + 1)); fi
                done
                if [ "$serving" -le $((voters / 2)) ]; then echo "$CASE: no quorum without $4"; fi
            }
            members() {
                local i
                for i in $(ordinals "$1"); do echo "a$i, started, set-$i, http://set-$i.svc:2380, http://set-$i.svc:2379, false"; done
            }
            try() {
                local step=0
                CASE="$1 to $2, dead: $3, by $4" DEAD=$3 STS_REPLICAS=$2
                LIST=$(members "$1")
                while [ "$step" -lt 9 ] && next_to_leave "$2"; do
                    remove_member any "$LEAVER_ID" 2>/dev/null || echo "$CASE: $CTL_ERROR"
                    step=$((step + 1))
                done
                echo "$CASE: $(printf '%s\\n' "$LIST" | members_in | cut -d ' ' -f 1 | tr '\\n' ' ')"
            }
            for n in 2 3 4 5 6 7; do
                for m in $(seq 1 $((n - 1))); do
                    bearable=$(((n - 1) / 2))
                    if [ "$bearable" -gt $((n - m)) ]; then bearable=$((n - m)); fi
                    try $n $m '' all
                    try $n $m "$(ordinals $n | tail -n $bearable | tr '\\n' ' ')" all
                    try $n $m "$(seq $m $((m + bearable - 1)) | tr '\\n' ' ')" all
                done
            done`,
        );
        assert.equal(said, "");
        assert.equal(out.length, 63);
        for (const line of out) {
            const [, to] = /^\d to (\d)/.exec(line)!;
            const wanted = [...Array(Number(to)).keys()].join(" ");
            assert.match(line, new RegExp(`: ${wanted} $`), line);
        }
    }).timeout(120_000);
});

describe("the copy of data that was set aside", () => {
    const keeps = (used: string, code = always) => {
        const shell = new Shell(LIBRARIES).has("data/set-aside/db");
        const { said } = shell.run(`df() { echo Filesystem; echo '/dev/x 1 1 1 ${used} /'; }\n${code}\nkeep_room`);
        assert.doesNotMatch(said, /ash:/, "no test of what is no number");
        return shell.file("data/set-aside/db") !== undefined;
    };

    it("goes when the volume fills up", () => {
        assert.equal(keeps("69%"), true);
        assert.equal(keeps("70%"), false);
        assert.equal(keeps("100%"), false);
        assert.equal(keeps("-"), true);
        assert.equal(keeps("100%", never), true);
        assert.equal(new Shell(LIBRARIES).run("every() { echo asked; }\nkeep_room").out.join(), "");
    });
});
