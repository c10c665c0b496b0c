// What the scripts make of member lists: whom they ask, whom they may remove, what they join as.
import assert from "assert";

import { client, fresh, learner, Shell, url, voter } from "../support/scripts-functions";

const LIBRARIES = ["start"];
const three = [voter(0), voter(1), voter(2)];

describe("the member list", () => {
    it("leaves a quorum when a member goes, or the member stays", () => {
        const stays = (id: string, list: string[], dead: string) =>
            new Shell(LIBRARIES).succeeds(
                `serves() { case $1 in ${dead}) return 1 ;; esac; }; quorum_stays ${id}`,
                list,
            );
        assert.equal(stays("a2", three, "none"), true);
        assert.equal(stays("a2", three, "2"), true, "whoever goes need not serve");
        assert.equal(stays("a2", three, "1"), false);
        assert.equal(stays("a2", [...three, voter(3)], "1"), true);
        assert.equal(stays("a2", [...three, voter(3)], "1 | 3"), false);
        assert.equal(stays("a0", [voter(0)], "none"), false, "the last one");
        assert.equal(stays("a3", [...three, learner(3)], "0 | 1 | 2"), true, "a learner has no vote");
        assert.equal(stays("a0", [voter(0), voter(1), learner(2)], "2"), true, "nor does it count");
        // Whoever is not of this set cannot be asked, so that being started must do.
        const foreign = "f1, started, other-1, http://other-1:2380, http://other-1:2379, false";
        assert.equal(stays("a2", [voter(0), foreign, voter(2)], "none"), true);
        assert.equal(stays("a2", [voter(0), foreign.replace("started", "unstarted"), voter(2)], "none"), false);
    });

    it("knows its members by their IDs, also by those that could be numbers", () => {
        const entry = (id: string, list: string[]) =>
            new Shell(LIBRARIES).run(`entry_with_id ${id}; if quorum_stays ${id}; then echo stays; fi`, list).out;
        const list = ["25678963e534404", "1000000000000000", "1e15", "a1"].map((id) => `${id}, started, , , , false`);
        list.forEach((line, i) => assert.deepEqual(entry(line.split(",")[0]!, list), [list[i], "stays"]));
        const two = ["25678963e534404, started, , , , false", "a1, unstarted, , , , false"];
        assert.deepEqual(entry("25678963e534404", two), [two[0]], "whoever goes is not one of those that stay");
        assert.deepEqual(entry("1e3", ["1000, started, , , , false"]), ["stays"], "another ID of the same value");
    });

    it("is never changed without a quorum", () => {
        const removal = (dead: string) =>
            new Shell(LIBRARIES).run(
                `serves() { case $1 in ${dead}) return 1 ;; esac; }
                ctl() { echo "ctl $*" >&2; }
                remove_member endpoint a2 && echo removed || echo "$CTL_ERROR"`,
                three,
            );
        assert.match(removal("none").said, /ctl endpoint member remove a2/);
        assert.deepEqual(removal("none").out, ["removed"]);
        assert.match(removal("1").out.join(), /would be no quorum/);
        assert.doesNotMatch(removal("1").said, /ctl/);
    });

    it("is asked of the others, of the first that serves and answers", () => {
        const asked = (serving: string, answering: string, ordinal = 0) =>
            new Shell(LIBRARIES, ordinal).run(
                `serves() { echo "serves $1" >&2; case $1 in ${serving}) ;; *) return 1 ;; esac; }
                read_list() { case $1 in *set-[${answering}].*) LIST=new ;; *) CTL_ERROR='no answer'; return 1 ;; esac; }
                if ask_others 3; then echo "$VOTER $LIST"; else echo "$CTL_ERROR"; fi`,
            );
        assert.match(asked("0 | 1 | 2", "12").out.join(), /set-1\..* new/);
        assert.doesNotMatch(asked("0 | 1 | 2", "12").said, /serves 0/, "itself");
        assert.match(asked("0 | 2", "012").out.join(), /set-2\..* new/);
        assert.match(asked("0 | 1 | 2", "2").out.join(), /set-2\..* new/);
        assert.deepEqual(asked("0 | 1 | 2", "0").out, ["no answer"]);
        assert.deepEqual(asked("0", "012").out, ["no other member serves"]);
        assert.deepEqual(new Shell(LIBRARIES).run('ask_others 1 || echo "$CTL_ERROR"').out, [
            "there is no other member to ask",
        ]);
    });

    it("is as new as a read before it, also where the list alone may be old", () => {
        const read = (version: string, fails: string) =>
            new Shell(LIBRARIES).run(
                `SERVER_VERSION=${version}
                ctl() { echo "$2" >&2; if [ "$2" = '${fails}' ]; then return 1; fi; echo '"ClusterID" : 10'; }
                if read_list endpoint; then echo "$CLUSTER"; else echo failed; fi`,
            );
        assert.deepEqual(read("3.5.9", "get"), { status: 0, out: ["a"], said: "member\n" });
        assert.deepEqual(read("3.4.35", "none"), { status: 0, out: ["a"], said: "get\nmember\n" });
        assert.deepEqual(read("3.4.35", "get"), { status: 0, out: ["failed"], said: "get\n" });
        assert.deepEqual(read("3.5.9", "member"), { status: 0, out: ["failed"], said: "member\n" });
    });

    it("is what etcd prints by field, a member a line, with IDs too long for awk in hex", () => {
        const fields = [
            ['"ClusterID" : 14841639068965178418', '"MemberID" : 1', '"RaftTerm" : 2'],
            ['"ID" : 10276657743932975437', '"Name" : "set-0"', `"PeerURL" : "${url(0)}"`, `"PeerURL" : "http://b:1"`],
            [`"ClientURL" : "${client(0)}"`, '"IsLearner" : false', ""],
            ['"ID" : 161', '"Name" : ""', `"PeerURL" : "${url(1)}"`, '"IsLearner" : true', ""],
        ].flat();
        const { out } = new Shell(LIBRARIES).run(
            `SERVER_VERSION=3.6.0; ctl() { cat <<'EOF'\n${fields.join("\n")}\nEOF\n}\nread_list endpoint; echo "$CLUSTER"; echo "$LIST"`,
        );
        assert.deepEqual(out, [
            "cdf818194e3a8c32",
            `8e9e05c52164694d, started, set-0, ${url(0)},http://b:1, ${client(0)}, false`,
            fresh(1, "a1"),
        ]);
    });

    it("counts only from the cluster that it is asked of", () => {
        const asked = (cluster: string) =>
            new Shell(LIBRARIES).run(
                `serves() { :; }
                read_list() { case $1 in *set-1.*) CLUSTER=c1 ;; *) CLUSTER=c2 ;; esac; }
                ask_others 3 '${cluster}' && echo "$VOTER" || echo "$CTL_ERROR"`,
            ).out;
        assert.deepEqual(asked("c1"), [client(1)]);
        assert.deepEqual(asked("c2"), [client(2)]);
        assert.deepEqual(asked(""), [client(1)]);
        assert.deepEqual(asked("c3"), ["set-2 is of another cluster, c2"]);
    });

    it("is told by what etcd says of itself, or by nothing", () => {
        const metrics = (text: string, status = 0) =>
            new Shell(LIBRARIES).run(
                `fetch() { printf '${text}'; return ${status}; }
                if read_metrics; then echo "$HAS_LEADER $IS_LEADER $IS_LEARNER $SERVER_ID"; else echo failed; fi`,
            ).out;
        const id = 'etcd_server_id{server_id="abc"} 1\\n';
        assert.deepEqual(metrics(`etcd_server_has_leader 1\\netcd_server_is_leader 1\\n${id}`), ["1 1 0 abc"]);
        assert.deepEqual(metrics(id), ["0 0 0 abc"]);
        assert.deepEqual(metrics("etcd_server_has_leader 1\\n"), ["failed"]);
        assert.deepEqual(metrics(id, 1), ["failed"]);
    });

    it("names the members of this set by name, or before they have one by their URL", () => {
        const list = [voter(10, "b"), fresh(2), "c, started, set-x, http://set-1:2380, , false", voter(1)];
        list.push("d, started, settle-1, http://settle-1:2380, , false", "e, started, set-01, http://x:1, , false");
        assert.deepEqual(new Shell(LIBRARIES).run("members_of_this_set", list).out, ["10 b", "2 a2", "1 a1"]);
    });
});

