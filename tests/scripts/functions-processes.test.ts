// The processes of a pod: what waits for what, and how TERM reaches all of them at every point.
import assert from "assert";

import { Shell } from "../support/scripts-functions";

const START = ["start"];

describe("TERM", () => {
    it("ends the duties, so that they change nothing any more, and then etcd", () => {
        const ends = (code: string) =>
            new Shell(START).run(`kill() { echo "kill $1"; false; }\n${code}\non_term\nwait`).out.join();
        assert.equal(ends("DUTIES=5 CHILD=6"), "kill 5,kill 6");
        assert.equal(ends("CHILD=6"), "kill 6");
        assert.equal(ends("DUTIES=5"), "kill 5");
        assert.equal(ends(""), "", "before anything runs");
        const forked = new Shell(START).run('on_term; echo "${!:-nothing}"; wait').out;
        assert.deepEqual(forked, ["nothing"], "who has just started something would take that for it");
    });

    it("does not end the waiting for a process that goes on, as etcd does while it hands over", () => {
        const { out } = new Shell(START).run(
            `(
                for i in 1 2 3 4; do command sleep 0.1; kill -TERM $$; done
                command sleep 1
                exit 7
            ) &
            result=0; wait_for $! || result=$?
            echo "$result $TERMINATING"`,
        );
        assert.deepEqual(out, ["7 yes"]);
    });

    it("reaches also what was started just before it came", () => {
        const { out } = new Shell(START).run(
            `TERMINATING=yes
            command sleep 8 &
            result=0; run_child $! || result=$?
            echo "$result$CHILD"`,
        );
        assert.deepEqual(out, ["143"]);
    });

    /** Waits for a child that has written this file, so that it has no trap of the shell any more. */
    const RUNS = 'runs() { until [ -e "$STATE_DIR/runs" ]; do command sleep 0.05; done; }';

    /** Swallows TERM twice, as a child may that was forked a moment ago. */
    const DEAF = `deaf() {
        trap 'trap "trap - TERM" TERM' TERM
        : >"$STATE_DIR/runs"
        for i in $(seq 200); do command sleep 0.05; done
    }
    ${RUNS}`;

    it("is repeated for a child that has swallowed it", () => {
        const came = (code: string) => new Shell(START).run(`${DEAF}\ndeaf &\nchild=$!\nruns\n${code}`).out;
        const watched = 'result=0; run_child "$child" || result=$?; echo "$result"';
        assert.deepEqual(came(`TERMINATING=yes\n${watched}`), ["143"], "before it was waited for");
        assert.deepEqual(came(`(command sleep 0.2; kill -TERM $$) &\n${watched}`), ["143"], "while it was");
    });

    it("is what the duties send to etcd when it has to start anew", () => {
        const { out } = new Shell(START).has("state/plan", "restart\nset-0=url\ntoken").run(
            `${RUNS}
            etcd() { : >"$STATE_DIR/runs"; command sleep 8; }
            consider_recovery() { :; }
            begin_recovery() { :; }
            # Like the real ones, they ask for nothing before etcd has answered.
            duties() { runs; look_for_a_way_out; command sleep 8; }
            result=0; launch || result=$?
            echo "$result"`,
        );
        assert.deepEqual(out, ["143"]);
    });

    it("ends the duties when etcd has ended, also if they swallow it", () => {
        const { out } = new Shell(START).has("state/plan", "restart\nset-0=url\ntoken").run(
            `${DEAF}
            etcd() { runs; }
            duties() { deaf; echo lives; }
            launch
            echo "ended$DUTIES"`,
        );
        assert.deepEqual(out, ["ended"]);
    });

    it("is all that a member which has left waits for", () => {
        const rests = (code: string) => {
            const shell = new Shell(START).has("state/leaving", "5");
            const { out, status } = shell.run(
                `n=0
                run_child() { n=$((n + 1)); echo waits; if [ "$n" = 2 ]; then TERMINATING=yes; fi; [ "$n" -lt 5 ] || exit 9; }
                ${code}
                rest`,
            );
            return { out, status, phase: shell.file("state/phase") };
        };
        assert.deepEqual(rests(""), { out: ["waits", "waits"], status: 0, phase: "waiting" });
        assert.deepEqual(rests("TERMINATING=yes"), { out: [], status: 0, phase: "waiting" });
        const forgets = 'run_child() { echo waits; rm -f "$STATE_DIR/leaving"; }';
        assert.deepEqual(rests(forgets), { out: ["waits", "waits"], status: 0, phase: "waiting" });
    });

    it("comes for a pod that was to leave within its grace period; one that lives on, and is wanted, does not leave", () => {
        const keeps = (code: string, since = "1000", ordinal = 1) => {
            const shell = new Shell(START, ordinal).has("state/leaving", since);
            const { said } = shell.run(`now() { echo 1240; }\n${code}\nforget_leaving`);
            const kept = shell.file("state/leaving") !== undefined;
            assert.equal(/was to leave, was not stopped, and is wanted/.test(said), !kept);
            return kept;
        };
        assert.equal(keeps(""), false);
        assert.equal(keeps("", "1001"), true);
        assert.equal(keeps("STS_REPLICAS=1"), true);
        assert.equal(keeps("STS_LIVE=no"), true);
        assert.equal(keeps("read_statefulset() { return 1; }"), true);
        assert.equal(keeps("", "9999"), true, "of another boot");
    });
});

