/** The order of `npm test`: what comes first, and what runs beside what. */
import type { Plan } from "./tier";
import {
    cluster,
    explore,
    faults,
    functions,
    interruptions,
    lint,
    plugins,
    scripts,
    tools,
    typecheck,
    unit,
} from "./tiers";

export const PLAN: Plan = {
    gate: [
        [lint, typecheck],
        [functions, unit],
    ],
    // As long as each other, as far as that goes.
    rest: [[cluster], [faults, plugins, tools, interruptions, explore], [scripts]],
};
