// The way in for `npm run …` on a fresh clone: installs the locked dependencies when they are missing or out of date, then hands
// over to the TypeScript that needs them. Plain JavaScript without any dependency, because there is none yet.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const stamp = join(modules, ".locked");

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Node.js 20.19 or later is needed; this is ${process.versions.node}.`);
    process.exit(1);
}

// Said before anything is installed: the local cluster, which `up` makes when no cluster is named, needs these two.
const named = process.env.KUBECONFIG || process.argv.some((argument) => argument.startsWith("--context"));
if (process.argv[2] === "up" && !named && (process.platform !== "linux" || process.getuid() !== 0)) {
    console.error("The local cluster needs Linux and root. To use a cluster of yours: npm run up -- --context NAME");
    process.exit(1);
}

installDependencies();
const child = spawn(process.execPath, ["--import", "tsx", join(root, "tools/cli/main.ts"), ...process.argv.slice(2)], {
    cwd: root,
    stdio: "inherit",
});
// It may reach us alone or all of us; the child takes several within two seconds for one.
for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => child.kill(signal));
}
child.on("close", (status) => process.exit(status ?? 130));

/** `npm ci`, when the lockfile is not the one that was installed last; the stamp is written only after it has ended well. */
function installDependencies() {
    const wanted = createHash("sha256")
        .update(readFileSync(join(root, "package-lock.json")))
        .digest("hex");
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) {
        return;
    }
    console.error("- installing the locked npm packages");
    const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
        cwd: root,
        stdio: ["ignore", 2, 2],
    });
    if (status !== 0) {
        process.exit(status ?? 1);
    }
    writeFileSync(stamp, wanted);
}
