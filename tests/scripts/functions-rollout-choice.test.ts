// Whom the rollout restarts: a sick pod first, when its vote can be spared, then followers, the leader last; and how it does that.
import assert from "assert";

import { fresh, learner, Shell, voter } from "../support/scripts-functions";

const ROLLOUT = ["rollout"];
const ALL = "serves() { :; }";
const allBut = (...ordinals: number[]) => `serves() { case $1 in ${ordinals.join("|")}) return 1 ;; esac; }`;

describe("a member", () => {
    const five = [voter(0), voter(1), voter(2), voter(3), voter(4)];
    const PODS = ["0 u0 old True yes", "1 u1 old False yes", "2 u2 new True yes"];
    const dispensable = (code: string, list = five.slice(0, 3), pods = PODS) =>
        new Shell(ROLLOUT)
            .has("state/pods", pods.join("\n"))
            .succeeds(`REVISION=new; ask_others() { :; }; fetch() { return 1; }; ${code}; dispensable 1`, list);
    const metrics = (...ordinals: number[]) =>
        `fetch() { case $1 in ${ordinals.map((i) => `*set-${i}.*/metrics`).join("|")}) ;; *) return 1 ;; esac; }`;

    it("can be done without while all others serve", () => {
        assert.equal(dispensable(ALL), true);
        assert.equal(dispensable(allBut(1)), true);
        assert.equal(dispensable(allBut(0)), false, "it is one of two that are a quorum");
        assert.equal(dispensable(allBut(2)), false);
        assert.equal(dispensable(`${ALL}; ask_others() { return 1; }`), true);
        assert.equal(dispensable(`${allBut(0)}; ask_others() { return 1; }`), false, "it is not known");
    });

    it("can be done without while the others that serve are a majority of all voters", () => {
        const of = (count: number, ...silent: number[]) =>
            dispensable(`STS_REPLICAS=${count}; ${allBut(...silent)}`, five.slice(0, count));
        assert.deepEqual([of(5, 0), of(5, 0, 1), of(5, 0, 2), of(5, 0, 1, 2)], [true, true, false, false]);
        assert.deepEqual([of(4, 0), of(2, 1), of(2, 0)], [false, true, false]);
    });

    it("can be done without when there is a quorum, and it has no vote", () => {
        assert.equal(dispensable(allBut(0, 1), [voter(0), learner(1), voter(2)]), true);
        assert.equal(dispensable(allBut(0, 1), [voter(0), voter(2), voter(3)]), true, "it is not in the list");
        assert.equal(dispensable(allBut(0, 1), [voter(0), fresh(1), voter(2)]), true);
    });

    const NOBODY = "serves() { return 1; }";
    const runs = (...states: string[]) =>
        states.map((state, i) => `${i} u${i} ${i === 2 ? "new" : "old"} False ${state}`);

    it("is needed, without a quorum, when its etcd answers: it waits for the others", () => {
        assert.equal(dispensable(`${NOBODY}; ${metrics(0, 1, 2)}`), false);
        assert.equal(dispensable(`${NOBODY}; ${metrics(1)}`, [], runs("yes", "no", "yes")), false);
    });

    it("can be done without, without a quorum, when its container does not run", () => {
        assert.equal(dispensable(NOBODY, [], runs("no", "no", "no")), true);
        assert.equal(dispensable(`${NOBODY}; ${metrics(0, 2)}`, [], runs("yes", "no", "yes")), true);
    });

    it("whose etcd is silent in a container that runs goes only while the newest revision runs", () => {
        assert.equal(dispensable(`${NOBODY}; ${metrics(0, 2)}`, [], runs("yes", "yes", "yes")), true);
        assert.equal(dispensable(`${NOBODY}; ${metrics(0)}`, [], runs("yes", "yes", "yes")), false);
        assert.equal(dispensable(`${NOBODY}; ${metrics(0, 2)}`, [], runs("yes", "yes", "no")), false);
        const old = ["0 u0 old False no", "1 u1 old False yes", "2 u2 old False no"];
        assert.equal(dispensable(NOBODY, [], old), true, "there is none of the newest yet");
    });

    it("that a person chose to go on alone is not waiting for others any more", () => {
        assert.equal(dispensable(`${NOBODY}; ${metrics(1)}; RECOVERS=1`), true);
        assert.equal(dispensable(`${NOBODY}; ${metrics(1)}; RECOVERS=2`), false);
        assert.equal(dispensable(`${allBut(0)}; RECOVERS=1`), false);
    });
});