describe("start.sh goes on", () => {
    const mains = (code: string) =>
        new Shell(START).run(
            `decide() { echo new >"$STATE_DIR/plan"; }
            judge() { echo "judge $1"; exit; }
            sleep() { exit; }
            ${code}
            main`,
        );

    it("by the status of etcd, and by whether there is a plan", () => {
        assert.deepEqual(mains("launch() { return 3; }").out, ["judge 3"]);
        assert.deepEqual(mains("launch() { :; }").out, ["judge 0"]);
        assert.match(mains("decide() { exit 7; }").said, /deciding how to start failed with status 7; trying again/);
        assert.match(mains("decide() { :; }").said, /deciding how to start failed with status 0; trying again/);
        const planned = 'decide() { echo new >"$STATE_DIR/plan"; exit 7; }\nlaunch() { :; }';
        assert.deepEqual(mains(planned).out, ["judge 0"]);
        // A learner's crashes are counted by it.
        const ends = (status: number) =>
            new Shell(START)
                .has("state/plan", "restart\nset-0=url\ntoken")
                .run(`etcd() { return ${status}; }\nduties() { :; }\nresult=0; launch || result=$?; echo "$result"`)
                .out;
        assert.deepEqual([ends(0), ends(2)], [["0"], ["2"]]);
    });
});

describe("the duties", () => {
    it("begin when etcd lives, and pause for longer once everything is settled", () => {
        const shell = new Shell(START);
        const { out } = shell.run(
            `n=0 rounds=0
            fetch() { n=$((n + 1)); [ "$n" -gt 2 ]; }
            sleep() { echo "sleep $1"; if [ "$rounds" -ge 3 ]; then exit; fi; }
            duty_round() { rounds=$((rounds + 1)); echo "round $(read_file "$STATE_DIR/phase")"; [ "$rounds" = 2 ]; }
            phase starting
            duties`,
        );
        const rounds = ["round running", "sleep 0.5", "round running", "sleep 5", "round running", "sleep 0.5"];
        assert.deepEqual(out, ["sleep 0.3", "sleep 0.3", ...rounds]);
    });
});

describe("what preStop says", () => {
    const says = (shell: Shell) => ({
        said: shell.run("log hello").said,
        console: shell.file("nowhere/console") ?? "",
    });
    const pod = () => new Shell(["pre-stop"]);

    it("stands in the container's log, where it can be written to", () => {
        const able = says(pod().has("nowhere/console", "etcd's own"));
        assert.equal(able.said, "");
        assert.match(able.console, /^etcd's own\n.*set-0: hello$/);
        assert.match(says(pod()).said, /set-0: hello/);
    });
});
