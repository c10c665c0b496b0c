/** The tiers of `npm test`: what each needs, and the command line that runs it. */
import * as fs from "fs";
import * as path from "path";

import { localClusterUnavailable, startLocalCluster, stopLocalCluster } from "../local-cluster";
import { sandboxCommand, sandboxUnavailable } from "../../tests/support/scripts-sandbox";
import { cacheFolder, CHECKOUT } from "../support/paths";
import { say } from "../support/progress";
import { resolveTools } from "../toolchain";
import { clusterTools } from "../toolchain/cluster";
import { certManagerDefinitions } from "../toolchain/definitions";
import { systemTools } from "../toolchain/packages";
import { pulumiEnvironment } from "../toolchain/pulumi";

/** A tier that is ready to run. */
export interface Prepared {
    argv: string[];
    env: NodeJS.ProcessEnv;
}

export interface Tier {
    name: string;
    /** Why this machine cannot run it, or undefined. */
    unavailable(): string | undefined;
    /** `byName`: whether this tier was asked for, and not just everything. Several runs go side by side. */
    prepare(grep: string | undefined, byName: boolean): Promise<Prepared | Prepared[]>;
    /** Undoes what preparing did, also when it broke off half way. */
    cleanUp?(): Promise<void>;
}

const bin = (name: string) => path.join(CHECKOUT, "node_modules/.bin", name);

/** All tests of some folders, as patterns for mocha. */
const testsOf = (folders: string[]) => folders.map((folder) => path.join(CHECKOUT, "tests", folder, "**/*.test.ts"));

/** mocha over some files; a test that hangs fails after that many seconds. */
function mocha(specs: string[], seconds: number, grep: string | undefined): string[] {
    const options = [
        "--require",
        "tsx/cjs",
        "--reporter",
        path.join(__dirname, "reporter.cjs"),
        "--exit",
        "--forbid-only",
    ];
    // Whatever takes more than ten seconds, half of --slow, is shown with its time: they add up to the time of a run.
    const limits = ["--timeout", String(seconds * 1000), "--slow", "20000"];
    const strict = process.env.CI === "true" ? ["--forbid-pending"] : [];
    return [bin("mocha"), ...options, ...limits, ...strict, ...(grep ? ["--grep", grep] : []), ...specs];
}

/** Folders of tools in front of PATH. */
function withTools(tools: Record<string, string>, env = process.env): NodeJS.ProcessEnv {
    const folders = [...new Set(Object.values(tools).map((file) => path.dirname(file)))];
    return { ...env, PATH: [...folders, env.PATH].join(":") };
}

const unit: Tier = {
    name: "unit",
    unavailable: () => undefined,
    prepare: async (grep) => ({ argv: mocha(testsOf(["unit", "component"]), 30, grep), env: process.env }),
};

/** What the script tests run with; also what runs them against broken scripts. */
export async function scriptsEnvironment(): Promise<NodeJS.ProcessEnv> {
    const system = await systemTools(["busybox", "unshare", "shellcheck"]);
    const made = await resolveTools(["etcd", "etcdctl", "etcdutl", "kubernetes", "judge"]);
    return withTools({ ...system, ...made });
}

const scripts: Tier = {
    name: "scripts",
    unavailable: sandboxUnavailable,
    prepare: async (grep) => {
        const env = await scriptsEnvironment();
        return halves(["scripts", "harness"]).map((specs) => ({
            argv: sandboxCommand(mocha(specs, 300, grep)),
            env,
        }));
    },
};

/** Whole clusters come and go in the other files; these call functions, and are over in seconds. */
const QUICK = /(functions-[a-z-]+|static|judge)\.test\.ts$/;