describe("joining", () => {
    const JOIN = LIBRARIES;
    const acts = ["add_learner", "plan_late_start", "plan_join", "replace_entry"];
    const stubs = [
        ...acts.map((act) => `${act}() { echo "${act} $*"; }`),
        'ask_others() { if [ "${SILENT:-}" ]; then CTL_ERROR=silence; return 1; fi; }',
        "first_member_id() { echo a1; }",
        "disk_nonce() { echo nonce; }",
    ].join("\n");
    const joins = (shell: Shell, list: string[], code = "") => {
        const { out, said } = shell.run(
            `${stubs}\n${code}\nread_marker\nif join; then echo may start; else echo waits; fi`,
            list,
        );
        return { out: out.join("; "), said };
    };
    const pod = () => new Shell(JOIN, 1).marker("version 7", "formed id", "initialClusterSize 3");

    it("adds whom the list does not have", () => {
        assert.equal(joins(pod(), [voter(0), voter(2)]).out, "add_learner ; may start");
    });

    it("asks the StatefulSet first, and does nothing without its answer", () => {
        const refused = joins(pod(), [voter(0)], "read_statefulset() { KUBE_ERROR=refused; return 1; }");
        assert.equal(refused.out, "waits");
        assert.match(refused.said, /WAITING to join: cannot read StatefulSet set: refused/);
    });

    it("does nothing for a pod that is not wanted", () => {
        assert.match(joins(pod(), [voter(0)], "STS_REPLICAS=1").said, /not joining/);
        assert.equal(joins(pod(), [voter(0)], "STS_REPLICAS=1").out, "waits");
        assert.equal(joins(pod(), [voter(0)], "STS_LIVE=no").out, "waits");
        assert.equal(joins(pod().has("state/leaving"), [voter(0)]).out, "waits");
    });

    it("waits for a recovery that was asked for, and for a voter that answers", () => {
        const asked = joins(pod().marker("formed id", "recover-from 0 first"), [voter(0)]);
        assert.equal(asked.out, "waits");
        assert.match(asked.said, /until the recovery from ordinal 0 is done/);
        const silent = joins(pod(), [voter(0)], "SILENT=yes");
        assert.equal(silent.out, "waits");
        assert.match(silent.said, /no voter with a quorum answers \(silence\)/);
    });

    it("replaces an entry whose data is lost, under whatever URL", () => {
        assert.equal(joins(pod(), three).out, `replace_entry ${voter(1)}; waits`);
        const moved = voter(1).replaceAll("cluster.local", "elsewhere");
        assert.equal(joins(pod(), [voter(0), moved]).out, `replace_entry ${moved}; waits`);
    });

    it("starts under the entry that this disk itself added, and no other", () => {
        assert.equal(
            joins(pod().has("data/unlaunched", "b1"), [voter(0), fresh(1, "b1")]).out,
            "plan_join b1; may start",
        );
        const other = joins(pod().has("data/unlaunched", "b2"), [voter(0), fresh(1, "b1")]);
        assert.equal(other.out, `replace_entry ${fresh(1, "b1")}; waits`);
    });

    it("starts late under the entry of formation only while that never served and the disk was empty", () => {
        const counted = voter(1).replace(/http\S*:2379/, "");
        const empty = () => pod().marker("version 7", "formed id", "member-1 empty nonce");
        const late = joins(empty(), [voter(0), counted]);
        assert.equal(late.out, "marker_set member-1 started nonce 7; plan_late_start ; may start");
        assert.match(joins(empty(), [voter(0), voter(1)]).out, /replace_entry/, "it has served");
        assert.match(joins(empty(), [voter(0), counted.replace("a1", "b1")]).out, /replace_entry/, "not of formation");
        const started = pod().marker("version 7", "formed id", "member-1 started nonce");
        assert.match(joins(started, [voter(0), counted]).out, /replace_entry/, "it was started");
        const lost = joins(empty(), [voter(0), counted], "marker_set() { return 1; }");
        assert.equal(lost.out, "waits", "somebody else wrote meanwhile");
    });

    it("asks all ordinals that may hold a voter", () => {
        const size = (code: string, ...marker: string[]) =>
            pod()
                .marker(...marker)
                .run(`${code}\nread_marker\nknown_size`).out;
        assert.deepEqual(size("STS_REPLICAS=3 STS_PODS=3"), ["3"]);
        assert.deepEqual(size("STS_REPLICAS=3 STS_PODS=5"), ["5"]);
        assert.deepEqual(size("STS_REPLICAS=1 STS_PODS=1", "initialClusterSize 3"), ["3"]);
        assert.deepEqual(size("STS_REPLICAS=5 STS_PODS=1", "initialClusterSize 3"), ["5"]);
        assert.deepEqual(size("STS_REPLICAS=2 STS_PODS=1", "initialClusterSize many"), ["2"]);
        assert.equal(pod().marker().run("read_marker\nknown_size").said, "");
    });
});

