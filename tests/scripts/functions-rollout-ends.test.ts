// The rollout from its first step to its end: when it is done, when it gives up, and what it says then.
import assert from "assert";

import { Shell } from "../support/scripts-functions";

const ROLLOUT = ["rollout"];

describe("the rollout as a whole", () => {
    /** `step`: what a step does; $n counts them. A second passes between two steps. */
    const runs = (step: string, patience = 10) => {
        const shell = new Shell(ROLLOUT);
        const { status, said } = shell.run(
            `VERDICT=$STATE_DIR/verdict PATIENCE=${patience}
            now_is=1000 n=0
            now() { echo "$now_is"; }
            sleep() { now_is=$((now_is + $1)); }
            step() {
                n=$((n + 1))
                echo "$n" >"$STATE_DIR/steps"
                if [ "$n" -gt 100 ]; then exit 9; fi
                REVISION=new
                ${step}
            }
            main`,
        );
        return { status, said, steps: Number(shell.file("state/steps")), verdict: shell.file("state/verdict") ?? "" };
    };
    const pods = (line: string) => `echo "${line}" >"$STATE_DIR/pods"`;

    it("ends when a step says so, and what that said is the verdict", () => {
        const { status, steps, verdict } = runs('status "step $n"; [ "$n" -eq 3 ]');
        assert.deepEqual([status, steps, verdict], [0, 3, "step 3"]);
    });

    it("gives up when nothing changes for too long, and says what for, and how far it has come", () => {
        const waits = `STS_REPLICAS=2; printf '0 u0 new True\\n1 u1 old True\\n' >"$STATE_DIR/pods"; status waiting: it rains.; false`;
        const { status, steps, verdict, said } = runs(waits);
        assert.deepEqual([status, steps], [1, 11]);
        assert.match(verdict, /^gave up after 10 s in which nothing got better: waiting: it rains\. No further member/);
        assert.match(verdict, /: 1 of 2 still run the revision before, .* run pulumi up again\.$/);
        assert.ok(said.includes(verdict), said);
    });

    it("gives up when it never sees a pod", () => {
        assert.deepEqual(runs("false").steps, 11);
    });

    it("has its patience anew whenever something got better, and for nothing else", () => {
        const better = runs(`${pods("0 u$((n / 9)) new True yes")}\n[ "$n" -eq 60 ]`);
        assert.deepEqual([better.status, better.steps], [0, 60]);
        const scaled = runs('STS_REPLICAS=$((n / 9))\n[ "$n" -eq 60 ]');
        assert.deepEqual([scaled.status, scaled.steps], [0, 60]);
        // The last one is seen by the 20th step.
        const stuck = runs(`if [ "$n" -le 20 ]; then ${pods("0 u$n new True yes")}; fi\nfalse`);
        assert.deepEqual([stuck.status, stuck.steps], [1, 30]);
        for (const line of [
            "0 u$n old True yes",
            "0 u$n new False no",
            "0 u1 new $([ $((n % 2)) = 0 ] && echo True || echo False) yes",
        ]) {
            const flaps = runs(`${pods(line)}\nfalse`);
            assert.equal(flaps.status, 1);
            assert.ok(flaps.steps <= 12, `${flaps.steps} steps of ${line}`);
        }
    });
});
