// The API server stores quantities in one canonical form ("1024Mi" becomes "1Gi"). Inputs are brought into the same
// form before they are kept, or every refresh would see a difference that is none.
import { isProperties, type Properties, type Value } from "../shared/values";

const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const NANO = 10n ** 9n;

/** Keys under which every text is a quantity, and keys that hold one themselves. */
const QUANTITY_MAPS = new Set(["limits", "requests", "capacity", "overhead"]);
const QUANTITIES = new Set(["sizeLimit", "divisor"]);
/** User data may use the same words for something else. */
const USER_DATA = new Set(["data", "stringData", "binaryData", "labels", "annotations", "matchLabels", "selector"]);

/** The number in units of a nano, exact; undefined for what is no quantity in plain notation. */
function nanos(text: string): { value: bigint; binary: boolean } | undefined {
    const parts = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E)?$/.exec(text);
    const [, sign = "", whole = "", fraction = "", unit = ""] = parts ?? [];
    if (!parts || whole + fraction === "") {
        return undefined;
    }
    const binary = unit.endsWith("i");
    const scale = binary ? NANO * 1024n ** BigInt(BINARY.indexOf(unit)) : 10n ** BigInt(3 * DECIMAL.indexOf(unit));
    const digits = BigInt(whole + fraction) * scale;
    const divisor = 10n ** BigInt(fraction.length);
    // The server rounds up what is finer than a nano.
    const value = digits / divisor + (digits % divisor === 0n ? 0n : 1n);
    return { value: sign === "-" ? -value : value, binary };
}

export function canonicalQuantity(text: string): string {
    const parsed = nanos(text);
    if (!parsed) {
        return text;
    }
    const { value } = parsed;
    if (value === 0n) {
        return "0";
    }
    const small = value < 1024n * NANO && value > -1024n * NANO;
    if (parsed.binary && !small && value % NANO === 0n) {
        return withUnits(value / NANO, 1024n, BINARY);
    }
    return withUnits(value, 1000n, DECIMAL);
}

function withUnits(value: bigint, step: bigint, units: readonly string[]): string {
    let left = value;
    let unit = 0;
    while (left % step === 0n && unit < units.length - 1) {
        left /= step;
        unit++;
    }
    return `${left}${units[unit]}`;
}

/** The object with all its quantities in canonical form. */
export function canonicalQuantities(object: Properties): Properties {
    return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, canonicalAt(key, value)]));
}

function canonicalAt(key: string, value: Value): Value {
    if (USER_DATA.has(key)) {
        return value;
    }
    if (Array.isArray(value)) {
        return value.map((item) => (isProperties(item) ? canonicalQuantities(item) : item));
    }
    if (isProperties(value)) {
        return QUANTITY_MAPS.has(key) ? mapTexts(value) : canonicalQuantities(value);
    }
    return QUANTITIES.has(key) ? canonicalText(value) : value;
}

function mapTexts(map: Properties): Properties {
    return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, canonicalText(value)]));
}

function canonicalText(value: Value): Value {
    const isText = typeof value === "string" || typeof value === "number";
    return isText ? canonicalQuantity(String(value)) : value;
}
