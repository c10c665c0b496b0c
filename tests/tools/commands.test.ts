// The two commands as a user types them, with a cache of their own: a run killed in the middle, the next one, the lines of the
// README as printed, and nothing left at the end.
import assert from "assert";
import { execFileSync, spawn } from "child_process";
import * as fs from "fs";
import * as path from "path";

import { CHECKOUT } from "../../tools/support/paths";
import { groupOf } from "../../tools/local-cluster/cgroups";
import { cache, command, env, makeCache, npm } from "../support/commands";
import { healthy } from "../support/members-table";
import { waitFor } from "../support/scripts-wait";

/** The shell lines of the README's first code block that has this word. */
function readmeBlock(word: string): string {
    const blocks = fs.readFileSync(path.join(CHECKOUT, "README.md"), "utf8").matchAll(/```sh\n([^]*?)```/g);
    return [...blocks].map((block) => block[1]!).find((block) => block.includes(word))!;
}

/** Every file of the checkout with its content's hash. */
function checkout(): Record<string, string> {
    const options = { cwd: CHECKOUT, encoding: "utf8", maxBuffer: 1 << 26 } as const;
    const find = [".", "(", "-name", "node_modules", "-o", "-name", ".git", ")", "-prune", "-o", "-type", "f", "-exec"];
    const lines = execFileSync("find", [...find, "sha256sum", "{}", "+"], options)
        .trim()
        .split("\n");
    return Object.fromEntries(lines.map((line) => line.split("  ").reverse() as [string, string]));
}

describe("the commands", () => {
    before(makeCache);

    after(() => npm("down"));

    it("bring a cluster up after a run that was killed, and the README's lines work on it", async () => {
        const before = checkout();
        await killUpOnceIt("Waiting for Job");
        const shown = await npm("up");
        assert.equal(
            shown.match(/^infra-etcd-cluster-\d +[0-9a-f]+ +(leader|follower) +\S+ +\S+ +healthy$/gm)?.length,
            3,
        );
        const answer = await npm("shell", readmeBlock("ETCDCTL_USER"));
        assert.match(answer, /OK\ngreeting\nhello\n/);
        const put = 'etcdctl --endpoints "$(pulumi stack output endpoint)" put greeting hello';
        const trusting = `export ETCDCTL_CACERT="$(mktemp)"; pulumi stack output caCert >"$ETCDCTL_CACERT"; ${put}`;
        await assert.rejects(npm("shell", trusting), /user name is empty/);
        await assert.rejects(npm("shell", put), /certificate signed by unknown authority/);
        const other = "pulumi config set -s other replicas 9 && pulumi -s other config get replicas";
        const answered = await npm(
            "shell",
            `pulumi stack init other >/dev/null && ${other} && pulumi stack rm --yes other >&2`,
        );
        assert.equal(answered.trim(), "9");
        await npm("shell", "pulumi config set replicas 4 && pulumi up --yes");
        await healthy(4, () => npm("status"));
        assert.deepEqual(checkout(), before, "the checkout was changed");
    });

    it("take it down, all of it", async () => {
        await npm("down");
        const home = path.join(cache, "clusters/dev");
        const groups = ["/sys/fs/cgroup", "-type", "d", "-name", groupOf(home)];
        assert.equal(execFileSync("find", groups, { encoding: "utf8" }), "");
        assert.equal(fs.existsSync(home), false);
        assert.equal(fs.existsSync(path.join(cache, "stacks/local/state")), false);
        await assert.rejects(npm("status"), /the local cluster does not run; `npm run up` starts it/);
        await npm("down");
    });

    it("never touch a cluster that was not named", async () => {
        await assert.rejects(npm("up", "--context", "nobody"), /no (usable context|kubeconfig)/);
    });
});

/** Starts `up` and kills everything of it with SIGKILL at that point: command, engine and plugins. */
async function killUpOnceIt(says: string): Promise<void> {
    const child = spawn("node", command("up"), {
        cwd: CHECKOUT,
        env,
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    let said = "";
    child.stdout.on("data", (data: Buffer) => (said += data));
    child.stderr.on("data", (data: Buffer) => (said += data));
    await waitFor(`up to say "${says}"`, () => said.includes(says), { limit: 600, report: () => said });
    const engine = fs.readFileSync(path.join(cache, "stacks/local/engine"), "utf8").split(" ")[0];
    process.kill(-child.pid!, "SIGKILL");
    process.kill(-Number(engine), "SIGKILL");
    await ended;
}
