/**
 * What guards something in a script: conditions of if, elif, while and until, the left side of `A && B` and `A || B`, each operand
 * of such lists, predicates (a list or `[ … ]` that ends a function and is its answer), and each arm of a case.
 *
 * No guards: `read`, which feeds a loop, and the left side of `|| true`, `|| log …` and `|| status …`, which is an act and not a
 * question.
 */
import type { Node } from "web-tree-sitter";

import { isFeed, isTolerant, operatorOf, parse, partsOf, type Span, spanOf } from "./syntax";

/** What can be done to a guard: it says yes, it says no, an arm is taken away, takes everything, or loses one of its patterns. */
export type Kind = "true" | "false" | "gone" | "always" | "without";

export interface Guard extends Span {
    /** FILE:FUNCTION:NUMBER, the number counted within the function. */
    id: string;
    file: string;
    line: number;
    /** The line of the guard, for people. */
    source: string;
    kinds: Kind[];
    /** A test, which does nothing but answer. */
    pure: boolean;
    /** The function that it is in, or the whole script. */
    scope: Span;
    arm?: Arm;
}

interface Arm {
    patterns: Span[];
    /** Where the arm's commands begin, and whether there are any. */
    body: number;
    empty: boolean;
    /** Of the last arm of a case that may match nothing: where `esac` stands. */
    open?: number;
    /** IDs of the arms below. */
    later: string[];
}

type Operator = "&&" | "||" | undefined;

/** All guards of one script, in the order of its text (a list before its operands). */
export async function findGuards(file: string, text: string): Promise<Guard[]> {
    const finder = new Finder(file, text);
    finder.statement(await parse(text));
    return finder.guards;
}

class Finder {
    readonly guards: Guard[] = [];
    private scope: Span & { name: string };
    private readonly counts = new Map<string, number>();

    constructor(
        private readonly file: string,
        private readonly text: string,
    ) {
        this.scope = this.top();
    }

    private top() {
        return { name: "top", start: 0, end: this.text.length };
    }

    /** Looks for guards in whatever is there; `last` when its status is its function's. */
    statement(node: Node, last = false): void {
        switch (node.type) {
            case "function_definition":
                return this.functionOf(node);
            case "if_statement":
            case "elif_clause":
            case "while_statement":
                return this.branch(node);
            case "case_statement":
                return this.arms(node);
            case "list":
                return last && this.answers(node) ? this.condition(node) : this.guarded(node);
            case "test_command":
            case "negated_command":
                return last ? this.condition(node) : this.inside(node);
            default:
                return this.inside(node);
        }
    }

    private inside(node: Node): void {
        partsOf(node).forEach((part) => this.statement(part));
    }

    private functionOf(node: Node): void {
        this.scope = { name: node.childForFieldName("name")!.text, ...spanOf(node) };
        const statements = partsOf(node.childForFieldName("body")!);
        statements.forEach((each, i) => this.statement(each, i === statements.length - 1));
        this.scope = this.top();
    }

    private branch(node: Node): void {
        // What stands last before `then` or the loop's body; the grammar does not name it in an elif.
        const end = node.children.find(({ type }) => type === "then" || type === "do_group")!;
        const asked = partsOf(node)
            .filter((part) => part.endIndex <= end.startIndex)
            .at(-1);
        for (const part of partsOf(node)) {
            if (asked && part.equals(asked)) {
                this.condition(part);
            } else {
                this.statement(part);
            }
        }
    }

    /** Whether a list at a function's end is its answer. */
    private answers(list: Node): boolean {
        const right = list.lastChild!;
        return !isTolerant(right) && !["return", "exit"].includes(right.text.split(" ")[0]!);
    }

    /** `A && B`, `A || B`: A is asked, B is done. */
    private guarded(list: Node): void {
        const [left, right] = [list.firstChild!, list.lastChild!];
        if (isTolerant(right)) {
            this.statement(left);
        } else {
            this.condition(left);
        }
        this.statement(right);
    }

    /** Something that is asked, as an operand of `within`. A redirection at the end of a list belongs to its last command. */
    private condition(node: Node, within?: Operator, end = node.endIndex): void {
        if (node.type === "redirected_statement") {
            return this.condition(node.childForFieldName("body")!, within, end);
        }
        if (node.type === "compound_statement" && partsOf(node).length === 1) {
            return this.condition(partsOf(node)[0]!, within);
        }
        if (node.type === "list") {
            const operator = operatorOf(node) as Operator;
            if (operator !== within) {
                this.add({ start: node.startIndex, end }, [operator === "&&" ? "false" : "true"], false);
            }
            this.condition(node.firstChild!, operator);
            return this.condition(node.lastChild!, operator, end);
        }
        if (!isFeed(node)) {
            const pure = node.type === "test_command" || /^! \[/.test(node.text);
            const kinds: Kind[] = within === "&&" ? ["true"] : within === "||" ? ["false"] : ["true", "false"];
            this.add({ start: node.startIndex, end }, kinds, pure);
        }
        this.statement(node);
    }

    private arms(node: Node): void {
        const items = partsOf(node).filter(({ type }) => type === "case_item");
        const made = items.map((item) => {
            const patterns = item.childrenForFieldName("value").filter((each) => each.isNamed);
            const bracket = item.children.find(({ type }) => type === ")")!;
            const kinds: Kind[] = ["gone"];
            if (item.text[0] !== "*" || patterns[0]!.text !== "*") {
                kinds.push("always");
            }
            if (patterns.length > 1) {
                kinds.push("without");
            }
            const empty = this.text.slice(bracket.endIndex, item.endIndex).trim() === ";;";
            const arm = { patterns: patterns.map(spanOf), body: bracket.endIndex, empty, later: [] };
            return this.add(spanOf(item), kinds, false, arm);
        });
        made.forEach((guard, i) => (guard.arm!.later = made.slice(i + 1).map(({ id }) => id)));
        const last = made.at(-1);
        if (last?.kinds.includes("always")) {
            last.arm!.open = node.lastChild!.startIndex;
            made.forEach(({ arm }) => arm!.later.push(`${last.id}+`));
        }
        items.forEach((item) => this.inside(item));
    }

    private add(span: Span, kinds: Kind[], pure: boolean, arm?: Arm): Guard {
        const { name, ...scope } = this.scope;
        const number = (this.counts.get(name) ?? 0) + 1;
        this.counts.set(name, number);
        const before = this.text.slice(0, span.start);
        const line = before.split("\n").length;
        const source = this.text.split("\n")[line - 1]!.trim();
        const id = `${this.file}:${name}:${number}`;
        const guard = { ...span, id, file: this.file, line, source, kinds, pure, scope, arm };
        this.guards.push(guard);
        return guard;
    }
}
