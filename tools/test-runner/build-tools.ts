/** A program of its own: makes the tools of the toolchain that it is given, one by one, so that each can be used once it is there. */
import { say } from "../support/progress";
import { resolveTools } from "../toolchain";

// A request to stop ends the compiler as well, which the exit handlers do.
process.once("SIGTERM", () => process.exit(143));

async function build(names: string[]): Promise<void> {
    for (const name of names) {
        await resolveTools([name]);
    }
}

build(process.argv.slice(2)).catch((error: Error) => {
    say(`error: ${error.message}`);
    process.exit(1);
});
