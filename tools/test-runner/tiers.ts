/** The tiers: what each needs, and the command line that runs it. */
import * as fs from "fs";
import * as path from "path";

import { localClusterUnavailable, startLocalCluster, stopLocalCluster } from "../local-cluster";
import { sandboxCommand, sandboxUnavailable } from "../../tests/support/scripts-sandbox";
import { cacheFolder } from "../support/paths";
import { say } from "../support/progress";
import { resolveTools } from "../toolchain";
import { clusterTools } from "../toolchain/cluster";
import { certManagerDefinitions } from "../toolchain/definitions";
import { systemTools } from "../toolchain/packages";
import { OTHER_ETCDS } from "../toolchain/pins";
import { pulumiEnvironment } from "../toolchain/pulumi";
import { otherEtcd } from "../toolchain/recipes";
import { functionTests, halves, mocha, scriptTests, testsOf } from "./mocha";
import type { Prepared, Tier } from "./tier";

/** Folders of tools in front of PATH. */
function withTools(tools: Record<string, string>, env = process.env): NodeJS.ProcessEnv {
    const folders = [...new Set(Object.values(tools).map((file) => path.dirname(file)))];
    return { ...env, PATH: [...folders, env.PATH].join(":") };
}

/** A command that is one test. */
const command = (name: string): Tier => ({
    name,
    unavailable: () => undefined,
    prepare: async () => ({ argv: ["npm", "run", "--silent", name], env: process.env, isOneTest: true }),
});

export const lint = command("lint");
export const typecheck = command("typecheck");

export const unit: Tier = {
    name: "unit",
    unavailable: () => undefined,
    prepare: async (grep) => ({ argv: mocha(testsOf("unit", "component"), 120, grep), env: process.env }),
};

/** Functions of the scripts, one by one, and what is told from their text alone. */
export const functions: Tier = {
    name: "functions",
    unavailable: sandboxUnavailable,
    prepare: async (grep) => ({
        argv: sandboxCommand(mocha(functionTests(), 120, grep)),
        env: withTools(await systemTools(["busybox", "unshare", "shellcheck"])),
    }),
};

const ETCD_AND_API = ["etcd", "etcdctl", "etcdutl", "kubernetes"];

/** What backups are sent with, and to. */
const STORE = ["rclone", "versitygw"];

/** What the script tests run with; also what runs them against broken scripts. */
export async function scriptsEnvironment(): Promise<NodeJS.ProcessEnv> {
    const system = await systemTools(["busybox", "unshare", "shellcheck"]);
    const made = await resolveTools([...ETCD_AND_API, ...STORE, "judge"]);
    return withTools({ ...system, ...made });
}

export const scripts: Tier = {
    name: "scripts",
    tools: [...ETCD_AND_API, ...STORE, "judge"],
    unavailable: sandboxUnavailable,
    prepare: async (grep) => {
        const env = await scriptsEnvironment();
        return halves([...scriptTests(), ...testsOf("harness")]).map((files) => ({
            argv: sandboxCommand(mocha(files, 300, grep)),
            env,
        }));
    },
};

/** SIGKILL at every point of the scripts: a sample with everything else, all of it when asked for by name. */
export const interruptions: Tier = {
    name: "interruptions",
    tools: ETCD_AND_API,
    unavailable: sandboxUnavailable,
    prepare: async (grep, byName) => {
        const system = await systemTools(["busybox", "unshare"]);
        const made = await resolveTools(ETCD_AND_API);
        const records = cacheFolder("interruptions-records.json");
        fs.mkdirSync(path.dirname(records), { recursive: true });
        const all = { INTERRUPTIONS: "all", INTERRUPTIONS_GREP: grep ?? "", INTERRUPTIONS_RECORDS: records };
        return {
            // The tests are known once the scripts have run without a kill: mocha itself cannot choose among them.
            argv: sandboxCommand(mocha(testsOf("interruptions"), 300, undefined)),
            env: { ...withTools({ ...system, ...made }), ...(byName ? all : {}) },
        };
    },
};

/** Random sequences against the scripts; without settings (tests/explore/settings.ts) a few fixed ones. */
export async function exploration(settings: NodeJS.ProcessEnv): Promise<Prepared> {
    const system = await systemTools(["busybox", "unshare"]);
    const made = await resolveTools(ETCD_AND_API);
    return {
        argv: sandboxCommand(mocha(testsOf("explore"), 0, undefined)),
        env: { ...withTools({ ...system, ...made }), ...settings },
    };
}

