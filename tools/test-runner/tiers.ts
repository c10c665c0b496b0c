/** The tiers of `npm test`: what each needs, and the command line that runs it. */
import * as fs from "fs";
import * as path from "path";

import { localClusterUnavailable, startLocalCluster, stopLocalCluster } from "../local-cluster";
import { sandboxCommand, sandboxUnavailable } from "../../tests/support/scripts-sandbox";
import { cacheFolder, CHECKOUT } from "../support/paths";
import { say } from "../support/progress";
import { resolveTools } from "../toolchain";
import { clusterTools } from "../toolchain/cluster";
import { systemTools } from "../toolchain/packages";
import { pulumiEnvironment } from "../toolchain/pulumi";

/** A tier that is ready to run. */
export interface Prepared {
    argv: string[];
    env: NodeJS.ProcessEnv;
    /** Undoes what preparing did, whatever the tests did. */
    cleanUp?: () => Promise<void>;
}

export interface Tier {
    name: string;
    /** Why this machine cannot run it, or undefined. */
    unavailable(): string | undefined;
    prepare(grep: string | undefined): Promise<Prepared>;
}

const bin = (name: string) => path.join(CHECKOUT, "node_modules/.bin", name);

/** mocha over all tests of some folders; a test that hangs fails after that many seconds. */
function mocha(folders: string[], seconds: number, grep: string | undefined): string[] {
    const options = [
        "--require",
        "tsx/cjs",
        "--reporter",
        path.join(__dirname, "reporter.cjs"),
        "--exit",
        "--forbid-only",
    ];
    const limits = ["--timeout", String(seconds * 1000), "--slow", String(seconds * 500)];
    const specs = folders.map((folder) => path.join(CHECKOUT, "tests", folder, "**/*.test.ts"));
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
    prepare: async (grep) => ({ argv: mocha(["unit", "component"], 30, grep), env: process.env }),
};

const scripts: Tier = {
    name: "scripts",
    unavailable: sandboxUnavailable,
    prepare: async (grep) => {
        const system = await systemTools(["busybox", "unshare", "shellcheck"]);
        const made = await resolveTools(["etcd", "etcdctl", "kubernetes", "judge"]);
        return {
            argv: sandboxCommand(mocha(["scripts", "harness"], 300, grep)),
            env: withTools({ ...system, ...made }),
        };
    },
};

const cluster: Tier = {
    name: "cluster",
    unavailable: localClusterUnavailable,
    prepare: async (grep) => {
        const tools = await clusterTools();
        const place = { home: cacheFolder("clusters", "test") };
        const progress = (line: string) => say(`  ${line}`);
        // Tests begin on a cluster without a history.
        await stopLocalCluster(place);
        const work = cacheFolder("test");
        fs.rmSync(work, { recursive: true, force: true });
        fs.mkdirSync(work, { recursive: true });
        const passphrase = path.join(work, "passphrase");
        fs.writeFileSync(passphrase, "test");
        const env = withTools(tools, await pulumiEnvironment(path.join(work, "state"), passphrase));
        const { kubeconfig, enter } = await startLocalCluster({ ...place, tools, progress });
        return {
            argv: [...enter, ...mocha(["plugins", "tools", "cluster"], 900, grep)],
            env: { ...env, TEST_KUBECONFIG: kubeconfig, KUBECONFIG: kubeconfig, TEST_WORK: work },
            cleanUp: async () => {
                await stopLocalCluster(place);
                fs.rmSync(work, { recursive: true, force: true });
            },
        };
    },
};

export const TIERS: Tier[] = [unit, scripts, cluster];
