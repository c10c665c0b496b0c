/** A refused argument, and the one error that tells of all of them. */
import * as pulumi from "@pulumi/pulumi";

import { isLater } from "../later";

export interface Problem {
    key: string;
    value: unknown;
    allowed: string;
}

/** In place of what may be a secret. */
export const HIDDEN = "(not shown)";

/** Errors: pulumi.RunError, shown by the engine without a stack trace. */
export function errorOf(problems: Problem[]): pulumi.RunError {
    const lines = problems.map(
        ({ key, value, allowed }) => `  ${shownKey(key)} is ${shown(value)}; allowed: ${allowed}`,
    );
    return new pulumi.RunError(
        [
            `the configuration of the etcd cluster has ${countOf(problems.length)}:`,
            ...lines,
            "Nothing was changed.",
        ].join("\n"),
    );
}

/** Longest part of a value that an error repeats. */
const SHOWN_LENGTH = 120;

/** One line, whatever the value is: no line ends, nothing that steers a terminal or turns the direction of writing. */
function shown(value: unknown): string {
    if (isLater(value)) {
        return "a value that is known only later";
    }
    const text = printable(textOf(value));
    return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}... (${text.length} characters)` : text;
}

const shownKey = (key: string) => (/^[\w.-]{1,100}$/.test(key) ? key : shown(key));

function textOf(value: unknown): string {
    try {
        return JSON.stringify(value) ?? typeof value;
    } catch {
        // A circle, or a number of a kind that JSON does not have.
        return typeof value;
    }
}

const printable = (text: string) =>
    text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (one) => `\\u{${one.codePointAt(0)!.toString(16)}}`);

const countOf = (count: number) => (count === 1 ? "1 problem" : `${count} problems`);
