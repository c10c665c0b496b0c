// The two commands as a user types them, with a cache of their own: a run killed in the middle, the next one, the lines of the
// README as printed, and nothing left at the end.
import assert from "assert";
import { execFile, execFileSync, spawn } from "child_process";
import * as fs from "fs";
import * as path from "path";
import { promisify } from "util";

import { KubeConfig } from "@kubernetes/client-node";

import { cacheFolder, CHECKOUT } from "../../tools/support/paths";
import { groupOf } from "../../tools/local-cluster/cgroups";
import { kubectl } from "../support/cluster-kubectl";
import { healthy } from "../support/members-table";
import { waitFor } from "../support/scripts-wait";

const run = promisify(execFile);
const cache = path.join(process.env.TEST_WORK ?? "/nowhere", "cache");
const env: NodeJS.ProcessEnv = { ...process.env, PULUMI_ETCD_CACHE: cache, SHELL: "/bin/sh" };
// On a busy machine two seconds can be too few for etcdctl to connect in.
env.ETCDCTL_DIAL_TIMEOUT = "20s";
// What the test runner set, a user has not.
Object.keys(env)
    .filter((name) => name.startsWith("PULUMI_") && name !== "PULUMI_ETCD_CACHE")
    .concat("KUBECONFIG", "CI")
    .forEach((name) => delete env[name]);

const command = (...args: string[]) => ["tools/main.mjs", ...args];
const npm = async (...args: string[]) =>
    (await run("node", command(...args), { cwd: CHECKOUT, env, maxBuffer: 1 << 26 })).stdout;

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
    before(() => {
        fs.mkdirSync(cache, { recursive: true });
        for (const shared of ["tools", "unreachable", "pulumi-home"]) {
            const [from, to] = [cacheFolder(shared), path.join(cache, shared)];
            if (fs.existsSync(from)) {
                fs.symlinkSync(from, to);
            }
        }
    });

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

    it("use the cluster that KUBECONFIG names, and keep its volumes", async () => {
        const KUBECONFIG = process.env.TEST_KUBECONFIG!;
        const own = ownCluster({ KUBECONFIG });
        const { stdout, stderr } = await own("up");
        assert.match(stderr, /using your cluster: context local, server https:\/\/172\.30\.0\.1:6443/);
        assert.equal(stdout.match(/ healthy$/gm)?.length, 3);
        await healthy(3, async () => (await own("status")).stdout);

        // Named by --context, while another is selected: also for a kubectl that is typed.
        const named = ownCluster({ KUBECONFIG: selectingAnother(KUBECONFIG) });
        const typed = await named("shell", "--context", "local", "kubectl get statefulset -A -o name");
        assert.match(typed.stdout, /^statefulset.apps\/infra-etcd-cluster$/m);

        const without = ownCluster({ KUBECONFIG, PATH: pathWithout("kubectl") });
        const { stdout: changes, stderr: said } = await without("up");
        assert.match(changes, /Resources:\n +27 unchanged/);
        assert.match(said, /the cluster is up; no member table, for kubectl is not on PATH; install it/);
        await assert.rejects(without("status"), /error: kubectl is not on PATH; install it/);
        await own("down");
        assert.match(await kubectl("get", "pvc"), /datadir-infra-etcd-cluster-0/);
        assert.equal(await kubectl("get", "statefulset", "-o", "name"), "");
        await kubectl("delete", "pvc", "--all");
    });

    it("never touch a cluster that was not named", async () => {
        await assert.rejects(npm("up", "--context", "nobody"), /no (usable context|kubeconfig)/);
    });
});

/** The commands on a cluster of the user's. */
function ownCluster(changes: NodeJS.ProcessEnv) {
    return (...args: string[]) => run("node", command(...args), { cwd: CHECKOUT, env: { ...env, ...changes } });
}

/** A copy of the kubeconfig in which a cluster that does not exist is selected. */
function selectingAnother(kubeconfig: string): string {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    config.addCluster({ name: "another", server: "https://127.0.0.1:1", skipTLSVerify: true });
    config.addContext({ name: "another", cluster: "another", user: config.getUsers()[0]!.name });
    config.setCurrentContext("another");
    const file = path.join(cache, "another.yaml");
    fs.writeFileSync(file, config.exportConfig());
    return file;
}

/** A PATH with every program that there is but one. */
function pathWithout(program: string): string {
    const folder = fs.mkdtempSync(path.join(cache, "path-"));
    const folders = process.env.PATH!.split(":").filter((each) => fs.existsSync(each));
    for (const each of folders) {
        for (const name of fs.readdirSync(each).filter((other) => other !== program)) {
            const link = path.join(folder, name);
            if (!fs.existsSync(link)) {
                fs.symlinkSync(path.join(each, name), link);
            }
        }
    }
    return folder;
}

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