/** The test files of some folders in two lists of about the same work, as far as their sizes tell it: most of it is waiting. */
function halves(folders: string[]): string[][] {
    const files = testsOf(folders).flatMap((pattern) => {
        const folder = path.dirname(path.dirname(pattern));
        return fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => path.join(folder, file));
    });
    const work = (file: string) => (QUICK.test(file) ? 0 : fs.statSync(file).size);
    const lists: { files: string[]; work: number }[] = [
        { files: [], work: 0 },
        { files: [], work: 0 },
    ];
    // The largest first, each to whoever has less to do.
    for (const file of files.filter((each) => each.endsWith(".test.ts")).sort((a, b) => work(b) - work(a))) {
        const list = lists[0]!.work <= lists[1]!.work ? lists[0]! : lists[1]!;
        list.files.push(file);
        list.work += work(file);
    }
    return lists.map((list) => list.files.sort());
}

/** SIGKILL at every point of the scripts: a sample with everything else, all of it when asked for by name. */
const interruptions: Tier = {
    name: "interruptions",
    unavailable: sandboxUnavailable,
    prepare: async (grep, byName) => {
        const system = await systemTools(["busybox", "unshare"]);
        const made = await resolveTools(["etcd", "etcdctl", "etcdutl", "kubernetes"]);
        const records = cacheFolder("interruptions-records.json");
        fs.mkdirSync(path.dirname(records), { recursive: true });
        const all = { INTERRUPTIONS: "all", INTERRUPTIONS_GREP: grep ?? "", INTERRUPTIONS_RECORDS: records };
        return {
            // The tests are known once the scripts have run without a kill: mocha itself cannot choose among them.
            argv: sandboxCommand(mocha(testsOf(["interruptions"]), 300, undefined)),
            env: { ...withTools({ ...system, ...made }), ...(byName ? all : {}) },
        };
    },
};

/** What a tier keeps while it runs on a Kubernetes of its own. */
const placeOf = (name: string) => ({ home: cacheFolder("clusters", name) });

/** A Kubernetes of its own, with the engine and the plugins, for mocha's command line. */
async function onCluster(name: string, nodes: number, argv: string[], more: NodeJS.ProcessEnv = {}): Promise<Prepared> {
    const tools = { ...(await clusterTools()), ...(await resolveTools(["judge"])) };
    const progress = (line: string) => say(`  ${line}`);
    // Tests begin on a cluster without a history.
    await removeCluster(name);
    const work = cacheFolder(name);
    fs.mkdirSync(work, { recursive: true });
    const passphrase = path.join(work, "passphrase");
    fs.writeFileSync(passphrase, "test");
    const env = withTools(tools, await pulumiEnvironment(path.join(work, "state"), passphrase));
    const { home } = placeOf(name);
    const { kubeconfig, enter } = await startLocalCluster({ home, tools, nodes, progress });
    const test = { TEST_KUBECONFIG: kubeconfig, KUBECONFIG: kubeconfig, TEST_WORK: work, TEST_CLUSTER_HOME: home };
    return { argv: [...enter, ...argv], env: { ...env, ...test, ...more } };
}

async function removeCluster(name: string): Promise<void> {
    await stopLocalCluster(placeOf(name));
    fs.rmSync(cacheFolder(name), { recursive: true, force: true });
}

const cluster: Tier = {
    name: "cluster",
    unavailable: localClusterUnavailable,
    prepare: async (grep) =>
        onCluster("test", 1, mocha(testsOf(["plugins", "tools", "cluster"]), 900, grep), {
            // Fetched here: inside, there is no way out.
            TEST_CERT_MANAGER: await certManagerDefinitions(),
        }),
    cleanUp: () => removeCluster("test"),
};

/** `again`: also what an earlier run has an answer for. */
const wholeMatrix = (again: boolean) => ({
    FAULTS: "all",
    FAULTS_RECORDS: cacheFolder("faults-records.json"),
    FAULTS_AGAIN: again ? "yes" : "",
});

/** The fault matrix: its core with everything else, all of it when asked for by name. */
const faults: Tier = {
    name: "faults",
    unavailable: localClusterUnavailable,
    prepare: (grep, byName) =>
        onCluster("faults", 3, mocha(testsOf(["faults"]), 1200, grep), byName ? wholeMatrix(grep !== undefined) : {}),
    cleanUp: () => removeCluster("faults"),
};

export const TIERS: Tier[] = [unit, scripts, interruptions, cluster, faults];
