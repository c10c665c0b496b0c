// start.sh and a request for a snapshot: who restores it, when, and who waits for that.
import assert from "assert";

import { Shell } from "../support/scripts-functions";

const START = ["start"];
const WAL = "data/default.etcd/member/wal/0.wal";
const REQUEST = "recover-from 1 a f";

describe("data whose etcd cannot even start", () => {
    const isWayOut = (files: string[], marker = ["formed id", REQUEST], code = ":") => {
        const shell = new Shell(START, 1).marker(...marker);
        files.forEach((file) => shell.has(file));
        return shell.succeeds(`consider_recovery() { :; }; ${code}; snapshot_is_the_way_out`);
    };
    const ended = ["state/exited", WAL];

    it("gives way to the snapshot that was asked for", () => {
        assert.equal(isWayOut(ended), true);
    });

    it("stays when etcd has not ended by itself, or nobody asked for a snapshot, or it must not be restored yet", () => {
        assert.equal(isWayOut([WAL]), false);
        assert.equal(isWayOut(["state/exited"]), false, "without data there is no hurry");
        assert.equal(isWayOut([...ended, "data/restoring"]), false, "it is being restored already");
        assert.equal(isWayOut(ended, ["formed id", "recover-from 1 a"]), false, "its own data was asked for");
        assert.equal(isWayOut(ended, ["formed id", REQUEST, "recovered 1 a f"]), false);
        assert.equal(isWayOut(ended, ["formed id"]), false);
        assert.equal(isWayOut(ended, ["formed id", REQUEST], "read_marker; read_marker() { return 1; }"), false);
        assert.equal(isWayOut(ended, ["formed id", REQUEST], "consider_recovery() { return 1; }"), false);
    });
});

describe("start.sh decides on a restore", () => {
    const decides = (code: string, ...files: string[]) => {
        const shell = new Shell(START, 1).marker("formed id", REQUEST);
        files.forEach((file) => shell.has(file));
        const { out } = shell.run(
            `consider_recovery() { REQUEST='1 a f'; }
            carry_out_restore() {
                echo "restores $(read_file "$DATA_ROOT/restoring")"
                rm "$DATA_ROOT/restoring"
                has_wal() { :; }
            }
            removed_for_good() { return 1; }
            start_without_data() { echo starts; echo new >"$STATE_DIR/plan"; }
            plan() { echo "plan $1"; }
            ${code}
            decide`,
        );
        return out;
    };

    it("that takes the place of data with which etcd does not start", () => {
        assert.deepEqual(decides("", WAL, "state/exited"), ["restores 1 a f", "plan restart"]);
        assert.deepEqual(decides("", WAL), ["plan restart"], "etcd is tried first");
    });

    it("that was begun before", () => {
        assert.deepEqual(decides("", "data/restoring"), ["restores yes", "plan restart"]);
        assert.deepEqual(decides(""), ["starts"]);
    });

    it("that is decided on while it waits without data", () => {
        const begins = 'start_without_data() { echo begins; begin_recovery; }\nREQUEST="1 a f"';
        assert.deepEqual(decides(begins), ["begins", "restores 1 a f", "plan restart"]);
    });
});

describe("a pod without data", () => {
    const starts = (marker: string[], code: string, ...files: string[]) => {
        const shell = new Shell(START, 1).marker(...marker);
        files.forEach((file) => shell.has(file));
        const { out } = shell.run(
            `consider_recovery() { return 1; }
            begin_recovery() { echo begins; }
            await_recovery() { echo awaits; }
            report_empty() { :; }
            open_marker() { echo opens; }
            join() { echo joins; }
            form() { echo forms; }
            ${code}
            start_without_data || echo again`,
        );
        return out.join(" ");
    };

    it("restores the snapshot that was asked for, whether or not the cluster ever formed", () => {
        for (const marker of [
            [REQUEST, "initialClusterSize 3"],
            [REQUEST, "formed id"],
        ]) {
            assert.equal(starts(marker, "consider_recovery() { :; }"), "begins");
        }
    });

    it("neither joins nor forms while a snapshot is asked for, and says what it waits for", () => {
        for (const marker of [
            [REQUEST, "initialClusterSize 3"],
            [REQUEST, "formed id"],
        ]) {
            assert.equal(starts(marker, ""), "awaits again");
            assert.equal(starts(marker, "", "state/recovery-since"), "again", "that is said already");
        }
    });

    it("is not kept from starting by a request that is done, or needs no snapshot", () => {
        assert.equal(starts([REQUEST, "recovered 1 a f", "formed id"], ""), "joins");
        assert.equal(starts([REQUEST, "recovery-refused 1 a f", "initialClusterSize 3"], ""), "forms");
        assert.equal(starts(["recover-from 1 a", "formed id"], ""), "joins");
        assert.equal(starts(["formed id"], "consider_recovery() { echo considers; }"), "joins");
    });

    it("opens a marker that is new, before anything counts that is asked for", () => {
        assert.equal(starts([REQUEST], ""), "opens again");
    });

    it("reports that its disk is empty before a snapshot forms a cluster", () => {
        const unreported = "report_empty() { return 1; }\nconsider_recovery() { :; }";
        assert.equal(starts([REQUEST, "initialClusterSize 3"], unreported), "again");
        assert.equal(starts([REQUEST, "formed id"], unreported), "begins");
    });

    it("restores it only when every disk has reported that, and no volume is left of a larger cluster", () => {
        const proven = (code: string, ...lines: string[]) =>
            new Shell(START, 1)
                .marker("initialClusterSize 3", ...lines)
                .succeeds(`unreported_claims() { :; }\n${code}\nread_marker\nREQUEST='1 a f'\nis_proven_empty`);
        const empty = ["member-0 empty a", "member-1 empty b", "member-2 empty c"];
        assert.equal(proven("", ...empty), true);
        assert.equal(proven("", ...empty.slice(1)), false);
        assert.equal(proven("", ...empty.slice(1), "member-0 data x"), false);
        assert.equal(proven("", ...empty.slice(1), "member-0 started a"), false, "a cluster may have formed there");
        assert.equal(proven("unreported_claims() { echo one; }", ...empty), false);
        assert.equal(proven("", "formed id"), true, "a recovery is no formation");
        const own = `unreported_claims() { :; }\nread_marker\nREQUEST='1 a'\nis_proven_empty`;
        assert.equal(new Shell(START, 1).marker("initialClusterSize 3").succeeds(own), true, "its own data");
    });
});
