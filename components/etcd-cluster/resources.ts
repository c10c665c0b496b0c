/** Requests and limits of a container, where only some of them are set. Pure. */
import type { EtcdResources } from "./args";
import { parseQuantity } from "./validation/quantity";

type List = Record<string, string>;

/**
 * What is set, with the rest from `defaults`. A default gives way to what is set: no request is above its limit, no limit below its
 * request. So one number alone can be set, and the container keeps both requests and limits, which quotas of a namespace may ask for.
 */
export function completed(defaults: EtcdResources, given: EtcdResources = {}): { requests: List; limits: List } {
    const requests = bounded(defaults.requests, given.limits, Math.min);
    const limits = bounded(defaults.limits, given.requests, Math.max);
    return { requests: { ...requests, ...given.requests }, limits: { ...limits, ...given.limits } };
}

/** Each default, or what is set on the other side of it, whichever `choose` prefers. */
function bounded(defaults: List = {}, others: List = {}, choose: (a: number, b: number) => number): List {
    const entries = Object.entries(defaults).map(([name, value]) => {
        const other = others[name];
        const chosen = other === undefined || choose(amount(value), amount(other)) === amount(value) ? value : other;
        return [name, chosen];
    });
    return Object.fromEntries(entries) as List;
}

const amount = (quantity: string) => parseQuantity(quantity)!;
