// Random values from the operating system's generator. Every choice is unbiased (`randomInt` rejects, it does not
// take a remainder), and the required minimum of each class is met before the order is shuffled.
import { randomInt } from "node:crypto";

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

export interface TextOptions {
    readonly length: number;
    readonly lower: boolean;
    readonly upper: boolean;
    readonly numeric: boolean;
    readonly special: boolean;
    readonly minLower: number;
    readonly minUpper: number;
    readonly minNumeric: number;
    readonly minSpecial: number;
    readonly overrideSpecial?: string;
}

interface CharacterClass {
    readonly characters: string;
    readonly used: boolean;
    readonly minimum: number;
}

function classes(options: TextOptions): CharacterClass[] {
    const special = options.overrideSpecial || SPECIAL;
    return [
        { characters: LOWER, used: options.lower, minimum: options.minLower },
        { characters: UPPER, used: options.upper, minimum: options.minUpper },
        { characters: DIGITS, used: options.numeric, minimum: options.minNumeric },
        { characters: special, used: options.special, minimum: options.minSpecial },
    ];
}

/** Why no text can be made from these options; undefined: one can. */
export function problemWith(options: TextOptions): string | undefined {
    const all = classes(options);
    if (!Number.isInteger(options.length) || options.length < 1) {
        return "length must be at least 1";
    }
    if (!all.some((one) => one.used)) {
        return "at least one of lower, upper, numeric and special must be true";
    }
    const needed = all.reduce((sum, one) => sum + one.minimum, 0);
    return needed > options.length ? `length must be at least the sum of the minimums (${needed})` : undefined;
}

function pick(characters: string, count: number): string[] {
    const choices = [...characters];
    return Array.from({ length: count }, () => choices[randomInt(choices.length)] as string);
}

function shuffle(characters: string[]): string[] {
    for (let at = characters.length - 1; at > 0; at--) {
        const other = randomInt(at + 1);
        [characters[at], characters[other]] = [characters[other] as string, characters[at] as string];
    }
    return characters;
}

export function randomText(options: TextOptions): string {
    const all = classes(options);
    const required = all.flatMap((one) => pick(one.characters, one.minimum));
    const alphabet = all.map((one) => (one.used ? one.characters : "")).join("");
    return shuffle([...required, ...pick(alphabet, options.length - required.length)]).join("");
}
