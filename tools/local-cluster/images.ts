/**
 * The container images, made from the very programs that the toolchain found and named like the official ones. No registry is
 * asked. Each holds what its namesake holds as far as the product uses it; etcd's and kubectl's have no shell.
 */
import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";

import { pack, type Pack } from "tar-stream";

import { ETCD, KUBERNETES, OTHER_ETCDS, RCLONE } from "../toolchain/pins";
import { must } from "../support/run";
import type { Context } from "./daemons";

interface Image {
    name: string;
    /** Programs of the toolchain by their place in the image. */
    files: Record<string, string>;
    links?: Record<string, string>;
    command?: string[];
}

export const PAUSE = "pause";
export const BUSYBOX = "busybox";

/** etcd, of programs whose names end like that. Those of 3.4 have no etcdutl. */
function etcd(tag: string, end: string): Image {
    const programs = ["etcd", "etcdctl", ...(tag === OLDEST ? [] : ["etcdutl"])];
    return {
        name: `gcr.io/etcd-development/etcd:${tag}`,
        files: Object.fromEntries(programs.map((program) => [`usr/local/bin/${program}`, program + end])),
    };
}

/** Older than the project supports, so its tag must not say which version it is. */
const OLDEST = "release-3.4";

/** The tag of the image of another version than the toolchain's own. */
export function otherTag(version: string): string {
    return version.startsWith("3.4.") ? OLDEST : `v${version}`;
}

export const IMAGES: Record<string, Image> = {
    [PAUSE]: { name: "registry.k8s.io/pause:3.10", files: { pause: "catatonit" }, command: ["/pause", "-P"] },
    [BUSYBOX]: {
        name: "docker.io/library/busybox:1.37.0-musl",
        files: { "bin/busybox": "busybox" },
        links: Object.fromEntries(["sh", "mkdir", "rm", "sleep", "cat"].map((applet) => [`bin/${applet}`, "busybox"])),
    },
    etcd: etcd(`v${ETCD}`, ""),
    ...Object.fromEntries(
        Object.keys(OTHER_ETCDS).map((version) => [otherTag(version), etcd(otherTag(version), `-${version}`)]),
    ),
    rclone: { name: `docker.io/rclone/rclone:${RCLONE}`, files: { "usr/local/bin/rclone": "rclone" } },
    kubectl: { name: `registry.k8s.io/kubectl:v${KUBERNETES}`, files: { "bin/kubectl": "kubectl" } },
};

const ENVIRONMENT = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];

/** A node's container runtime, as far as importing goes. */
export interface Runtime {
    folder: string;
    socket: string;
}

/** Imports all images whose programs there are; what a node already has is left alone. */
export async function importImages({ home, tools, sandbox }: Context, runtimes: Runtime[]): Promise<void> {
    const doneOf = (runtime: Runtime) => path.join(runtime.folder, "containerd/images-imported");
    const empty = runtimes.filter((runtime) => !fs.existsSync(doneOf(runtime)));
    const there = Object.values(IMAGES).filter(({ files }) => Object.values(files).every((program) => tools[program]));
    for (const image of empty.length > 0 ? there : []) {
        const archive = path.join(home, "image.tar");
        await writeArchive(image, tools, archive);
        for (const { socket } of empty) {
            const ctr = [...sandbox.inside, tools.ctr!, "--address", socket, "--namespace", "k8s.io"];
            await must([...ctr, "images", "import", archive]);
        }
        fs.rmSync(archive);
    }
    empty.forEach((runtime) => fs.writeFileSync(doneOf(runtime), ""));
}

/** An archive as `docker save` makes it: one layer, its configuration, a manifest. */
async function writeArchive(image: Image, tools: Record<string, string>, file: string): Promise<void> {
    const layer = await toBuffer((tar) => addFiles(tar, image, tools));
    const config = JSON.stringify({
        architecture: process.arch === "x64" ? "amd64" : process.arch,
        os: "linux",
        config: { Env: ENVIRONMENT, ...(image.command && { Entrypoint: image.command }) },
        rootfs: { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] },
    });
    const name = `${sha256(config)}.json`;
    const manifest = JSON.stringify([{ Config: name, RepoTags: [image.name], Layers: ["layer.tar"] }]);
    const archive = await toBuffer((tar) => {
        tar.entry({ name: "layer.tar" }, layer);
        tar.entry({ name }, config);
        tar.entry({ name: "manifest.json" }, manifest);
    });
    fs.writeFileSync(file, archive);
}

function addFiles(tar: Pack, { files, links = {} }: Image, tools: Record<string, string>): void {
    const places = [...Object.keys(files), ...Object.keys(links), "tmp/x", "etc/x"];
    const folders = new Set(places.flatMap((place) => parents(place)));
    [...folders].sort().forEach((folder) => {
        tar.entry({ name: `${folder}/`, type: "directory", mode: folder === "tmp" ? 0o1777 : 0o755 });
    });
    for (const [place, tool] of Object.entries(files)) {
        tar.entry({ name: place, mode: 0o755 }, fs.readFileSync(tools[tool]!));
    }
    Object.entries(links).forEach(([name, linkname]) => tar.entry({ name, type: "symlink", linkname }));
}

/** "usr/local/bin/etcd": usr, usr/local, usr/local/bin. */
function parents(place: string): string[] {
    const parts = place.split("/").slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

async function toBuffer(fill: (tar: Pack) => void): Promise<Buffer> {
    const tar = pack();
    fill(tar);
    tar.finalize();
    const parts: Buffer[] = [];
    for await (const part of tar) {
        parts.push(part as Buffer);
    }
    return Buffer.concat(parts);
}

const sha256 = (data: Buffer | string) => crypto.createHash("sha256").update(data).digest("hex");
