// The rollout step by step: what it does about what it sees, a recovery among that, and what it says.
import assert from "assert";

import { Shell } from "../support/scripts-functions";

const ROLLOUT = ["rollout"];
const LIFE = "2 abc";
const SINCE = "state/held-since";

/** Runs a step of a rollout that sees nothing but what the code says; `marker`: what is in the marker. */
function steps(code: string, marker: string[] | undefined = ["formed id"], shell = new Shell(ROLLOUT)) {
    if (marker.length > 0) {
        shell.marker(...marker);
    }
    const { status, out, said } = shell.run(
        `VERDICT=$STATE_DIR/verdict REVISION=new
        kube() { echo "kube $*"; }
        survey() { :; }
        sick() { :; }
        outdated() { :; }
        is_outdated() { return 1; }
        trouble() { :; }
        next_in_turn() { :; }
        known_cause() { echo ill; }
        stop() { echo "stop $1"; }
        ${code}
        if step; then echo done; else echo again; fi`,
    );
    return {
        status,
        out: out.join("; "),
        said,
        says: shell.file("state/status"),
        verdict: shell.file("state/verdict"),
    };
}

describe("a step of the rollout", () => {
    it("is the last when every member runs the newest revision", () => {
        const { out, says } = steps("");
        assert.deepEqual([out, says], ["done", "all 3 members run revision new"]);
    });

    it("restarts one pod, if the budget allows it", () => {
        const restarts = steps("next_in_turn() { echo 2; }");
        assert.deepEqual([restarts.out, restarts.says], ["stop 2; again", "restarting set-2"]);
        const refused = steps("next_in_turn() { echo 2; }\nstop() { KUBE_ERROR='not now'; return 1; }");
        assert.deepEqual([refused.out, refused.says], ["again", "waiting to restart set-2: not now"]);
    });

    it("restarts none while anything is not well", () => {
        const { out, says } = steps("trouble() { echo 'one; two; '; }\nnext_in_turn() { echo 2; }");
        assert.deepEqual([out, says], ["again", "waiting: one; two"]);
    });

    it("replaces a sick pod, even while others are not well, and gives the other sick their time anew", () => {
        const shell = new Shell(ROLLOUT).has("state/sick-u0", "1000");
        const code = "sick() { echo 2; }\ntrouble() { echo 'one; '; }\nkube() { echo \"kube $*\" >&2; }";
        const { out, says, said } = steps(code, undefined, shell);
        assert.deepEqual([out, says], ["again", "replacing set-2, which is outdated and not Ready: ill"]);
        assert.match(said, /^kube delete pod set-2 --wait=false$/m);
        assert.equal(shell.file("state/sick-u0"), undefined);
        const refused = steps("sick() { echo 2; }\nkube() { KUBE_ERROR=refused; return 1; }");
        assert.equal(refused.out, "again");
        assert.match(refused.said, /not deleted: refused/);
    });

    it("does nothing while it cannot see", () => {
        const blind = steps("survey() { KUBE_ERROR=refused; return 1; }\nnext_in_turn() { echo 2; }");
        assert.deepEqual([blind.out, blind.says, blind.verdict], ["again", "waiting: refused", undefined]);
        const unread = steps("next_in_turn() { echo 2; }", []);
        assert.deepEqual([unread.out, unread.says], ["again", "waiting: unreadable"]);
    });

    it("is the last when there are more than are supported, and says how to go on", () => {
        const many = (count: number) =>
            steps(`survey() { STS_REPLICAS=${count}; KUBE_ERROR='(Forbidden)'; return 1; }`, []);
        const { status, out, verdict } = many(10);
        assert.deepEqual([status, out], [1, ""]);
        assert.match(
            verdict ?? "",
            /asks for 10 replicas, and 9 is the most .*kubectl scale statefulset set --replicas=9/,
        );
        assert.equal(many(9).out, "again");
    });

    it("is the last when there is nothing to restart", () => {
        const none = steps("survey() { STS_REPLICAS=0; }", []);
        assert.deepEqual([none.out, none.says], ["done", "set is scaled to 0; there is nothing to restart"]);
        const gone = steps('survey() { KUBE_ERROR="Error (NotFound): no such set"; return 1; }');
        assert.deepEqual([gone.status, gone.out], [1, ""]);
        assert.match(gone.verdict ?? "", /^there is nothing to roll out: .*NotFound/);
    });
});

