/** What comes from the operating system: container runtime, network tools, a static busybox. Debian and Ubuntu are served. */
import * as fs from "fs";
import * as path from "path";

import { collect, must } from "../support/run";
import { step } from "../support/progress";

/** Places beside PATH where distributions put such programs. */
const EXTRA = ["/usr/sbin", "/sbin", "/usr/lib/cni", "/opt/cni/bin"];

/** Debian package of each program. */
const PACKAGES: Record<string, string> = {
    containerd: "containerd",
    ctr: "containerd",
    "containerd-shim-runc-v2": "containerd",
    runc: "runc",
    bridge: "containernetworking-plugins",
    busybox: "busybox-static",
    catatonit: "catatonit",
    nft: "nftables",
    iptables: "iptables",
    conntrack: "conntrack",
    ip: "iproute2",
    nsenter: "util-linux",
    unshare: "util-linux",
    shellcheck: "shellcheck",
};

/** The file of a program, or undefined. The CNI plugin `bridge` is not iproute2's program of that name. */
export function find(program: string, searched = process.env.PATH): string | undefined {
    const folders = program === "bridge" ? EXTRA.slice(2) : [...(searched ?? "").split(":"), ...EXTRA];
    return folders.map((folder) => path.join(folder, program)).find((file) => isExecutable(file));
}

function isExecutable(file: string): boolean {
    try {
        fs.accessSync(file, fs.constants.X_OK);
        return fs.statSync(file).isFile();
    } catch {
        return false;
    }
}

/** Paths of the programs; installs the packages of those that are missing. Errors: names what to install by hand. */
export async function systemTools(programs: string[]): Promise<Record<string, string>> {
    const missing = programs.filter((program) => !find(program));
    if (missing.length > 0) {
        await install([...new Set(missing.map((program) => PACKAGES[program]!))]);
    }
    return Object.fromEntries(programs.map((program) => [program, find(program)!]));
}

async function install(packages: string[]): Promise<void> {
    const names = packages.join(" ");
    if (!find("apt-get") || process.getuid?.() !== 0) {
        throw new Error(
            `these programs are missing; install them with your package manager (Debian's names): ${names}`,
        );
    }
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await step(`installing Debian packages: ${names}`, async () => {
        const options = ["-y", "-qq", "-o", "DPkg::Lock::Timeout=300", "--no-install-recommends"];
        const attempt = await collect(["apt-get", "install", ...options, ...packages], { env });
        if (attempt.status !== 0) {
            await must(["apt-get", "update", "-qq"], { env });
            await must(["apt-get", "install", ...options, ...packages], { env });
        }
    });
}
