// The commands on a cluster of the user's, which is the one of these tests: used as it is named, and left with its volumes.
import assert from "assert";
import * as fs from "fs";
import * as path from "path";

import { KubeConfig } from "@kubernetes/client-node";

import { kubectl } from "../support/cluster-kubectl";
import { cache, makeCache, runWith } from "../support/commands";
import { healthy } from "../support/members-table";

const on =
    (changes: NodeJS.ProcessEnv) =>
    (...args: string[]) =>
        runWith(changes, ...args);

describe("the commands on a cluster of the user's", () => {
    before(makeCache);

    it("use the cluster that KUBECONFIG names, and keep its volumes", async () => {
        const KUBECONFIG = process.env.TEST_KUBECONFIG!;
        const own = on({ KUBECONFIG });
        const { stdout, stderr } = await own("up");
        assert.match(stderr, /using your cluster: context local, server https:\/\/172\.30\.0\.1:6443/);
        assert.equal(stdout.match(/ healthy$/gm)?.length, 3);
        await healthy(3, async () => (await own("status")).stdout);

        // Named by --context, while another is selected: also for a kubectl that is typed.
        const named = on({ KUBECONFIG: selectingAnother(KUBECONFIG) });
        const typed = await named("shell", "--context", "local", "kubectl get statefulset -A -o name");
        assert.match(typed.stdout, /^statefulset.apps\/infra-etcd-cluster$/m);

        const without = on({ KUBECONFIG, PATH: pathWithout("kubectl") });
        const { stdout: changes, stderr: said } = await without("up");
        assert.match(changes, /Resources:\n +29 unchanged/);
        assert.match(said, /the cluster is up; no member table, for kubectl is not on PATH; install it/);
        await assert.rejects(without("status"), /error: kubectl is not on PATH; install it/);
        await own("down");
        assert.match(await kubectl("get", "pvc"), /datadir-infra-etcd-cluster-0/);
        assert.equal(await kubectl("get", "statefulset", "-o", "name"), "");
        await kubectl("delete", "pvc", "--all");
    });
});

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
