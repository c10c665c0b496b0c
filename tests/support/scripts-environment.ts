// What all script tests share: the API server, the name server, the watch for leaked passwords and the root file system
// of the pods. Importing this file starts them before the first test and ends them after the last.
import { execFileSync } from "child_process";
import * as fs from "fs";
import * as path from "path";

import { ApiServer } from "./scripts-api";
import { DnsServer } from "./scripts-dns";
import { scriptNames, SCRIPTS } from "./scripts-folder";
import { LeakWatch } from "./scripts-leaks";
import { sandboxRoot } from "./scripts-sandbox";

export interface Environment {
    root: string;
    image: string;
    api: ApiServer;
    dns: DnsServer;
    leaks: LeakWatch;
}

let current: Environment | undefined;

export function environment(): Environment {
    if (!current) {
        throw new Error("the environment of the script tests is not started yet");
    }
    return current;
}

before("API server and name server", async function () {
    this.timeout(150_000);
    const root = sandboxRoot();
    const api = new ApiServer(path.join(root, "api"));
    const dns = new DnsServer();
    current = { root, image: buildImage(root), api, dns, leaks: new LeakWatch() };
    await dns.start();
    await api.start();
});

afterEach("no password on any command line", async () => {
    const leaks = await environment().leaks.take();
    if (leaks.length > 0) {
        throw new Error(`the password was on a command line: ${leaks.join("\n")}`);
    }
});

after("API server and name server", async () => {
    current?.api.stop();
    current?.dns.stop();
    await current?.leaks.stop();
});

/** The root of every container: the toolbox, etcd, kubectl, the scripts, and nothing else. */
function buildImage(root: string): string {
    const image = path.join(root, "image");
    const folders = [
        "toolbox",
        "scripts/lib",
        "points",
        "work",
        "backup",
        "usr/local/bin",
        "var/run/etcd",
        "state",
        "secrets",
        "proc",
        "dev",
        "etc",
        "tmp",
    ];
    for (const folder of [...folders, "var/run/secrets/kubernetes.io/serviceaccount"]) {
        fs.mkdirSync(path.join(image, folder), { recursive: true });
    }
    fs.writeFileSync(path.join(image, "etc/resolv.conf"), "");
    for (const [tool, place] of [
        ["busybox", "toolbox/busybox"],
        ["kubectl", "toolbox/kubectl"],
        ["etcd", "usr/local/bin/etcd"],
        ["etcdctl", "usr/local/bin/etcdctl"],
        ["etcdutl", "usr/local/bin/etcdutl"],
        ["rclone", "usr/local/bin/rclone"],
    ] as const) {
        // Only the tests of backups need it.
        if (tool === "rclone" && !isThere(tool)) {
            continue;
        }
        fs.copyFileSync(which(tool), path.join(image, place));
        fs.chmodSync(path.join(image, place), 0o755);
    }
    for (const applet of execFileSync("busybox", ["--list"], { encoding: "utf8" }).trim().split("\n")) {
        const place = path.join(image, "toolbox", applet);
        if (!fs.existsSync(place)) {
            fs.symlinkSync("busybox", place);
        }
    }
    for (const script of scriptNames()) {
        fs.copyFileSync(path.join(SCRIPTS, script), path.join(image, "scripts", script));
    }
    return image;
}

const placeOf = (tool: string) =>
    (process.env.PATH ?? "")
        .split(":")
        .map((folder) => path.join(folder, tool))
        .find((file) => fs.existsSync(file));

const isThere = (tool: string) => placeOf(tool) !== undefined;

function which(tool: string): string {
    const found = placeOf(tool);
    if (!found) {
        throw new Error(`${tool} is not on PATH`);
    }
    return fs.realpathSync(found);
}
