/** What Kubernetes takes as the schedule of a CronJob, checked here so that a preview says so. */

/** Of each field: least, most, and the words that stand for numbers from the least on. */
const FIELDS: [number, number, string[]][] = [
    [0, 59, []],
    [0, 23, []],
    [1, 31, []],
    [1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ")],
    [0, 6, "SUN MON TUE WED THU FRI SAT".split(" ")],
];

const WORDS = /^@(hourly|daily|midnight|weekly|monthly)$/;

export function isCronSchedule(value: unknown): boolean {
    if (typeof value !== "string" || value.length > 200) {
        return false;
    }
    const fields = value.split(" ");
    return WORDS.test(value) || (fields.length === 5 && fields.every((field, index) => isField(field, FIELDS[index]!)));
}

const isField = (field: string, range: (typeof FIELDS)[number]) =>
    field.split(",").every((part) => isPart(part, range));

/** "*", "5", "1-5", and any of the first and the last with a step, "*" + "/10". */
function isPart(part: string, [least, most, words]: (typeof FIELDS)[number]): boolean {
    const [, span = "", step] = /^([^/]+)(?:\/([1-9]\d?))?$/.exec(part) ?? [];
    if (span === "*") {
        return true;
    }
    const ends = span.split("-").map((end) => numberOf(end, least, words));
    const [low = NaN, high = low] = ends;
    return ends.length <= 2 && low >= least && high <= most && low <= high && (step === undefined || ends.length === 2);
}

function numberOf(text: string, least: number, words: string[]): number {
    const index = words.indexOf(text.toUpperCase());
    return index >= 0 ? index + least : /^\d{1,2}$/.test(text) ? Number(text) : NaN;
}
