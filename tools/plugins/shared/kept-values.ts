// A provider whose resources exist in the state alone: made once, kept there, and made anew (by replacement) when an
// input changes or their time is over. Nothing outside the state is ever touched.
import { isDeepStrictEqual } from "node:util";
import type { Change, Checked, Difference, Failure, Provider, ReadResult, Request } from "./provider";
import { containsUnknown, type Properties, reveal, Unknown } from "./values";

export interface KeptType {
    readonly inputs: readonly string[];
    readonly defaults: Properties;
    /** Outputs that exist only after creation. */
    readonly outputs: readonly string[];
    /** Inputs that can change while the value stays. */
    readonly changeable?: readonly string[];
    problem(inputs: Properties): string | undefined;
    make(inputs: Properties): Made | Promise<Made>;
    /** The output that says that the value's time is over, and what it says; undefined as long as it is not. */
    over?(state: Properties): Properties | undefined;
}

export interface Made {
    readonly id: string;
    readonly outputs: Properties;
}

const plain = (properties: Properties) => reveal(properties) as Properties;

/** `name`: what its error messages call it. */
export function keptValues(name: string, version: string, types: Readonly<Record<string, KeptType>>): Provider {
    function typeOf(request: Request): KeptType {
        const found = types[request.type];
        if (!found) {
            const supported = Object.keys(types).join(", ");
            throw new Error(
                `the stand-in ${name} plugin has no type ${request.type} (it has: ${supported}). Use the official plugin.`,
            );
        }
        return found;
    }

    function check(request: Request): Checked {
        const type = typeOf(request);
        const inputs = { ...type.defaults, ...request.news };
        const failures: Failure[] = Object.keys(inputs)
            .filter((input) => !type.inputs.includes(input))
            .map((property) => ({ property, reason: `the stand-in ${name} plugin does not know this input` }));
        const problem = containsUnknown(inputs) ? undefined : type.problem(plain(inputs));
        return { inputs, failures: problem ? [...failures, { property: "", reason: problem }] : failures };
    }

    /** Each input that changed; but for the changeable ones, any of them makes a new value. */
    function diff(request: Request): Difference {
        const type = typeOf(request);
        const [olds, news] = [plain(request.oldInputs), plain(request.news)];
        const changes: Record<string, Change> = {};
        for (const input of type.inputs) {
            if (!isDeepStrictEqual(olds[input], news[input])) {
                const kind = !(input in olds) ? "add" : !(input in news) ? "delete" : "update";
                changes[input] = { kind, replace: !type.changeable?.includes(input) };
            }
        }
        for (const output of Object.keys(type.over?.({ ...plain(request.olds), ...news }) ?? {})) {
            changes[output] = { kind: "update", replace: true, inputDiff: false };
        }
        return { changes };
    }

    async function create(request: Request): Promise<{ id: string; state: Properties }> {
        const type = typeOf(request);
        if (request.preview) {
            const unknown = Object.fromEntries(type.outputs.map((output) => [output, new Unknown()]));
            return { id: "", state: { ...request.news, ...unknown } };
        }
        const made = await type.make(plain(request.news));
        return { id: made.id, state: { ...request.news, ...made.outputs } };
    }

    /** The state is all there is. With none (an import) there is nothing to read it from. */
    async function read(request: Request): Promise<ReadResult> {
        if (Object.keys(request.olds).length === 0) {
            throw new Error(
                `the stand-in ${name} plugin cannot import ${request.name}: use the official plugin for that`,
            );
        }
        const over = typeOf(request).over?.(plain(request.olds));
        return { id: request.id, state: { ...request.olds, ...over }, inputs: request.oldInputs };
    }

    /** Only what is changeable: the value itself stays. */
    async function update(request: Request): Promise<Properties> {
        const kept = typeOf(request).outputs.filter((output) => output in request.olds);
        return { ...request.news, ...Object.fromEntries(kept.map((output) => [output, request.olds[output]!])) };
    }

    return {
        version,
        checkConfig: (news) => ({ inputs: news }),
        diffConfig: () => ({ changes: {} }),
        configure: () => undefined,
        check,
        diff,
        create,
        read,
        update,
        delete: () => Promise.resolve(),
    };
}