describe("the sick pod that the rollout replaces", () => {
    /** Looks at these pods, at that second. */
    const looks = (shell: Shell, second: number, pods: string[], code = ALL) =>
        shell
            .has("state/pods", pods.join("\n"))
            .run(`REVISION=new; now() { echo ${second}; }\n${code}\nsick $(outdated)`)
            .out.join();
    const well = ["0 u0 old True", "1 u1 old True"];
    const SICK = [...well, "2 u2 old False"];

    it("is outdated and not Ready for a while", () => {
        const shell = new Shell(ROLLOUT);
        assert.deepEqual(
            [1000, 1010, 1029, 1030].map((second) => looks(shell, second, SICK)),
            ["", "", "", "2"],
        );
    });

    it("is of the revision before", () => {
        const shell = new Shell(ROLLOUT);
        for (const second of [1000, 2000]) {
            assert.equal(looks(shell, second, [...well, "2 u2 new False"]), "");
        }
    });

    it("was not Ready, or on its way out, in between", () => {
        for (const between of ["True", "Going"]) {
            const shell = new Shell(ROLLOUT);
            assert.equal(looks(shell, 1000, SICK), "");
            assert.equal(looks(shell, 1029, [...well, `2 u2 old ${between}`]), "");
            assert.equal(looks(shell, 2000, SICK), "", `the time of one that was ${between} begins anew`);
            assert.equal(looks(shell, 2030, SICK), "2");
        }
    });

    it("is still the same pod", () => {
        const shell = new Shell(ROLLOUT);
        assert.equal(looks(shell, 1000, SICK), "");
        assert.equal(looks(shell, 2000, [...well, "2 another old False"]), "");
    });

    it("can be done without", () => {
        const shell = new Shell(ROLLOUT);
        assert.equal(looks(shell, 1000, SICK), "");
        assert.equal(looks(shell, 2000, SICK, allBut(0)), "", "it still votes, and one of the others does not");
        assert.equal(looks(shell, 2000, SICK), "2");
    });

    it("is one at a time", () => {
        const shell = new Shell(ROLLOUT);
        const two = ["0 u0 old False", "1 u1 old True", "2 u2 old False"];
        assert.equal(looks(shell, 1000, two), "");
        assert.equal(looks(shell, 1030, two), "2");
    });
});

describe("the healthy pod that the rollout restarts next", () => {
    const next = (leader: number | undefined, revisions: string[], code = "") => {
        const pods = revisions.map((revision, ordinal) => `${ordinal} u${ordinal} ${revision} True`);
        return new Shell(ROLLOUT)
            .has("state/pods", pods.join("\n"))
            .run(
                `REVISION=new
                fetch() {
                    leads=0
                    case $1 in http://set-${leader}.*:2381/metrics) leads=1 ;; esac
                    printf 'etcd_server_has_leader 1\\netcd_server_id{server_id="a"} 1\\netcd_server_is_leader %s\\n' "$leads"
                }
                ${code}
                next_in_turn`,
            )
            .out.join();
    };
    const old = ["old", "old", "old"];

    it("is the follower of the highest ordinal", () => {
        assert.equal(next(0, old), "2");
        assert.equal(next(2, old), "1");
        assert.equal(next(1, ["old", "old", "new"]), "0");
        assert.equal(next(undefined, old), "2");
    });

    it("is the leader when no other is outdated", () => {
        assert.equal(next(1, ["new", "old", "new"]), "1");
    });

    it("is none when none is outdated", () => {
        assert.equal(next(1, ["new", "new", "new"]), "");
    });

    it("is one that does not tell its role", () => {
        assert.equal(next(1, old, "fetch() { return 1; }"), "2");
    });
});

describe("the rollout ends a pod", () => {
    const stops = (replicas: number, status = 0) => {
        const shell = new Shell(ROLLOUT).has("state/pods", "0 u0 new True\n1 u1 old True");
        const { out } = shell.run(
            `kube() { echo "$*" >&3; echo noise; return ${status}; }
            STS_REPLICAS=${replicas}
            if stop 1 3>&1; then echo stopped; else echo not; fi`,
        );
        return { out, body: shell.file("state/eviction") };
    };

    it("by an eviction of the very pod it looked at, which the disruption budget may refuse", () => {
        const { out, body } = stops(3);
        const path = "/api/v1/namespaces/default/pods/set-1/eviction";
        assert.match(out.join(" "), new RegExp(`^create --raw ${path} -f \\S+/eviction stopped$`));
        assert.deepEqual(JSON.parse(body ?? ""), {
            apiVersion: "policy/v1",
            kind: "Eviction",
            metadata: { name: "set-1", namespace: "default" },
            deleteOptions: { preconditions: { uid: "u1" } },
        });
        assert.equal(stops(3, 1).out.at(-1), "not");
    });

    it("by a deletion where a budget would never allow it", () => {
        for (const replicas of [1, 2]) {
            const { out, body } = stops(replicas);
            assert.deepEqual([out, body], [["delete pod set-1 --wait=false", "stopped"], undefined]);
        }
        assert.equal(stops(2, 1).out.at(-1), "not");
    });
});
