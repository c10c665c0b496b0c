/** Whom a balancer lets in: for warnings of previews, and for the policy pack. Pure. */

/** Of a Service of type LoadBalancer. */
export interface Balancer {
    ranges: readonly string[];
    class: string | undefined;
    annotations: Record<string, string>;
}

/** What clouds call a balancer that is not of the internet; in names or in values. */
const isInternal = ([name, value]: [string, string]) =>
    /internal|private/i.test(`${name} ${value}`) && !/^(false|internet-facing)$/i.test(value);

/** Whether it is not for everybody: on most clouds one has a public address unless it is told otherwise. */
export const isNarrow = ({ ranges, class: name, annotations }: Balancer): boolean =>
    ranges.some((range) => !range.endsWith("/0")) || name !== undefined || Object.entries(annotations).some(isInternal);
