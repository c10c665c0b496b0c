// What a stand-in provider has to implement: one shape of request for all operations, and results that say
// everything the engine can be told (previews, old inputs, detailed differences, half-finished resources).
import type { Properties } from "./values";

export interface Failure {
    readonly property: string;
    readonly reason: string;
}

export interface Checked {
    readonly inputs: Properties;
    readonly failures?: readonly Failure[];
}

export type ChangeKind = "add" | "delete" | "update";

export interface Change {
    readonly kind: ChangeKind;
    readonly replace: boolean;
    readonly inputDiff?: boolean;
}

export interface Difference {
    /** Property path -> what happens to it. */
    readonly changes: Readonly<Record<string, Change>>;
    /** Property paths that replace the resource although they have not changed. */
    readonly replaceFor?: readonly string[];
    readonly deleteBeforeReplace?: boolean;
}

export interface Request {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly id: string;
    readonly preview: boolean;
    /** customTimeouts in seconds; 0: none given. */
    readonly timeout: number;
    readonly ignoreChanges: readonly string[];
    /** State before the operation: outputs of the last one. */
    readonly olds: Properties;
    readonly oldInputs: Properties;
    readonly news: Properties;
    /** Names must be made from this where it is given, so that a preview and its update agree. */
    readonly seed: Uint8Array;
}

export interface ReadResult {
    readonly id: string;
    readonly state: Properties;
    readonly inputs: Properties;
}

export interface Provider {
    readonly version: string;
    checkConfig(news: Properties): Checked;
    /** Provider settings whose change makes every resource be replaced. */
    diffConfig(olds: Properties, news: Properties): Difference;
    configure(config: Properties): Promise<void> | void;
    check(request: Request): Promise<Checked> | Checked;
    diff(request: Request): Promise<Difference> | Difference;
    create(request: Request): Promise<{ id: string; state: Properties }>;
    read(request: Request): Promise<ReadResult | undefined>;
    update(request: Request): Promise<Properties>;
    delete(request: Request): Promise<void>;
    cancel?(): void;
}

/** The resource exists but did not become what it should: the engine keeps its state and reports the reasons. */
export class InitializationError extends Error {
    constructor(
        message: string,
        readonly id: string,
        readonly state: Properties,
        readonly inputs: Properties,
        readonly reasons: readonly string[],
    ) {
        super(message);
    }
}

/** `urn:pulumi:stack::project::parents$type::name` */
export function partsOfUrn(urn: string): { type: string; name: string } {
    const [, , qualified = "", ...name] = urn.split("::");
    return { type: qualified.split("$").pop() ?? "", name: name.join("::") };
}
