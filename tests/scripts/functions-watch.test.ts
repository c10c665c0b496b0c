// The container beside the rollout: when it is needed no more, and that it ends a Job whose image cannot be pulled.
import assert from "assert";

import { Shell } from "../support/scripts-functions";

const UID = "u0";

/** With the variables of the pod template. */
const shell = (env: Record<string, string> = {}) =>
    new Shell(["watch"]).has("state/watch/x").with({ JOB_NAME: "job", JOB_UID: "uid", POD_UID: UID, ...env });

describe("the container beside the rollout", () => {
    const needless = (files: string[], env: Record<string, string> = {}) => {
        const made = shell(env);
        files.forEach((file) => made.has(`state/${file}`));
        return made.succeeds("is_needless");
    };

    it("is needed until the rollout runs, and has its certificate or has ended", () => {
        assert.equal(needless([]), false);
        assert.equal(needless(["pods"]), true);
        const env = { CERTIFICATES: "tls" };
        assert.equal(needless(["pods"], env), false);
        assert.equal(needless(["pods", "certified"], env), true);
        assert.equal(needless(["pods", "ended"], env), true);
        assert.equal(needless(["certified"], env), false, "its image may not be there");
    });

    /** One look at that second, with these events; what it does to the API server. */
    const looks = (made: Shell, second: number, ...events: string[]) => {
        const { out, said } = made.has("events", events.join("\n")).run(
            `now() { echo ${second}; }
            read_events() { cp "$ROLLOUT_DIR/../events" "$STATE_DIR/events"; }
            kube() { echo "kube $1 $2 $3"; echo "kube $*" >&2; }
            say() { echo "say $1 $2"; }
            VERDICT=$STATE_DIR/verdict
            look`,
        );
        return { out, said, status: made.file("state/watch/status"), verdict: made.file("state/watch/verdict") };
    };
    const failed = (text: string, uid = UID) => `5 Pod set-0 ${uid} Failed "Failed to pull image \\"e\\": ${text}"`;

    it("says why the image is not there, and ends the Job when it never will be", () => {
        const made = shell();
        const first = looks(made, 1000, failed("not found"));
        assert.deepEqual(first.out, []);
        assert.match(
            first.status!,
            /^waiting: the image of etcd cannot be pulled: Failed to pull image "e": not found$/,
        );
        assert.deepEqual(looks(made, 1012, failed("not found")).out, ["say Warning Waiting"]);
        const last = looks(made, 1090, failed("not found"));
        assert.deepEqual(last.out, ["say Warning Waiting", "say Warning Failed"]);
        assert.match(last.said, /^kube patch job job --type=merge -p \{"spec":\{"activeDeadlineSeconds":1\}\}$/m);
        assert.match(last.verdict!, /^gave up: the image of etcd cannot be pulled: .*run pulumi up again$/);
    });

    it("waits for a registry that is away, and for nothing that is said of another pod", () => {
        const made = shell();
        looks(made, 1000, failed("connection refused"));
        assert.doesNotMatch(looks(made, 1200, failed("connection refused")).said, /kube patch/);
        const other = shell();
        looks(other, 1000, failed("not found", "before"));
        assert.equal(looks(other, 1200, failed("not found", "before")).status, undefined);
    });

    it("knows of images that may not be pulled, and of names that are none", () => {
        for (const [reason, text] of [
            ["ErrImageNeverPull", 'Container image \\"e\\" is not present with pull policy of Never'],
            ["InspectFailed", "couldn't parse image name: invalid reference format"],
        ]) {
            const made = shell();
            const event = `5 Pod set-0 ${UID} ${reason} "${text}"`;
            looks(made, 1000, event);
            assert.match(looks(made, 1090, event).said, /^kube patch job/m, reason);
        }
    });
});
