/** What the clients of a load did and saw, one JSON line an operation: the input of the judge (tests/faults/judge). */
import * as fs from "fs";
import * as path from "path";

/** What a client asks of one key. Keys hold nothing at first, and no value is written to a key twice. */
export type Request = { client: number; key: string } & (
    | { op: "get" }
    | { op: "put"; value: string }
    /** Replaces `expect` by `value`; null: makes the key, if there is none. */
    | { op: "cas"; value: string; expect: string | null }
);

export interface Answer {
    /** Whether a cas wrote. */
    swapped?: boolean;
    /** What a get saw, or a cas that did not swap; null: the key was absent. */
    found?: string | null;
}

/** Times by {@link clock}, before the request was sent and after its answer was read. */
export type Operation = Request &
    Answer & {
        call: number;
        /** null: maybe. Nobody knows whether this write happened, or will. */
        return: number | null;
    };

/** Lines are written together, so that the file system does not set the pace of the clients. */
const LINES = 500;

/** Nanoseconds on the clock that never jumps; one clock for all processes of a machine. */
export const clock = () => Number(process.hrtime.bigint());

/** Appends to a file. What lies there already belongs to an earlier run and goes. */
export class History {
    readonly keys = new Set<string>();
    private lines: string[] = [];

    constructor(readonly file: string) {
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, "");
    }

    add(operation: Operation): void {
        this.keys.add(operation.key);
        this.lines.push(`${JSON.stringify(operation)}\n`);
        if (this.lines.length >= LINES) {
            this.flush();
        }
    }

    /**
     * The cluster went back to what it held at some instant between these two times: what was not answered before is a maybe, if it
     * was a write that may be in it, and else has never been. Nobody may add anything meanwhile.
     */
    rewind(from: number, to: number): void {
        this.flush();
        const lines = fs.readFileSync(this.file, "utf8").split("\n").filter(Boolean);
        fs.writeFileSync(this.file, "");
        for (const operation of lines.map((line) => JSON.parse(line) as Operation)) {
            if (operation.return !== null && operation.return < from) {
                this.add(operation);
            } else if (operation.op !== "get" && operation.call < to) {
                const { client, key, op, value } = operation;
                const expect = op === "cas" ? { expect: operation.expect } : {};
                this.add({ client, key, op, value, ...expect, call: operation.call, return: null } as Operation);
            }
        }
        this.flush();
    }

    /** Everything so far is in the file. */
    flush(): void {
        fs.appendFileSync(this.file, this.lines.join(""));
        this.lines = [];
    }
}
