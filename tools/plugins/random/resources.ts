// The resource types of the random plugin: which inputs they take, and what they make of them. Names, defaults and
// secretness are those of the official plugin; `bcryptHash` of a password is left out (see the README).
import { randomBytes } from "node:crypto";
import type { KeptType } from "../shared/kept-values";
import { type Properties, Secret, type Value } from "../shared/values";
import { problemWith, randomText, type TextOptions } from "./generate";

const TEXT_DEFAULTS = {
    lower: true,
    upper: true,
    numeric: true,
    special: true,
    minLower: 0,
    minUpper: 0,
    minNumeric: 0,
    minSpecial: 0,
};
const TEXT_INPUTS = ["keepers", "length", "number", "overrideSpecial", ...Object.keys(TEXT_DEFAULTS)];

function textOptions(inputs: Properties): TextOptions {
    // `number` is the old name of `numeric`.
    const numeric = inputs["number"] ?? inputs["numeric"] ?? true;
    return { ...TEXT_DEFAULTS, ...inputs, numeric } as unknown as TextOptions;
}

function byteCount(inputs: Properties, name: string): string | undefined {
    const count = inputs[name];
    return typeof count === "number" && Number.isInteger(count) && count > 0 ? undefined : `${name} must be at least 1`;
}

const text = (wrap: (result: string) => { id: string; result: Value }): KeptType => ({
    inputs: TEXT_INPUTS,
    defaults: TEXT_DEFAULTS,
    outputs: ["result"],
    problem: (inputs) => problemWith(textOptions(inputs)),
    make: (inputs) => {
        const options = textOptions(inputs);
        const { id, result } = wrap(randomText(options));
        return { id, outputs: { numeric: options.numeric, number: options.numeric, result } };
    },
});

const randomId: KeptType = {
    inputs: ["byteLength", "keepers", "prefix"],
    defaults: {},
    outputs: ["b64Std", "b64Url", "dec", "hex"],
    problem: (inputs) => byteCount(inputs, "byteLength"),
    make: (inputs) => {
        const bytes = randomBytes(inputs["byteLength"] as number);
        const prefix = (inputs["prefix"] as string | undefined) ?? "";
        const hex = bytes.toString("hex");
        const outputs = {
            b64Std: prefix + bytes.toString("base64"),
            b64Url: prefix + bytes.toString("base64url"),
            dec: prefix + BigInt(`0x${hex}`).toString(),
            hex: prefix + hex,
        };
        return { id: bytes.toString("base64url"), outputs };
    },
};

const bytes: KeptType = {
    inputs: ["keepers", "length"],
    defaults: {},
    outputs: ["base64", "hex"],
    problem: (inputs) => byteCount(inputs, "length"),
    make: (inputs) => {
        const made = randomBytes(inputs["length"] as number);
        const outputs = { base64: new Secret(made.toString("base64")), hex: new Secret(made.toString("hex")) };
        return { id: "none", outputs };
    },
};

export const RANDOM_TYPES: Readonly<Record<string, KeptType>> = {
    "random:index/randomPassword:RandomPassword": text((result) => ({ id: "none", result: new Secret(result) })),
    "random:index/randomString:RandomString": text((result) => ({ id: result, result })),
    "random:index/randomId:RandomId": randomId,
    "random:index/randomBytes:RandomBytes": bytes,
};
