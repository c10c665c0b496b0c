/** What the runner knows of a tier. */

/** A run of tests that is ready to begin. */
export interface Prepared {
    argv: string[];
    env: NodeJS.ProcessEnv;
    /** A program that counts as one test: it passes if it ends well. Others are mocha's with our reporter. */
    isOneTest?: boolean;
}

export interface Tier {
    name: string;
    /** Programs of the toolchain that it needs. */
    tools?: string[];
    /** Why this machine cannot run it, or undefined. */
    unavailable(): string | undefined;
    /** `byName`: whether this tier was asked for, and not just everything. Several runs go side by side. */
    prepare(grep: string | undefined, byName: boolean): Promise<Prepared | Prepared[]>;
    /** Undoes what preparing did, also when it broke off half way. */
    cleanUp?(): Promise<void>;
}

/** Tiers that run one after the other. */
export type Lane = Tier[];

/** Everything, in the order in which it is told. */
export interface Plan {
    /** Lanes side by side that tell in little time whether the rest is worth it. */
    gate: Lane[];
    /** Lanes side by side; not begun when the gate has failed. */
    rest: Lane[];
}
