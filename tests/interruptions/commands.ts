/** Which programs the scripts call, and whether the harness knows of each what it does: a command that nobody knows of has no points. */
import * as fs from "fs";
import * as path from "path";

import { scriptNames } from "../support/scripts-folder";

const isOfBackups = (name: string) => /^(lib\/)?backup-/.test(name);

/** Scripts that never run in a member's container. */
const ELSEWHERE = [
    "rollout.sh",
    "members.sh",
    "etcdctl.sh",
    "lib/rollout-look.sh",
    "lib/rollout-choice.sh",
    "lib/rollout-ends.sh",
    "watch.sh",
    "lib/causes.sh",
    "lib/facts.sh",
    "lib/names.sh",
    "lib/verdicts.sh",
    "lib/hopeless.sh",
    "lib/certificate.sh",
    "lib/events.sh",
];

/** They only read, or write what they print: into a variable, or a file that counts once `mv` has moved it. */
export const HARMLESS = new Set(
    "[ awk cat cut date df dirname du echo free grep head hexdump id ls pidof printf sed seq sha1sum sha256sum sleep sort stat tail test tr true wc".split(
        " ",
    ),
);

/** Each is a function in shim.sh, or reaches the scripts' effects through `timeout`, which is. */
export const POINTS = new Set("etcd etcdctl etcdutl find kill kubectl mkdir mv rm sync timeout wget".split(" "));

const POSITION = String.raw`(?:^|[;&|({!]|\b(?:then|do|else|if|while|until|timeout \d+)\s)\s*(?:\w+=\S*\s+)*`;

/** The code of every script that runs in a member's container, without comments, by name. */
export function codeOf(folder: string): Map<string, string> {
    const names = scriptNames(folder).filter((name) => !ELSEWHERE.includes(name) && !isOfBackups(name));
    const code = (name: string) => fs.readFileSync(path.join(folder, name), "utf8").replaceAll(/(^|\s)#.*$/gm, "");
    return new Map(names.map((name) => [name, code(name)]));
}

/** Every one of those programs that stands where a command stands, unless it is the name of a function there. */
export function programsCalled(code: Iterable<string>, programs: Iterable<string>): string[] {
    const text = [...code].join("\n");
    const called = (program: string) =>
        new RegExp(`${POSITION}${program.replaceAll(/\W/g, "\\$&")}(?=[\\s;)]|$)`, "m").test(text);
    return [...programs].filter((program) => called(program) && !text.includes(`\n${program}() {`));
}
