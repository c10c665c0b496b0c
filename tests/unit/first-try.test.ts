// The commands that remove a first try, typed where kubectl and pulumi are made up: what they take for proof, and what they do then.
import assert from "assert";
import { spawnSync } from "child_process";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { firstTry } from "../../components/etcd-cluster/changes/first-try";

let folder: string;
beforeEach(() => void (folder = fs.mkdtempSync(path.join(os.tmpdir(), "first-try-"))));
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const [, ...LINES] = firstTry("mine", "apps").split("\n");

/** What they did, but for asking; `later`: what the marker says when the pods are gone. */
function typed(
    marker: Record<string, string> | undefined,
    claims: string,
    later = marker,
): { did: string[]; said: string; ok: boolean } {
    const did = path.join(folder, "did");
    const program = (name: string, text: string) => {
        fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}`, { mode: 0o755 });
    };
    const said = (text: Record<string, string>) => (Object.keys(text).length > 0 ? JSON.stringify(text) : "");
    for (const [file, text] of Object.entries({ marker, later })) {
        fs.rmSync(path.join(folder, file), { force: true });
        if (text) {
            fs.writeFileSync(path.join(folder, file), said(text));
        }
    }
    fs.writeFileSync(path.join(folder, "claims"), claims);
    program("pulumi", `case $1 in config) echo here ;; *) echo "pulumi $*" >>"${did}" ;; esac`);
    program(
        "kubectl",
        `[ "$1 $2 $3 $4" = "--context here --namespace apps" ] || exit 1
        shift 4
        case $1,$2 in
            get,configmap) cat "${folder}/marker" ;;
            get,persistentvolumeclaims) cat "${folder}/claims" ;;
            wait,*) cp "${folder}/later" "${folder}/marker"; echo "$1" >>"${did}" ;;
            *) echo "$1 $2" >>"${did}" ;;
        esac`,
    );
    fs.writeFileSync(did, "");
    const env = { PATH: `${folder}:${process.env.PATH}` };
    const { status, stdout } = spawnSync("/bin/sh", ["-c", LINES.join("\n")], { env, encoding: "utf8" });
    return { did: fs.readFileSync(did, "utf8").trim().split("\n").filter(Boolean), said: stdout, ok: status === 0 };
}

const ALL = ["scale statefulset", "wait", "pulumi destroy", "delete persistentvolumeclaim"];
const claim = (ordinal: number, phase: string) => `datadir-mine-${ordinal},${phase}\n`;

describe("the commands that remove a first try", () => {
    it("take for proof that nothing formed, and that each volume was never bound or was reported as empty", () => {
        const reported = { "member-0": "empty 1a", "member-1": "started 2b", initialClusterSize: "3" };
        const bound = claim(0, "Bound") + claim(1, "Bound") + claim(2, "Pending");
        for (const [marker, claims] of [
            [{}, ""],
            [{}, claim(0, "Pending")],
            [reported, bound],
        ] as const) {
            const { did, ok } = typed(marker, claims);
            assert.deepEqual([did, ok], [ALL, true], JSON.stringify(marker));
        }
    });

    it("stop before anything, and say why, where there may be data", () => {
        for (const [marker, claims, reason] of [
            [{ formed: "1f" }, "", /There is or was data: \{"formed":"1f"\}/],
            [{ "member-0": "data 1f" }, claim(0, "Bound"), /There is or was data/],
            [{ "member-0": "empty 1a", "member-1": "foreign 1f" }, claim(0, "Bound"), /There is or was data/],
            [
                { "member-0": "empty 1a" },
                claim(0, "Bound") + claim(1, "Bound"),
                /There may be data on datadir-mine-1,Bound/,
            ],
            [{ "member-10": "empty 1a" }, claim(1, "Bound"), /There may be data/],
            [{}, claim(0, "Lost"), /There may be data/],
        ] as const) {
            const { did, said, ok } = typed(marker, claims);
            assert.deepEqual([did, ok], [[], false], JSON.stringify(marker));
            assert.match(said, reason);
        }
    });

    it("stop where there is no marker to be read, as on another cluster", () => {
        const { did, ok } = typed(undefined, "");
        assert.deepEqual([did, ok], [[], false]);
    });

    it("remove nothing of what formed while the pods were stopped", () => {
        const { did, ok } = typed({}, claim(0, "Pending"), { formed: "1f" });
        assert.deepEqual([did, ok], [ALL.slice(0, 2), false]);
    });
});
