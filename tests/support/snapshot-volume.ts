// A volume with a snapshot on it, for calling the functions of snapshot.sh one by one.
import { createHash } from "crypto";
import * as fs from "fs";
import * as path from "path";

import { Shell } from "./scripts-functions";

/** What a snapshot holds, and the whole file: the SHA-256 of that follows it. */
export const CONTENT = Buffer.alloc(2048, "etcd");
export const WHOLE = Buffer.concat([CONTENT, createHash("sha256").update(CONTENT).digest()]);

/** The KB that must be free beside a snapshot as long as WHOLE. */
export const NEEDED = 502;

/** Puts the file there, if any, and old data; `free`: KB that are not taken; `aside`: KB that were set aside earlier, if anything was. */
export function volume(file: Buffer | null = WHOLE, free = 1000, aside?: number): { shell: Shell; given: string } {
    const shell = new Shell(["start"], 1).has("data/default.etcd/db", "old");
    if (file) {
        place(shell, file);
    }
    if (aside !== undefined) {
        shell.has("data/set-aside/db", "older");
    }
    const du = aside === undefined ? "" : `du() { printf '${aside}\\tfolder\\n'; }`;
    const df = `df() { printf 'head\\n/dev/x 1 1 ${free} 1%% /\\n'; }`;
    return { shell, given: `ROOM_KB=${NEEDED - 2}\n${df}\n${du}\n${ETCDUTL}` };
}

export const place = (shell: Shell, file: Buffer) => fs.writeFileSync(path.join(shell.folder, "data/f"), file);

/** Notes what it is called for. */
const ETCDUTL = `
    etcdutl() {
        echo "etcdutl $2" >>"$STATE_DIR/calls"
        case $2 in
            status) echo 'abc, 17, 4, 20 kB' ;;
            restore) mkdir "$DATA_ROOT/restored.part"; echo new >"$DATA_ROOT/restored.part/db" ;;
        esac
    }`;
