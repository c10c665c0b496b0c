/** docs/interruptions.md: one row a scenario, and each point that did not pass. */
import * as os from "os";

import { commit } from "../../tools/support/commit";
import { ETCD, KUBERNETES } from "../../tools/toolchain/pins";
import type { Row, Verdict } from "./records";
import type { Scenario } from "./scenarios";

const HEAD = `# Interruptions

What becomes of every step of the scripts when their container is killed in the middle of it. Made by
\`npm run test:interruptions\`; \`npm test\` runs a sample.

Each scenario runs once without a kill. The commands by which the scripts change anything (files on the volume and in memory,
the marker, etcd, signals, the start of etcd) note themselves meanwhile, and these are the points: each pair of two commands that
follow one another, and the moment right after each command whose effect reaches beyond the pod's memory. Then the
scenario runs once for each point: the first pod that comes there stands still, process 1 gets SIGKILL, and the container
is started again as the kubelet would, or not at all when its pod is being deleted. A point passes when in the end

* the member list is exactly the wanted ordinals, all of them started voters, and all pods are Ready;
* there is one cluster ID, that of before, and the marker names it; every member holds the same data;
* no acknowledged write of a client that wrote all the while is lost;
* a write without the password is refused by every member.

A point is "not reached" when no pod came there in three runs, because it depends on who is quicker; those runs ended well.
`;

function machine(): string {
    const cpus = os.cpus();
    return (
        `Run on ${new Date().toISOString().slice(0, 10)}: the scripts of ${commit()}, etcd ${ETCD}, the API server of ` +
        `Kubernetes ${KUBERNETES}; ${cpus.length} cores, Linux ${os.release()}.`
    );
}

/** The document. Points without a row have not run yet, as after a run that was stopped. */
export function render(scenarios: Scenario[], points: Record<string, string[]>, rows: Row[]): string {
    const count = (verdict: Verdict, of = rows) => of.filter((row) => row.verdict === verdict).length;
    const line = ({ id, title, besides }: Scenario) => {
        const own = rows.filter(({ scenario }) => scenario === id);
        const seconds = own.reduce((sum, row) => sum + row.seconds, 0).toFixed(0);
        const what = besides ? `${title} (points of \`${besides}\` left out)` : title;
        const known = points[id]?.length ?? 0;
        const counts = [known, count("pass", own), count("fail", own), count("not reached", own), known - own.length];
        return `| ${[id, what, ...counts, seconds].join(" | ")} |`;
    };
    const total = scenarios.reduce((sum, { id }) => sum + (points[id]?.length ?? 0), 0);
    const rest = rows.filter(({ verdict }) => verdict !== "pass");
    return [
        HEAD,
        machine(),
        "",
        `${total} points: ${count("pass")} passed, ${count("fail")} failed, ${count("not reached")} not reached, ` +
            `${total - rows.length} not run.`,
        "",
        "| scenario | what happens | points | passed | failed | not reached | not run | seconds |",
        "|---|---|---|---|---|---|---|---|",
        ...scenarios.map(line),
        "",
        ...(rest.length > 0 ? ["Not passed:", ""] : []),
        ...rest.map(
            ({ scenario, point, verdict, reason }) =>
                `* ${scenario}, ${point}: ${verdict}${reason ? `, ${reason}` : ""}`,
        ),
        "",
    ].join("\n");
}