describe("a rollout during a recovery", () => {
    const due = "sick() { echo 1; }\nnext_in_turn() { echo 2; }";

    it("waits for it, and ends no pod", () => {
        const { out, says } = steps(due, ["formed id", `recover-from ${LIFE}`]);
        assert.deepEqual([out, says], ["again", "waiting for the recovery from ordinal 2 (ill)"]);
        const ready = steps(`pod_field() { echo True; }\n${due}`, ["formed id", `recover-from ${LIFE}`]);
        assert.equal(ready.says, "waiting for the recovery from ordinal 2");
    });

    it("but that of the named ordinal, when its scripts may be too old to see the request", () => {
        const code = `sick() { echo "$*"; }\nis_outdated() { [ "$1" = 2 ]; }\nkube() { echo "kube $*" >&2; }`;
        assert.match(steps(code, ["formed id", `recover-from ${LIFE}`]).said, /^kube delete pod set-2 --wait=false$/m);
        const chosen = 'sick() { echo "$RECOVERS" >&2; }\nis_outdated() { :; }';
        assert.equal(
            steps(chosen, ["formed id", `recover-from ${LIFE}`])
                .said.split("\n")
                .filter((line) => line === "2").length,
            1,
        );
        assert.match(steps(chosen).said, /^$/m, "at no other time");
        const well = steps(`${code}\nsick() { :; }`, ["formed id", `recover-from ${LIFE}`]);
        assert.equal(well.out, "again");
        assert.doesNotMatch(well.said, /^kube/m);
        const newest = steps(`${code}\nis_outdated() { return 1; }`, ["formed id", `recover-from ${LIFE}`]);
        assert.doesNotMatch(newest.said, /^kube/m);
    });

    it("goes on after it, also when an older request was refused", () => {
        const next = "next_in_turn() { echo 2; }";
        assert.equal(steps(next, ["formed id", `recover-from ${LIFE}`, `recovered ${LIFE}`]).out, "stop 2; again");
        const both = ["formed id", `recover-from ${LIFE}`, `recovered ${LIFE}`, "recovery-refused 1 xyz"];
        assert.equal(steps(next, both).out, "stop 2; again");
    });

    it("gives up when it was refused, and says what to do", () => {
        const { status, out, verdict } = steps(due, ["formed id", `recover-from ${LIFE}`, `recovery-refused ${LIFE}`]);
        assert.deepEqual([status, out], [1, ""]);
        assert.match(verdict ?? "", /^refused to recover from ordinal 2: .* Run pulumi config rm recoverFrom/);
    });

    /** Looks at a recovery at that second; "again", or the verdict. */
    const looks = (shell: Shell, second: number, hold?: string) => {
        const marker = ["formed id", `recover-from ${LIFE}`, ...(hold ? [`recovery-hold ${hold}`] : [])];
        const { out, verdict } = steps(`now() { echo ${second}; }`, marker, shell);
        return out || verdict;
    };
    const HELD = `${LIFE}: no file`;

    it("gives up when it is held for a while, and says by what", () => {
        const shell = new Shell(ROLLOUT);
        assert.deepEqual(
            [1000, 1010, 1029].map((second) => looks(shell, second, HELD)),
            ["again", "again", "again"],
        );
        const verdict = looks(shell, 1030, HELD) ?? "";
        assert.match(
            verdict,
            /^RECOVERY from ordinal 2 is held: no file\. Nothing was changed\. .* run pulumi up again/,
        );
    });

    it("goes on waiting when it was held, or is another that is", () => {
        for (const between of [undefined, "1 xyz: no file", "", `${LIFE}4: no file`]) {
            const shell = new Shell(ROLLOUT);
            assert.equal(looks(shell, 1000, HELD), "again");
            assert.equal(shell.file(SINCE), "1000");
            assert.equal(looks(shell, 2000, between), "again", between);
            assert.equal(looks(shell, 3000, HELD), "again", "the time begins anew");
            assert.match(looks(shell, 3030, HELD) ?? "", /is held/);
        }
    });
});
