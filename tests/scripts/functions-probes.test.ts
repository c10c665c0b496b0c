// What the kubelet and people are told of a pod, by answers of etcd and Kubernetes that are made up.
import assert from "assert";

import { fresh, learner, Shell, voter } from "../support/scripts-functions";

/** The exit status and the words of a probe; `answers`: the paths that etcd answers on its metrics port. */
function probe(script: "ready" | "live", shell: Shell, answers: string[]) {
    const { status, out } = shell.run(
        `timeout() { shift; "$@"; }
        wget() {
            for last in "$@"; do :; done
            for path in ${answers.join(" ")}; do
                if [ "$last" = "http://127.0.0.1:2381/$path" ]; then return 0; fi
            done
            return 1
        }
        main`,
    );
    return [status, ...out];
}

describe("readiness", () => {
    const pod = (...files: string[]) => {
        const shell = new Shell(["ready"]).has("state/status", "joining");
        files.forEach((name) => shell.has(`state/${name}`));
        return shell;
    };

    it("is a voter with a quorum, whose auth is proven", () => {
        assert.deepEqual(probe("ready", pod("auth-proof"), ["readyz"]), [0]);
    });

    it("is not given before auth is proven; what the pod does meanwhile is shown", () => {
        assert.deepEqual(probe("ready", pod(), ["readyz", "livez"]), [1, "joining"]);
    });

    it("is taken away by an etcd that does not serve, alive or not", () => {
        for (const answers of [[], ["livez"]]) {
            const [status, said] = probe("ready", pod("auth-proof"), answers);
            assert.equal(status, 1);
            assert.match(String(said), /^etcd's \/readyz fails: no leader, or too slow to answer\. joining$/);
        }
    });

    it("is taken away from a member that leaves", () => {
        assert.deepEqual(probe("ready", pod("auth-proof", "leaving"), ["readyz"]), [1, "leaving the cluster"]);
    });
});

describe("liveness", () => {
    const pod = (phase?: string) => (phase ? new Shell(["live"]).has("state/phase", phase) : new Shell(["live"]));

    it("is an etcd that answers, with a quorum or without", () => {
        assert.deepEqual(probe("live", pod("running"), ["livez"]), [0]);
    });

    it("ends with an etcd that has served and does not answer", () => {
        assert.deepEqual(probe("live", pod("running"), ["readyz"]), [1, "etcd's /livez does not answer"]);
    });

    it("is not asked of an etcd that waits or has just been started", () => {
        for (const phase of [undefined, "waiting", "starting"]) {
            assert.deepEqual(probe("live", pod(phase), []), [0], phase);
        }
    });
});

describe("an etcd that starts", () => {
    /** Looks at these moments, with what it has used by then; the exit status of each. */
    const looks = (each: [moment: number, ticks: number | string, pid?: number][], shell = new Shell(["live"])) =>
        each.map(
            ([moment, ticks, pid = 7]) =>
                shell
                    .has("state/phase", "starting")
                    .run(`pidof() { echo ${pid}; }\nticks_of() { echo ${ticks}; }\nnow() { echo ${moment}; }\nmain`)
                    .status,
        );

    it("is alive as long as it does something, however long that takes", () => {
        assert.deepEqual(looks([...Array(8).keys()].map((i) => [1000 + i * 290, i * 10])), Array(8).fill(0));
    });

    it("hangs when it has used no processor time for five minutes", () => {
        assert.deepEqual(
            looks([
                [1000, 50],
                [1200, 55],
                [1299, 55],
                [1300, 59],
            ]),
            [0, 0, 0, 1],
        );
        assert.deepEqual(
            looks([
                [1000, 50],
                [1200, 60],
                [1300, 60],
                [1500, 60],
            ]),
            [0, 0, 0, 1],
        );
    });

    it("is another one under another number, or when it has used less", () => {
        assert.deepEqual(
            looks([
                [1000, 50],
                [1400, 50, 8],
            ]),
            [0, 0],
        );
        assert.deepEqual(
            looks([
                [1000, 50],
                [1400, 5],
            ]),
            [0, 0],
        );
        assert.deepEqual(
            looks([
                [1000, 50],
                [1400, "''"],
            ]),
            [0, 0],
            "it has just ended",
        );
        const boot = new Shell(["live"]).has("state/starting", "9000 7 50");
        assert.deepEqual(looks([[1000, 50]], boot), [0]);
        const none = new Shell(["live"]).has("state/phase", "starting").has("state/starting", "1 7 50");
        assert.equal(none.run("pidof() { return 1; }\nmain").status, 0);
    });

    it("is measured by what the kernel counts", () => {
        const used = (code: string) =>
            Number(new Shell(["live"]).run(`${code} &\npid=$!\ncommand sleep 1\nticks_of $pid\nkill -9 $pid`).out[0]);
        assert.ok(used("command sleep 9") < 10);
        assert.ok(used("while :; do :; done") >= 10);
    });
});

describe("the member table", () => {
    const MEMBERS = ["members"];
    const metrics = (leads: number, learns = 0) =>
        `printf 'etcd_server_is_leader ${leads}\\netcd_server_is_learner ${learns}\\netcd_mvcc_db_total_size_in_bytes 2.5e+06\\netcd_server_version{server_version="3.6.1"} 1\\n'`;
    const silent = 'read_list() { CTL_ERROR="$1 refused"; return 1; }';

    /** The table, a member a line, without the heading. */
    const table = (list: string[], code = "") => {
        const { status, out, said } = new Shell(MEMBERS).run(
            `read_list() { :; }
            ctl() { :; }
            ask_others() { echo 'another is asked' >&2; return 1; }
            fetch() {
                case $1 in
                    http://set-0.*:2381/metrics) ${metrics(1)} ;;
                    http://set-1.*:2381/metrics) ${metrics(0)} ;;
                    http://set-2.*:2381/metrics) ${metrics(0, 1)} ;;
                    http://set-[01].*:2381/readyz) ;;
                    *) return 1 ;;
                esac
            }
            ${code}
            main`,
            list,
        );
        return { status, rows: out.slice(1).map((row) => row.split(/ +/).join(" ")), said };
    };
    const LEADER = "set-0 a0 leader 3.6.1 2.5MB healthy";

    it("says of each member what it is and whether it serves", () => {
        const { status, rows, said } = table([voter(1), voter(0), learner(2)]);
        assert.deepEqual([status, said], [0, ""]);
        assert.deepEqual(rows, [
            LEADER,
            "set-1 a1 follower 3.6.1 2.5MB healthy",
            "set-2 a2 learner 3.6.1 2.5MB learner",
        ]);
    });

    it("asks the metrics port of members that speak TLS without it", () => {
        assert.deepEqual(table([voter(0).replaceAll("http:", "https:")]).rows, [LEADER]);
    });

    it("shows alarms, which no probe does, and what each means", () => {
        // What etcdctl prints; 160 is a0. Newer protocol buffers put two spaces there at times.
        const alarm = (line: string) => `ctl() { [ "$2 $3" = 'alarm list' ] || return 1; echo '${line}'; }`;
        const full = table([voter(1), voter(0)], alarm("memberID:160  alarm:NOSPACE "));
        assert.deepEqual(full.rows.slice(0, 2), [
            LEADER.replace("healthy", "NOSPACE"),
            "set-1 a1 follower 3.6.1 2.5MB healthy",
        ]);
        assert.match(full.rows[2]!, /^alarm NOSPACE: .* refuse writes.*'The database is full'\.$/);
        const differs = table([voter(0)], alarm("memberID:160 alarm:CORRUPT "));
        assert.match(differs.rows.join("\n"), / CORRUPT\nalarm CORRUPT: .*'Alarm CORRUPT'\.$/);
        // Without a quorum nobody tells; the table is shown all the same.
        assert.deepEqual(table([voter(0)], "ctl() { return 1; }").rows, [LEADER]);
    });

    it("says who cannot be asked, and asks nobody about a member that never started", () => {
        const { rows } = table([voter(7), voter(0)]);
        assert.deepEqual(rows, [LEADER, "set-7 a7 - - - unreachable"]);
        const anything = `fetch() { ${metrics(0)}; }`;
        assert.deepEqual(table([fresh(1)], anything).rows, ["(not started) a1 - - - unreachable"]);
    });

    it("is another member's when this one does not tell", () => {
        const { status, rows } = table([voter(0)], `${silent}\nask_others() { [ "$1" = 3 ]; }`);
        assert.deepEqual([status, rows], [0, [LEADER]]);
    });

    it("is none when nobody tells, and says why", () => {
        const nobody = table([voter(0)], silent);
        assert.deepEqual([nobody.status, nobody.rows], [1, []]);
        assert.match(nobody.said, /no member answers: http:\/\/127\.0\.0\.1:2379 refused/);
        const unknown = `read_statefulset() { KUBE_ERROR=refused; return 1; }\n${silent}\nask_others() { :; }`;
        assert.deepEqual(table([voter(0)], unknown).status, 1, "it is not known how many others there are");
    });
});
