/**
 * Which change of the list of CAs members can follow one by one. While it is rolled out some run the list before and some the one
 * after, and every pair of them must verify each other: what signs on either side must be trusted on both. So a CA signs only
 * when all members trust it, and is taken out only when it signs for none.
 */
import { FIRST_CA } from "../settings/tls";

/** Lists as the hook of immutable.ts sees them. A list that is not noted is the one of a cluster's first CA. */
export interface CaLists {
    /** What the last `pulumi up` was for. */
    before?: unknown;
    /** Whether that ended well, so that all members run it. */
    settled: boolean;
    wanted?: unknown;
}

/** One sentence when the wanted list must not be rolled out, else nothing. */
export function caRefusals({ before, settled, wanted }: CaLists): string[] {
    const [from, to] = [listOf(before), listOf(wanted)];
    if (shown(from) === shown(to)) {
        return [];
    }
    const change = `  tlsCaGenerations cannot be changed from ${shown(from)} to ${shown(to)}: `;
    const [signsNow, signsThen] = [from[0]!, to[0]!];
    if (!settled) {
        // Members may still run a list before that one, which is known only to trust what signs in this one, and to sign by one of it.
        return signsThen === signsNow && from.every((each) => to.includes(each))
            ? []
            : [
                  `${change}the last pulumi up did not end well, and members may still run the list before ${shown(from)}. Allowed: ${shown(from)} until a pulumi up ends well, or the same with others behind.`,
              ];
    }
    if (!from.includes(signsThen)) {
        return [
            `${change}CA ${signsThen} would sign, and the members do not trust it yet. Allowed: a list that begins with one of ${shown(from)} and has ${signsNow} in it, here ${shown([signsNow, signsThen])} first, with a pulumi up of its own.`,
        ];
    }
    return to.includes(signsNow)
        ? []
        : [
              `${change}CA ${signsNow} signs what the members have now, and would not be trusted any more. Allowed: a list that begins with one of ${shown(from)} and has ${signsNow} in it, here ${shown([signsThen, signsNow])} first, with a pulumi up of its own.`,
          ];
}

const listOf = (list: unknown) => (list ?? FIRST_CA) as number[];
const shown = (list: number[]) => JSON.stringify(list);
