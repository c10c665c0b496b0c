/** Which points `npm test` takes: a rule, not luck. */

/** How many of each scenario. */
const SIZE = 3;

/** Points that follow an effect which others see: in the marker, in etcd. */
const SEEN = /right after (kubectl|etcdctl|wget)/;

/** Of the points right after something that others see, as many as we want, evenly spread over the run. */
export function sampleOf(points: string[]): string[] {
    const seen = points.filter((point) => SEEN.test(point));
    const from = seen.length > 0 ? seen : points;
    const size = Math.min(SIZE, from.length);
    return [...Array(size).keys()].map((i) => from[Math.floor((i * from.length) / size)]!);
}
