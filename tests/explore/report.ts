/** docs/exploration.md: what was run, how often each action came, and what was found. */
import * as os from "os";

import { commit } from "../../tools/support/commit";
import { ETCD, KUBERNETES } from "../../tools/toolchain/pins";
import { ACTIONS } from "./actions";
import { FOUND } from "./found";
import type { Row } from "./records";

const HEAD = `# Exploration

Random sequences of faults and wishes against the shipped scripts, with real etcd and a real API server; kubelets and controllers are
played. Made by \`npm run test:explore -- --seed N --minutes M\`; \`npm test\` runs a few seeds. A seed makes a sequence of twelve
actions or more; clients write through every pod all the while. The scripts' clock is three times as quick as the machine's. In the
end everything is undone that somebody would undo, and then

* no acknowledged write is lost, unless the sequence itself asked for a lossy recovery or took the disks of a quorum, and then only
  what that may lose;
* no two clusters of this name acknowledge, neither under two IDs nor with two histories under one; but the life that a recovery has
  overtaken may for a minute after it reaches the API server;
* all pods are Ready in time, without a person; their lists are the same, of exactly the wanted members, all of them voters; and a
  write through each is seen through all. But where a person must act by design: a quorum's disks are gone or were put back to an
  earlier state, or a volume holds data of another cluster;
* nobody entered the member list with a disk that cannot be written, no wanted member that has its data was taken out, no data was set
  aside unless another member's list was without it, and no recovery was carried out that nobody had asked for.

\`npm run test:explore -- --seed N --count 1\` runs a sequence again; one that fails is made shorter first.
`;

function machine(): string {
    const cpus = os.cpus();
    return (
        `Run on ${new Date().toISOString().slice(0, 10)}: the scripts of ${commit()}, etcd ${ETCD}, the API server of ` +
        `Kubernetes ${KUBERNETES}; ${cpus.length} cores, Linux ${os.release()}.`
    );
}

export function render(rows: Row[]): string {
    const sum = (count: (row: Row) => number) => rows.reduce((total, row) => total + count(row), 0);
    const failed = rows.filter(({ violations }) => violations.length > 0);
    const uses = ACTIONS.map(({ name }) => {
        const count = (row: Row) => row.actions.filter((action) => action === name).length;
        return `| ${name} | ${sum(count)} | ${rows.filter((row) => count(row) > 0).length} |`;
    });
    const excuses = [...new Set(rows.flatMap(({ excused }) => excused ?? []))].sort();
    const excusedBy = (why: string) => rows.filter(({ excused }) => excused === why).length;
    return [
        HEAD,
        machine(),
        "",
        `${rows.length} sequences (seeds ${rangesOf(rows.map(({ seed }) => seed))}): ${rows.length - failed.length} passed, ${failed.length} failed; ` +
            `${sum(({ actions }) => actions.length)} actions, ${sum(({ acknowledged }) => acknowledged)} acknowledged writes, ` +
            `${sum(({ seconds }) => seconds).toFixed(0)} seconds.`,
        "",
        "| action | times | in sequences |",
        "|---|---|---|",
        ...uses,
        "",
        ...(excuses.length > 0 ? ["Sequences that ended where a person must act:", ""] : []),
        ...excuses.map((why) => `* ${why}: ${excusedBy(why)}`),
        ...(excuses.length > 0 ? [""] : []),
        ...failed.flatMap(failure),
        ...(FOUND.length > 0 ? ["## What it found", "", ...FOUND.flatMap(finding)] : []),
    ]
        .join("\n")
        .replace(/\n*$/, "\n");
}

function failure({ seed, violations, shortest }: Row): string[] {
    const what = violations.map(({ rule, what }) => `${rule}: ${what}`).join("; ");
    return [`Seed ${seed} failed: ${what}`, "", ...(shortest ? ["```", shortest, "```", ""] : [])];
}

function finding({ fault, rule, sequence, on, mended }: (typeof FOUND)[number]): string[] {
    return [
        `${fault}. Found on ${on}, by the rule "${rule}".${mended ? ` ${mended}.` : ""}`,
        "",
        "```",
        sequence,
        "```",
        "",
    ];
}

/** "1-20, 25". */
export function rangesOf(numbers: number[]): string {
    const ranges: [number, number][] = [];
    for (const number of [...numbers].sort((a, b) => a - b)) {
        const last = ranges.at(-1);
        if (last && number <= last[1] + 1) {
            last[1] = number;
        } else {
            ranges.push([number, number]);
        }
    }
    return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(", ");
}
