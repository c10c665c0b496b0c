/** What a case of the matrix is. Cases are told apart by the number that the literature of this project gives them. */
import type { Settings } from "../support/cluster-stack";
import type { World } from "./world";

export interface Case {
    /** Stable, short: names the case in the report and for `--only`. */
    id: string;
    /** What happens, in a few words. */
    title: string;
    /** How it is done. */
    injected: string;
    /** Part of `npm test`. */
    core?: boolean;
    /** Of the cluster; the default is three members. Cases with equal settings share a cluster, one after the other. */
    settings?: Settings;
    /** Whether the case needs a cluster of its own, because it leaves another one behind or expects a fresh one. */
    alone?: boolean;
    /** The clients stop a second before: what a lost quorum acknowledged last cannot be told from what it did not. */
    quiet?: boolean;
    /** Folder of the program that makes the cluster; the default is this checkout. */
    program?: string;
    /** Why it cannot run on this machine, or undefined. */
    unavailable?: () => string | undefined;
    /**
     * Injects the fault, heals what was broken, and asserts what is particular to it. The rest is asserted for all. Gives what the report
     * is to say beside the figures, if anything.
     */
    run(world: World): Promise<string | void>;
}

/** A case that this machine or this version of the project cannot run; it stays in the report. */
export function notRun(id: string, title: string, reason: string): Case {
    return { id, title, injected: "—", unavailable: () => reason, run: async () => {} };
}