describe("a learner", () => {
    const JOIN = LIBRARIES;
    const pod = () => new Shell(JOIN, 1).marker("formed id", "initialClusterSize 3");

    it("is added, and starts only under an entry that the list shows as new", () => {
        const adds = (answers: string, list: string[]) =>
            pod().run(
                `ctl() { echo "ctl $3" >&2; ${answers}; }
                read_list() { ${list.length > 0 ? `LIST='${list.join("\n")}'` : "return 1"}; }
                plan_join() { echo "plan_join $*"; }
                if add_learner; then echo may start; else echo waits; fi`,
            ).out;
        assert.deepEqual(adds(":", [voter(0), fresh(1, "b1")]), ["plan_join b1", "may start"]);
        assert.deepEqual(adds("return 1", [voter(0), fresh(1, "b1")]), ["waits"]);
        assert.deepEqual(adds(":", []), ["waits"]);
        const old = pod().run(
            `ctl() { :; }\nread_list() { return 1; }\nplan_join() { :; }\nadd_learner || echo waits`,
            [voter(0), fresh(1, "b1")],
        );
        assert.deepEqual(old.out, ["waits"], "the list is as old as the question");
        assert.deepEqual(adds(":", [voter(0)]), ["waits"]);
        assert.deepEqual(adds(":", [voter(0), voter(1, "b1")]), ["waits"]);
    });

    it("is promoted once it is wanted, caught up and started, by whoever can", () => {
        const promotes = (code: string, list = [voter(0), learner(1), voter(2)]) => {
            const { out } = pod().run(
                `fetch() { :; }
                ask_others() { :; }
                ctl() { echo "asked $1" >&3; case $1 in *set-2.*) ;; *) CTL_ERROR='not leader'; return 1 ;; esac; }
                ${code}
                promote 3>&1 || echo later`,
                list,
            );
            return out.map((line) => line.replace(/asked .*(set-\d).*/, "$1")).join();
        };
        assert.equal(promotes(""), "set-0,set-2");
        assert.equal(promotes('ctl() { echo "asked $1" >&3; }'), "set-0", "once");
        assert.equal(promotes("read_statefulset() { return 1; }"), "later");
        assert.equal(promotes("STS_REPLICAS=1"), "later");
        assert.equal(promotes("fetch() { return 1; }"), "later");
        assert.equal(promotes("read_marker() { return 1; }"), "later");
        assert.equal(promotes("ask_others() { return 1; }"), "later");
        assert.equal(promotes("", [voter(0), fresh(1), voter(2)]), "later");
        assert.equal(promotes('ctl() { echo "asked $1" >&3; return 1; }'), "set-0,set-2");
    });

    const slot = (list: string[], code: string, moments: number[], shell = pod(), mine = "none") =>
        moments.map((moment) => {
            const { out } = shell.run(
                `now() { echo ${moment}; }
                fetch() { return 1; }
                remove_member() { echo "remove $2"; }
                ${code}
                if slot_is_free ${mine}; then echo free; else echo waits; fi`,
                list,
            );
            return out.join(" ");
        });

    it("has the one place, until its pod has not answered at all for a minute", () => {
        const joining = [voter(0), fresh(2)];
        assert.deepEqual(slot([voter(0), voter(2)], "", [1000]), ["free"]);
        assert.deepEqual(slot(joining, "", [1000, 1059, 1060]), ["waits", "waits", "remove a2 waits"]);
        const silent = pod();
        slot(joining, "", [1000], silent);
        assert.deepEqual(slot(joining, "fetch() { echo $1 >&2; }", [1061], silent), ["waits"]);
        assert.deepEqual(slot(joining, "", [1062, 1121, 1122], silent), ["waits", "waits", "remove a2 waits"], "anew");
        const another = pod();
        slot(joining, "", [1000], another);
        assert.deepEqual(slot([voter(0), fresh(2, "b2")], "", [1061], another), ["waits"], "another one");
        const answers = "fetch() { case $1 in http://set-2.*:2381/metrics) ;; *) return 1 ;; esac; }";
        assert.deepEqual(slot(joining, answers, [1000, 1061]), ["waits", "waits"]);
        const foreign = [voter(0), fresh(2).replaceAll("set-2", "other")];
        assert.deepEqual(slot(foreign, "", [1000, 1061]), ["waits", "waits"], "it cannot be asked");
        assert.deepEqual(slot([voter(0), fresh(1, "b1")], "", [1000], pod(), "b1"), ["free"], "its own");
        const gone = pod();
        slot(joining, "", [1000], gone);
        slot([voter(0)], "", [1010], gone);
        assert.equal(gone.file("state/silent-learner"), undefined);
    });

    it("is not added, nor is an entry replaced, before the place is free", () => {
        const code = `slot_is_free() { echo "looks $1"; return 1; }
            ctl() { echo ctl; }
            remove_member() { echo removes; }`;
        assert.deepEqual(pod().run(`${code}\nadd_learner || echo waits`, [voter(0)]).out, ["looks none", "waits"]);
        assert.deepEqual(pod().run(`${code}\nreplace_entry '${voter(1)}'`, [voter(0)]).out, ["looks a1"]);
    });

    it("whose data is lost goes only if a quorum stays, and its pod says so", () => {
        const replaces = (result: number) =>
            pod().run(
                `remove_member() { CTL_ERROR='no quorum'; echo "$*"; return ${result}; }\nreplace_entry '${voter(1)}'`,
            );
        assert.deepEqual(replaces(0).out, ["voter a1"]);
        assert.match(replaces(0).said, /replacing the member/);
        assert.doesNotMatch(replaces(0).said, /WAITING/);
        assert.match(replaces(1).said, /WAITING to replace member a1.*no quorum/);
    });
});
