// Where the script tests run: fresh mount, network and process namespaces, so that they may own port 53 and all of
// 127.0.0.0/8, never meet anything else on the machine, and leave nothing behind however they end.
import { spawnSync } from "child_process";
import * as path from "path";

const INIT = path.join(__dirname, "scripts-sandbox.sh");

/** The folder inside the sandbox that holds everything the tests write; memory, gone with the sandbox. */
export function sandboxRoot(): string {
    const root = process.env.SCRIPTS_SANDBOX;
    if (!root) {
        throw new Error("the script tests need their sandbox: run `npm run test:scripts`");
    }
    return root;
}

/** Why this machine cannot run the script tests, or undefined when it can. */
export function sandboxUnavailable(): string | undefined {
    if (process.platform !== "linux") {
        return `the script tests need Linux namespaces; this is ${process.platform}`;
    }
    // Without the sandbox's own process 1: it needs busybox, which may not be installed yet.
    const attempt = spawnSync("unshare", [...namespaces(), "true"], { encoding: "utf8", timeout: 20_000 });
    if (attempt.status === 0) {
        return undefined;
    }
    const reason = attempt.error?.message ?? (attempt.stderr.trim() || `status ${attempt.status}`);
    return `namespaces for the script tests cannot be made (unshare): ${reason}`;
}

/**
 * The command line that runs `argv` inside a new sandbox. It ends with `argv`'s own status. Killing the process that
 * this starts, with any signal, ends everything in the sandbox.
 */
export function sandboxCommand(argv: string[]): string[] {
    return ["unshare", ...namespaces(), "/bin/sh", INIT, ...argv];
}

function namespaces(): string[] {
    const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
    return [...user, "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child"];
}
