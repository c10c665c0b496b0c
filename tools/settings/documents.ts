/** What Pulumi.yaml and the README say of each setting, from the one table of settings. */
import * as prettier from "prettier";
import { parseDocument } from "yaml";

import { EACH_SETTING } from "../../components/etcd-cluster/settings";
import type { AnySetting } from "../../components/etcd-cluster/settings/setting";

/** Marks in the README between which the table is. */
const BEGIN = "<!-- Made by `npm run generate` from components/etcd-cluster/settings/. -->";
const END = "<!-- Until here. -->";

const TYPES: Record<AnySetting["kind"], object> = {
    text: { type: "string" },
    integer: { type: "integer" },
    boolean: { type: "boolean" },
    integers: { type: "array", items: { type: "integer" } },
    texts: { type: "array", items: { type: "string" } },
    object: { type: "object" },
    // A list or a map; see below.
    structure: {},
};

/** Of a structure, what it is when it is not set tells whether it is a list. */
const typeOf = ({ kind, ...setting }: AnySetting) =>
    kind !== "structure"
        ? TYPES[kind]
        : Array.isArray("unset" in setting && setting.unset)
          ? { type: "array", items: { type: "object" } }
          : { type: "object" };

/** The text of Pulumi.yaml with its `config` block made anew; the rest stays, comments as well. */
export function pulumiYaml(text: string): Promise<string> {
    const document = parseDocument(text);
    // Copies: what is the same object twice would be written as a reference.
    const block = EACH_SETTING.map(([key, setting]) => [
        key,
        {
            ...structuredClone(typeOf(setting)),
            default: structuredClone(valueOf(setting)),
            description: plain(descriptionOf(setting)),
        },
    ]);
    document.set("config", document.createNode(Object.fromEntries(block)));
    return prettier.format(document.toString({ lineWidth: 0 }), { parser: "yaml" });
}

/** The text of the README with its table of settings made anew. Errors: when it has no place for it. */
export function readme(text: string): string {
    const [before, rest] = split(text, BEGIN);
    const [, after] = split(rest, END);
    const rows = EACH_SETTING.map(([key, setting]) => [
        `\`${key}\``,
        setting.default === undefined ? setting.defaultText : `\`${setting.default}\``,
        setting.description,
        setting.change,
    ]);
    const table = [["key", "default", "meaning", "a change"], ["---", "---", "---", "---"], ...rows];
    const lines = table.map((cells) => `| ${cells.join(" | ")} |`);
    return [before, BEGIN, "\n\n", lines.join("\n"), "\n\n", END, after].join("");
}

function split(text: string, mark: string): [string, string] {
    const [before, after, ...more] = text.split(mark);
    if (before === undefined || after === undefined || more.length > 0) {
        throw new Error(`the README must have this line once: ${mark}`);
    }
    return [before, after];
}

/** What stands in Pulumi.yaml, where every key has a value. */
function valueOf({ kind, ...setting }: AnySetting): unknown {
    if (setting.default !== undefined) {
        return setting.default;
    }
    switch (kind) {
        case "integer":
            return setting.unset ?? 0;
        case "integers":
        case "texts":
            return [];
        case "object":
            return {};
        case "structure":
            return setting.unset;
        default:
            return "";
    }
}

function descriptionOf(setting: AnySetting): string {
    const value = valueOf(setting);
    const unset = value === "" ? "Empty" : JSON.stringify(value);
    return [
        setting.description,
        ...(setting.default === undefined ? [`${unset} means ${setting.defaultText}`] : []),
        `A change ${setting.change}`,
    ]
        .map((sentence) => `${sentence}.`)
        .join(" ");
}

/** Markdown as plain text: the text of links, and what is set as code. */
const plain = (markdown: string) => markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/`/g, "");
