/** docs/reliability.md: one row a case. */
import * as os from "os";

import { commit } from "../../tools/support/commit";
import { ETCD, KUBERNETES, PULUMI } from "../../tools/toolchain/pins";

export interface Row {
    id: string;
    title: string;
    injected: string;
    core: boolean;
    verdict: "pass" | "fail" | "not run";
    seconds?: number;
    /** Longest time without an acknowledged write, milliseconds. */
    gap?: number;
    /** Operations that the judge looked at. */
    operations?: number;
    acknowledged?: number;
    failed?: number;
    maybe?: number;
    /** What the case itself has to say when it passed. */
    note?: string;
    /** Why it failed or was not run. */
    reason?: string;
}

const HEAD = `# Reliability

What was thrown at a running cluster, and what came of it. Made by \`npm run test:faults\`; the rows in **bold** also run in every
\`npm test\`. While each case runs, clients write unique values, read and compare-and-swap, through the client Service and pinned to
single members. A case passes when, once healed,

* [porcupine](https://github.com/anishathalye/porcupine) finds the history of all operations linearizable (a write without an
  answer counts as "maybe"), and every acknowledged write is there;
* all members hold the same data (\`hashkv\` at one revision), the member list is exactly the wanted ordinals, all of them started
  voters, and the cluster ID is what it was;
* all pods are Ready, and what the case itself asserts holds (mostly: every member kept its ID).

"Gap" is the longest time without any acknowledged write of any client, joins and restarts of the whole case included.
`;

function machine(): string {
    const cpus = os.cpus();
    return (
        `Run on ${new Date().toISOString().slice(0, 10)}, ${commit()}: etcd ${ETCD}, Kubernetes ${KUBERNETES} with three nodes on one machine, ` +
        `Pulumi ${PULUMI}; ${cpus.length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB, Linux ${os.release()}.`
    );
}

function line(row: Row): string {
    const bold = (text: string) => (row.core ? `**${text}**` : text);
    const remark = row.reason ?? row.note;
    const cells = [
        bold(row.id),
        bold(row.title),
        row.injected,
        row.gap === undefined ? "" : `${(row.gap / 1000).toFixed(1)} s`,
        row.operations === undefined ? "" : `${row.operations} (${row.failed} failed)`,
        row.verdict + (remark ? `: ${remark.replace(/\|/g, "\\|").slice(0, 200)}` : ""),
        row.seconds === undefined ? "" : row.seconds.toFixed(0),
    ];
    return `| ${cells.join(" | ")} |`;
}

/** The document. */
export function render(rows: Row[]): string {
    const count = (verdict: Row["verdict"]) => rows.filter((row) => row.verdict === verdict).length;
    const summary = `${count("pass")} passed, ${count("fail")} failed, ${count("not run")} not run.`;
    const table = [
        "| case | what happens | injected | gap | operations judged | verdict | seconds |",
        "|---|---|---|---|---|---|---|",
        ...rows.map(line),
    ];
    return [HEAD, machine(), "", summary, "", ...table, ""].join("\n");
}
