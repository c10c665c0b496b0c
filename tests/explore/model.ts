/** What the generator believes of the cluster half way through a sequence. It chooses by that; a run may find it otherwise. */

export interface Model {
    size: number;
    replicas: number;
    /** As many ordinals have had a disk. */
    ever: number;
    frozen: number[];
    /** Their pods stay Pending. */
    pending: number[];
    spoilt: boolean;
    /** Some pods do not reach the API server. */
    cut: boolean;
    /** The name server is away, or wrong. */
    nameless: boolean;
    /** A request to recover stands in the config. */
    asked: boolean;
}

export const modelOf = (size: number): Model => ({
    size,
    replicas: size,
    ever: size,
    frozen: [],
    pending: [],
    spoilt: false,
    cut: false,
    nameless: false,
    asked: false,
});

/** Faults are undone; wishes stay. */
export function mended(model: Model): void {
    Object.assign(model, { frozen: [], pending: [], spoilt: false, cut: false, nameless: false });
}

export const ordinals = (count: number): number[] => [...Array(Math.max(0, count)).keys()];

/** Ordinals whose pods run as far as the model knows. */
export const upright = ({ replicas, frozen, pending }: Model): number[] =>
    ordinals(replicas).filter((ordinal) => !frozen.includes(ordinal) && !pending.includes(ordinal));

/** Whether so many pods run that a quorum may serve. */
export const mayServe = (model: Model): boolean => upright(model).length > model.replicas / 2;
