import * as fs from "fs";
import { ACTIONS } from "./actions";
import { generate } from "./generate";
import { run } from "./run";
import { parse, print } from "./sequence";

export async function explore(): Promise<void> {
    const seed = Number(process.env.EXPLORE_SEED ?? 1);
    const count = Number(process.env.EXPLORE_COUNT ?? 1);
    const out = process.env.EXPLORE_OUT ?? "/tmp/explore";
    fs.mkdirSync(out, { recursive: true });
    let next = seed;
    const worker = async () => {
        while (next < seed + count) {
            const mine = next++;
            const sequence = process.env.EXPLORE_SEQUENCE
                ? parse(fs.readFileSync(process.env.EXPLORE_SEQUENCE, "utf8"))
                : generate(mine, ACTIONS);
            const outcome = await run(sequence).catch((error: Error) => ({ error }));
            if ("error" in outcome) {
                console.log(`seed ${mine}: HARNESS ${outcome.error.stack?.slice(0, 600)}`);
                fs.writeFileSync(`${out}/${mine}.err`, outcome.error.stack ?? "");
                continue;
            }
            const verdict = outcome.violations.map(({ rule, what }) => `${rule}: ${what}`).join(" | ");
            console.log(
                `seed ${mine}: ${outcome.seconds.toFixed(0)} s, ${outcome.acknowledged} acks, ${verdict || "ok"}${outcome.excused ? ` (excused: ${outcome.excused})` : ""}`,
            );
            fs.writeFileSync(`${out}/${mine}.txt`, `${print(sequence)}\n\n${verdict}\n${outcome.report}\n`);
        }
    };
    await Promise.all(Array.from({ length: Number(process.env.EXPLORE_JOBS ?? 2) }, worker));
}
