// Which change of version is refused before a member is restarted with it.
import assert from "assert";

import { versionRefusals, type Versions } from "../../components/etcd-cluster/changes/upgrade";

const from = (running: string, wanted: string): Versions => ({ running, attempted: running, wanted });
/** The last `pulumi up`, to that version, failed. */
const failed = (attempted: string, wanted: string): Versions => ({ attempted, wanted });

describe("a change of version", () => {
    it("is fine within a minor, and one minor up", () => {
        const fine = [
            from("3.5.32", "3.5.40"),
            from("3.6.16", "3.6.12"),
            from("3.5.32", "3.6.16"),
            from("3.6.16", "3.7.1"),
        ];
        for (const versions of [...fine, from("3.6.16", "3.6.16"), from("v3.6.16", "3.6.16")]) {
            assert.deepEqual(versionRefusals(versions), [], JSON.stringify(versions));
        }
    });

    it("is refused over a minor, with the way there", () => {
        for (const versions of [from("3.4.42", "3.6.16"), from("3.5.32", "3.7.1"), from("3.6.16", "4.6.16")]) {
            assert.match(
                versionRefusals(versions).join(),
                /^ {2}version cannot be changed from .* one minor at a time/,
            );
        }
    });

    it("is refused downwards once all members have used the newer minor", () => {
        for (const versions of [from("3.6.16", "3.5.32"), from("3.7.1", "3.5.32")]) {
            assert.match(versionRefusals(versions).join(), /^ {2}version cannot be changed from .* an older one/);
        }
        // Also when a later change of something else failed, or is half way.
        assert.equal(versionRefusals({ running: "3.6.16", attempted: "3.6.20", wanted: "3.5.32" }).length, 1);
    });

    it("can be taken back or finished after a failure, and not be added to", () => {
        assert.deepEqual(versionRefusals(failed("3.6.16", "3.5.32")), []);
        assert.deepEqual(versionRefusals(failed("3.6.16", "3.6.17")), []);
        assert.match(versionRefusals(failed("3.6.16", "3.7.1")).join(), /did not end well/);
        assert.match(versionRefusals(failed("3.6.16", "3.4.42")).join(), /did not end well/);
    });

    it("of a stack that did not note its version is left to etcd", () => {
        assert.deepEqual(versionRefusals({ wanted: "3.6.16" }), []);
        assert.deepEqual(versionRefusals({ running: "3.6.16" }), []);
    });
});
