/** docs/mutations.md: how many guards of each script are held by a test, and which are not, and why. */
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { commit } from "../support/commit";
import { CHECKOUT } from "../support/paths";
import { ETCD, KUBERNETES } from "../toolchain/pins";
import type { Explanation } from "./explained";
import type { Mutant } from "./mutants";
import type { Outcome } from "./try";

const HEAD = `# Mutations

Each guard of the scripts – a condition, an operand of \`&&\` or \`||\`, an arm of a \`case\` – was broken in turn: it said yes, it said
no, an arm was taken away or took everything. A mutant is *caught* when a test of the scripts tier fails with it. Made by
\`npm run test:mutations\`, which finds the guards itself; \`-- --list\` shows all mutants.
`;

interface Known {
    get(mutant: Mutant): Outcome | undefined;
}

/** Says of mutants that have no answer yet that they have none. */
export function writeReport(all: Mutant[], records: Known, explanations: Explanation[]): void {
    const explained = new Map(explanations.map(({ id, why }) => [id, why]));
    fs.writeFileSync(path.join(CHECKOUT, "docs/mutations.md"), render(all, records, explained));
}

/** The document. */
export function render(all: Mutant[], records: Known, explained: Map<string, string>): string {
    const files = [...new Set(all.map(({ guard }) => guard.file))];
    const rest = all.filter(({ id }) => !explained.has(id));
    const known = rest.filter((mutant) => records.get(mutant));
    const survivors = known.filter((mutant) => records.get(mutant)?.result !== "caught");
    const row = (name: string, mutants: Mutant[]) => {
        const among = (some: Mutant[]) => mutants.filter((mutant) => some.includes(mutant)).length;
        const guards = new Set(mutants.map(({ guard }) => guard.id)).size;
        const caught = among(known) - among(survivors);
        const [hinted, open] = [mutants.length - among(rest), among(rest) - among(known)];
        return `| ${[name, guards, mutants.length, caught, among(survivors), hinted, open].join(" | ")} |`;
    };
    const list = (mutants: Mutant[], text: (mutant: Mutant) => string) =>
        mutants.map((mutant) => `* \`${mutant.id}\` – \`${mutant.guard.source}\`${text(mutant)}`);
    return [
        HEAD,
        `Run on ${new Date().toISOString().slice(0, 10)}, ${commit()}: etcd ${ETCD}, Kubernetes API ${KUBERNETES}, Linux ${os.release()}.`,
        "",
        "| script | guards | mutants | caught | survived | explained | not tried |",
        "|---|---|---|---|---|---|---|",
        ...files.map((file) =>
            row(
                file,
                all.filter(({ guard }) => guard.file === file),
            ),
        ),
        row("all", all),
        "",
        ...section(
            "Survived",
            list(survivors, (mutant) => ` (${records.get(mutant)?.result})`),
        ),
        ...section(
            "Explained",
            list(
                all.filter(({ id }) => explained.has(id)),
                ({ id }) => `: ${explained.get(id)}`,
            ),
        ),
    ].join("\n");
}

const section = (title: string, lines: string[]) => (lines.length > 0 ? [`## ${title}`, "", ...lines, ""] : []);
