// pulumi.com/waitFor: what a program itself counts as ready, instead of what the plugin would wait for.
import type { PlainObject } from "../shared/values";
import { annotation } from "./annotations";
import { nested } from "./state";
import type { Judgement } from "./wait";

const NAME = "pulumi.com/waitFor";
const FORM = /^jsonpath=\{((?:\.[A-Za-z0-9_-]+)+)\}(?:=(.+))?$/;

/** Refuses what this plugin cannot wait for: at preview, before anything is made. */
export function checkWaitFor(inputs: PlainObject): void {
    const text = annotation(inputs, NAME);
    if (text !== undefined && !FORM.test(text)) {
        throw new Error(
            `the stand-in Kubernetes plugin does not support ${NAME}: ${text}; it knows jsonpath={.a.b} and jsonpath={.a.b}=value`,
        );
    }
}

/** The program's own condition, if it has one: a field that is there, or has that value. */
export function ownReadiness(inputs: PlainObject): ((live: PlainObject) => Promise<Judgement>) | undefined {
    const text = annotation(inputs, NAME);
    const [, path, value] = FORM.exec(text ?? "") ?? [];
    if (path === undefined) {
        return undefined;
    }
    return async (live) => {
        const found = nested(live, ...path.split(".").slice(1));
        const done = value === undefined ? found !== undefined : String(found) === value;
        return { done, progress: `Waiting for ${text}`, problems: () => [`${text} is not fulfilled`] };
    };
}