/** The sample of them. */
export const explore: Tier = {
    name: "explore",
    tools: ETCD_AND_API,
    unavailable: sandboxUnavailable,
    prepare: () => exploration({}),
};

/** What it needs of the toolchain, with what the tests on it need. */
const KUBERNETES = [...ETCD_AND_API, "judge", "pulumi", "coredns", "local-path-provisioner"];

/** What a tier keeps while it runs on a Kubernetes of its own. */
const placeOf = (name: string) => ({ home: cacheFolder("clusters", name) });

/** A Kubernetes of its own, with the engine and the plugins, for mocha's command line. `programs`: for further images. */
async function onCluster(
    name: string,
    nodes: number,
    argv: string[],
    more: NodeJS.ProcessEnv = {},
    programs: Record<string, string> = {},
): Promise<Prepared> {
    const tools = { ...(await clusterTools()), ...(await resolveTools(["judge"])), ...programs };
    const progress = (line: string) => say(`  ${name}: ${line}`);
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

/**
 * The local cluster itself, and the commands that make one. In namespaces of their own, so that what these tests find on the machine
 * before and after is theirs, whatever runs beside them.
 */
export const tools: Tier = {
    name: "tools",
    tools: KUBERNETES,
    unavailable: localClusterUnavailable,
    prepare: async (grep) => {
        await removeTools();
        const work = cacheFolder("tools-test");
        fs.mkdirSync(work, { recursive: true });
        const env = withTools(await clusterTools(), { ...process.env, TEST_WORK: work });
        return { argv: sandboxCommand(mocha(testsOf("tools"), 900, grep)), env };
    },
    cleanUp: removeTools,
};

/** The clusters that those tests make, should they not have come to their end. */
async function removeTools(): Promise<void> {
    const work = cacheFolder("tools-test");
    await stopLocalCluster({ home: path.join(work, "other-cluster") });
    await stopLocalCluster({ home: path.join(work, "cache/clusters/dev") });
    fs.rmSync(work, { recursive: true, force: true });
}

/** The tests of one folder on a Kubernetes of one node, kept under `place`, with what else of the toolchain they need. */
const onOneNode = (name: string, place: string, more: string[] = []): Tier => ({
    name,
    tools: [...KUBERNETES, ...more],
    unavailable: localClusterUnavailable,
    prepare: async (grep) => {
        // Fetched here: inside, there is no way out.
        const env = { TEST_CERT_MANAGER: await certManagerDefinitions() };
        return onCluster(place, 1, mocha(testsOf(name), 900, grep), env, await resolveTools(more));
    },
    cleanUp: () => removeCluster(place),
});

export const cluster = onOneNode("cluster", "test", ["kube-network-policies", "rclone"]);

/** The stand-in plugins, on a Kubernetes of their own: they take long, and nothing of the program. */
export const plugins = onOneNode("plugins", "plugins");

/** `again`: also what an earlier run has an answer for. */
const wholeMatrix = (again: boolean) => ({
    FAULTS: "all",
    FAULTS_RECORDS: cacheFolder("faults-records.json"),
    FAULTS_AGAIN: again ? "yes" : "",
});

/** etcd in the versions that the case of upgrades goes through, if it is to run and they can be had. */
async function otherEtcds(grep: string | undefined): Promise<Record<string, string>> {
    if (grep !== undefined && !new RegExp(grep).test(UPGRADES)) {
        return {};
    }
    try {
        return await resolveTools(Object.keys(OTHER_ETCDS).map(otherEtcd));
    } catch (error) {
        say(`- case 34 cannot run: ${(error as Error).message.split("\n")[0]}`);
        return {};
    }
}

/** How `--only` asks for the case that needs them. */
const UPGRADES = " 34: ";

/** The fault matrix: its core with everything else, all of it when asked for by name. */
export const faults: Tier = {
    name: "faults",
    tools: KUBERNETES,
    unavailable: localClusterUnavailable,
    prepare: async (grep, byName) => {
        const programs = byName ? await otherEtcds(grep) : {};
        const others = Object.keys(programs).length > 0 ? "yes" : "";
        const more = byName ? { ...wholeMatrix(grep !== undefined), TEST_OTHER_ETCDS: others } : {};
        return onCluster("faults", 3, mocha(testsOf("faults"), 1200, grep), more, programs);
    },
    cleanUp: () => removeCluster("faults"),
};
