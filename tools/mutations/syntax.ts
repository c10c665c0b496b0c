/** Shell text as a tree. tree-sitter's grammar is bash's, of which the scripts use the POSIX part and `local`. */
import { Language, type Node, Parser } from "web-tree-sitter";

let parser: Promise<Parser> | undefined;

async function load(): Promise<Parser> {
    await Parser.init();
    const made = new Parser();
    made.setLanguage(await Language.load(require.resolve("tree-sitter-bash/tree-sitter-bash.wasm")));
    return made;
}

/** The root of the tree. Errors: when the text is no shell script, or one that the grammar cannot take apart. */
export async function parse(text: string): Promise<Node> {
    parser ??= load();
    const root = (await parser).parse(text)?.rootNode;
    if (!root || root.hasError) {
        throw new Error("the shell text cannot be parsed");
    }
    return root;
}

/** Children that matter, comments left out. */
export const partsOf = (node: Node) => node.namedChildren.filter((child) => child.type !== "comment");

/** "&&" or "||" of a list. */
export const operatorOf = (list: Node) => list.children.find(({ type }) => type === "&&" || type === "||")!.type;

export interface Span {
    start: number;
    end: number;
}

export const spanOf = (node: Node): Span => ({ start: node.startIndex, end: node.endIndex });

/** `|| true`, `|| log …`, `|| status …`: whatever the left side says, the script goes on. */
export const isTolerant = (node: Node) => /^(true$|log\b|status\b)/.test(node.text);

/** What only feeds a loop, or is no question at all. */
export const isFeed = (node: Node) => /^(read -r\b|:$|true$)/.test(node.text);
