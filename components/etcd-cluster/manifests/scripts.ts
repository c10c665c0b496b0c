/**
 * The shell scripts as they are shipped: byte for byte, never templated, in a ConfigMap that is immutable and named by its content.
 * So they belong to a revision of the pod template like its image does: other scripts are another ConfigMap, and a pod that is
 * made anew half way through a rollout mounts the one of its own revision. The one before goes when the rollout has ended well.
 */
import type * as k8s from "@pulumi/kubernetes";
import { createHash } from "crypto";
import * as fs from "fs";
import * as path from "path";

import { scriptsName } from "../names";
import type { EtcdOptions } from "../options";
import { metadata } from "./metadata";

const FOLDER = path.join(__dirname, "../scripts");

/** Content by path, sorted so that nothing depends on the order of a folder. */
export type Scripts = Record<string, string>;

function scriptsThat(belongs: (file: string) => boolean): Scripts {
    const files = fs.readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".sh"));
    const wanted = files.filter(belongs).sort();
    return Object.fromEntries(wanted.map((file) => [file, fs.readFileSync(path.join(FOLDER, file), "utf8")]));
}

const isOfBackups = (file: string) => /^(lib\/)?backup-/.test(file);

/** What members and the rollout run. The scripts of backups are not among them: no change of those shall restart a member. */
export const readScripts = () => scriptsThat((file) => !isOfBackups(file));

/** What the pods of backups run, and all that it may share with members. */
export const readBackupScripts = () => scriptsThat((file) => isOfBackups(file) || file.startsWith("lib/"));

/** Tells these scripts from any others. */
export const hashOf = (scripts: Scripts) =>
    createHash("sha256").update(JSON.stringify(scripts)).digest("hex").slice(0, 10);

/** A key of a ConfigMap has no slash. */
const keyOf = (file: string) => file.replaceAll("/", ".");

export function scriptsConfigMap(options: EtcdOptions, scripts: Scripts): k8s.core.v1.ConfigMapArgs {
    return {
        metadata: metadata(options, scriptsName(options.name, hashOf(scripts))),
        immutable: true,
        data: Object.fromEntries(Object.entries(scripts).map(([file, content]) => [keyOf(file), content])),
    };
}

export function scriptsVolume(options: EtcdOptions, scripts: Scripts): k8s.types.input.core.v1.Volume {
    return {
        name: "scripts",
        configMap: {
            name: scriptsName(options.name, hashOf(scripts)),
            defaultMode: 0o555,
            items: Object.keys(scripts).map((file) => ({ key: keyOf(file), path: file })),
        },
    };
}
