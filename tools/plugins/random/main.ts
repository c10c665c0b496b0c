// A stand-in for the official random plugin: values are made once, kept in the state, and made anew (by replacement)
// when any input changes. Nothing outside the state is ever touched.
import { isDeepStrictEqual } from "node:util";
import type { Change, Checked, Difference, Failure, Provider, Request } from "../shared/provider";
import { serveProvider } from "../shared/serve-provider";
import { containsUnknown, type Properties, reveal, Unknown } from "../shared/values";
import { RANDOM_TYPES, type RandomType } from "./resources";

function typeOf(request: Request): RandomType {
    const found = RANDOM_TYPES[request.type];
    if (!found) {
        const supported = Object.keys(RANDOM_TYPES).join(", ");
        throw new Error(
            `the stand-in random plugin has no type ${request.type} (it has: ${supported}). Use the official plugin.`,
        );
    }
    return found;
}

function check(request: Request): Checked {
    const type = typeOf(request);
    const inputs = { ...type.defaults, ...request.news };
    const failures: Failure[] = Object.keys(inputs)
        .filter((name) => !type.inputs.includes(name))
        .map((property) => ({ property, reason: `the stand-in random plugin does not know this input` }));
    const problem = containsUnknown(inputs) ? undefined : type.problem(reveal(inputs) as Properties);
    return { inputs, failures: problem ? [...failures, { property: "", reason: problem }] : failures };
}

/** Each input that changed; any of them makes a new value. */
function diff(request: Request): Difference {
    const olds = reveal(request.oldInputs) as Properties;
    const news = reveal(request.news) as Properties;
    const changes: Record<string, Change> = {};
    for (const name of typeOf(request).inputs) {
        if (!isDeepStrictEqual(olds[name], news[name])) {
            const kind = !(name in olds) ? "add" : !(name in news) ? "delete" : "update";
            changes[name] = { kind, replace: true };
        }
    }
    return { changes };
}

async function create(request: Request): Promise<{ id: string; state: Properties }> {
    const type = typeOf(request);
    if (request.preview) {
        const unknown = Object.fromEntries(type.outputs.map((name) => [name, new Unknown()]));
        return { id: "", state: { ...request.news, ...unknown } };
    }
    const made = type.make(reveal(request.news) as Properties);
    return { id: made.id, state: { ...request.news, ...made.outputs } };
}

/** The state is all there is. With none (an import) there is nothing to read it from. */
async function read(request: Request): Promise<{ id: string; state: Properties; inputs: Properties }> {
    if (Object.keys(request.olds).length === 0) {
        throw new Error(`the stand-in random plugin cannot import ${request.name}: use the official plugin for that`);
    }
    return { id: request.id, state: request.olds, inputs: request.oldInputs };
}

const provider: Provider = {
    version: "4.21.2",
    checkConfig: (news) => ({ inputs: news }),
    diffConfig: () => ({ changes: {} }),
    configure: () => undefined,
    check,
    diff,
    create,
    read,
    update: () => Promise.reject(new Error("random values are replaced, never updated")),
    delete: () => Promise.resolve(),
};

serveProvider(() => provider);
