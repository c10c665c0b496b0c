/**
 * The Pulumi CLI the ordinary way: its published archive. A machine that cannot reach the site finds that out in seconds and
 * remembers it for a while.
 */
import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";

import { must } from "../support/run";
import { cacheFolder } from "../support/paths";
import { step } from "../support/progress";

const PATIENCE_MS = 8_000;
const REMEMBER_MS = 6 * 3600_000;

/** Whether `site` was found unreachable a short while ago. */
export function isKnownUnreachable(site: string): boolean {
    const note = cacheFolder("unreachable", site);
    return fs.existsSync(note) && Date.now() - fs.statSync(note).mtimeMs < REMEMBER_MS;
}

/** Notes that `site` cannot be reached. */
export function rememberUnreachable(site: string): void {
    fs.mkdirSync(cacheFolder("unreachable"), { recursive: true });
    fs.writeFileSync(cacheFolder("unreachable", site), "");
}

/** Where Pulumi publishes its CLI, and the checksums of each release. */
export const PULUMI_SITES = {
    archive: (version: string, file: string) =>
        `https://get.pulumi.com/releases/sdk/${file.replace("@", `v${version}`)}`,
    checksums: (version: string) =>
        `https://github.com/pulumi/pulumi/releases/download/v${version}/pulumi-${version}-checksums.txt`,
};

/** Downloads the CLI with its language hosts into `folder`; false when the sites cannot be reached. Errors: a wrong checksum. */
export async function downloadPulumi(version: string, folder: string, sites = PULUMI_SITES): Promise<boolean> {
    const name = archiveName();
    const url = sites.archive(version, name);
    const site = new URL(url).hostname;
    if (isKnownUnreachable(site)) {
        return false;
    }
    return step(`downloading the Pulumi CLI ${version} from ${site}`, async (report) => {
        const fetched = await fetchBoth(url, sites.checksums(version), report).catch(() => undefined);
        if (!fetched) {
            rememberUnreachable(site);
            return false;
        }
        verify(fetched.archive, fetched.checksums, name.replace("@", `v${version}`));
        await unpack(fetched.archive, folder);
        return true;
    });
}

/** Name of the archive, with @ for the version. */
function archiveName(): string {
    return `pulumi-@-${process.platform}-${process.arch}.tar.gz`;
}

async function fetchBoth(archive: string, checksums: string, report: (text: string) => void) {
    const sums = await (await reach(checksums)).text();
    const response = await reach(archive);
    const total = Number(response.headers.get("content-length"));
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
        parts.push(part);
        size += part.length;
        report(`${size >> 20} of ${total >> 20} MiB`);
    }
    return { archive: Buffer.concat(parts), checksums: sums };
}

/** The response, once its head has arrived in time. */
async function reach(url: string): Promise<Response> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), PATIENCE_MS);
    try {
        const response = await fetch(url, { signal: abort.signal });
        if (!response.ok || !response.body) {
            throw new Error(`${url} answered ${response.status}`);
        }
        return response;
    } finally {
        clearTimeout(timer);
    }
}

function verify(archive: Buffer, checksums: string, name: string): void {
    const sum = crypto.createHash("sha256").update(archive).digest("hex");
    if (!checksums.split("\n").some((line) => line.trim() === `${sum}  ${name}`)) {
        throw new Error(`${name} does not have the checksum that its publisher names; nothing was installed.`);
    }
}

async function unpack(archive: Buffer, folder: string): Promise<void> {
    const work = `${folder}.downloading`;
    fs.rmSync(work, { recursive: true, force: true });
    fs.mkdirSync(work, { recursive: true });
    const file = path.join(work, "archive.tar.gz");
    fs.writeFileSync(file, archive);
    await must(["tar", "-xzf", file, "-C", work, "--strip-components=1"]);
    fs.rmSync(file);
    fs.renameSync(work, folder);
}
