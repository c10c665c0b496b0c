// What the rollout sees: which pods there are, which of them are outdated, and what speaks against restarting a healthy one now.
import assert from "assert";

import { learner, Shell, voter } from "../support/scripts-functions";

const ROLLOUT = ["rollout"];
const three = [voter(0), voter(1), voter(2)];

describe("the rollout looks at the pods", () => {
    /** `rows`: what kubectl prints of the pods. */
    const survey = (rows: string[], code = "", shell = new Shell(ROLLOUT)) => {
        const { out } = shell.has("rows", rows.join("\n")).run(
            `kube() {
                echo "$*" >&3
                case $* in
                    'get statefulset set '*updateRevision*) echo new ;;
                    'get pods '*) cat "$STATE_DIR/../rows" ;;
                esac
            }
            ${code}
            if survey 3>"$STATE_DIR/asked"; then echo "at $REVISION"; else echo "fails: $KUBE_ERROR"; fi`,
        );
        return { said: out.join(), pods: shell.file("state/pods"), asked: shell.file("state/asked") ?? "" };
    };
    const rows = [
        "set-0   u0   new   True   <none>   2026-01-01T00:00:00Z",
        "set-1   u1   old   False  <none>   <none>",
        "set-2   u2   old   True   2026-01-01T00:00:00Z 2026-01-01T00:00:00Z",
    ];

    it("that are wanted, and at no other of the namespace", () => {
        const seen = survey(rows);
        assert.equal(seen.said, "at new");
        assert.equal(seen.pods, "0 u0 new True yes\n1 u1 old False no\n2 u2 old Going yes");
        assert.match(seen.asked, /get pods set-0 set-1 set-2 --ignore-not-found/);
    });

    it("of a StatefulSet that is scaled to nothing by asking for none", () => {
        const seen = survey(rows, "STS_REPLICAS=0", new Shell(ROLLOUT).has("state/pods", "0 u0 old True"));
        assert.deepEqual([seen.said, seen.pods], ["at new", ""]);
        assert.doesNotMatch(seen.asked, /get pods/);
    });

    it("and knows that it saw nothing", () => {
        const failing = (what: string) => `kube() { case $* in *${what}*) KUBE_ERROR=refused; return 1 ;; esac; }`;
        assert.equal(survey(rows, "read_statefulset() { KUBE_ERROR=refused; return 1; }").said, "fails: refused");
        assert.equal(survey(rows, failing("updateRevision")).said, "fails: refused");
        assert.equal(survey(rows, failing("pods")).said, "fails: refused");
        const unsettled = survey(rows, "STS_SETTLED=no");
        assert.match(unsettled.said, /^fails: the StatefulSet controller has not seen the newest revision of set yet$/);
    });

    const outdated = (...pods: string[]) =>
        new Shell(ROLLOUT).has("state/pods", pods.join("\n")).run("REVISION=new; outdated").out;

    it("for those of another revision, highest first", () => {
        assert.deepEqual(outdated("0 u0 old True", "1 u1 new True", "2 u2 older False"), ["2", "0"]);
        assert.deepEqual(outdated("0 u0 new True", "1 u1 new False", "2 u2 new Going"), []);
        assert.deepEqual(outdated("1 u1 new True"), [], "a pod that does not exist has no revision");
    });
});

describe("the rollout waits", () => {
    const PODS = ["0 u0 new True", "1 u1 old True", "2 u2 old True"];
    const trouble = (list: string[], code = "", pods = PODS) =>
        new Shell(ROLLOUT)
            .has("state/pods", pods.join("\n"))
            .run(
                `serves() { :; }
                ask_others() { :; }
                known_cause() { echo "reason $1"; }
                ${code}
                trouble`,
                list,
            )
            .out.join()
            .trim();
    const withPod = (line: string) => [...PODS.slice(0, 2), line];

    it("for nothing when all is well", () => {
        assert.equal(trouble(three), "");
        assert.equal(trouble([...three, voter(7).replaceAll("set-7", "other-7")]), "", "not a member of this set");
    });

    it("for a pod that is not well, and says which and why", () => {
        assert.equal(trouble(three, "", withPod("2 u2 old False")), "pod set-2 is not Ready (reason 2);");
        assert.equal(trouble(three, "", withPod("2 u2 old Unknown")), "pod set-2 is not Ready (reason 2);");
        assert.equal(trouble(three, "", withPod("2 u2 old Going")), "pod set-2 is being stopped;");
        assert.equal(trouble(three, "", PODS.slice(0, 2)), "pod set-2 does not exist (reason 2);");
        const unknown = "known_cause() { :; }";
        assert.equal(trouble(three, unknown, PODS.slice(0, 2)), "pod set-2 does not exist;");
        assert.equal(trouble(three, 'serves() { [ "$1" != 1 ]; }'), "set-1 does not serve (reason 1);");
    });

    it("for a pod that does not vote", () => {
        const novoter = "set-2 is no started voter in the member list;";
        assert.equal(trouble([voter(0), voter(1), learner(2)]), novoter);
        assert.equal(trouble([voter(0), voter(1), voter(2).replace("started", "unstarted")]), novoter);
        assert.equal(trouble([voter(0), voter(1)]), novoter);
    });

    it("for a member without a pod to leave", () => {
        assert.equal(trouble([...three, voter(3)]), "member a3 of set-3 has not left yet;");
        assert.equal(trouble([...three, learner(12)]), "member a12 of set-12 has not left yet;");
    });

    it("for anybody who knows the members", () => {
        const silent = "ask_others() { CTL_ERROR=silence; return 1; }";
        assert.equal(trouble([], silent), "no member answers: silence;");
    });

    it("and says all of it", () => {
        const all = trouble([voter(0), voter(1), voter(3)], "", ["0 u0 new Going", "1 u1 old True"]);
        assert.equal(
            all,
            "pod set-0 is being stopped; pod set-2 does not exist (reason 2); set-2 is no started voter in the member list; member a3 of set-3 has not left yet;",
        );
    });

    const reason = (...causes: string[]) =>
        new Shell(ROLLOUT).has("state/causes", causes.join("\n")).run("reason_of 2").out.join("|");

    it("with the reason that was found, or where to look for it", () => {
        assert.equal(
            reason("1 image final no", "2 scheduling wait 0/3 nodes are available"),
            "0/3 nodes are available",
        );
        assert.equal(reason(`2 member wait ${"x".repeat(400)}`).length, 300);
        assert.equal(reason("12 image final no"), "see kubectl describe pod set-2");
        assert.equal(new Shell(ROLLOUT).run("reason_of 2").out.join(), "see kubectl describe pod set-2");
    });
});
