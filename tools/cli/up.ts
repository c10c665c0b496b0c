/** `npm run up`: a Kubernetes if none was named, then the real `pulumi up`, then what came of it. */
import { duration, say } from "../support/progress";
import { prepareStack, STACK } from "./stack";
import { memberTable } from "./members";
import { withSession } from "./session";
import type { Choice } from "./target";

export async function up(choice: Choice): Promise<number> {
    const start = Date.now();
    return withSession(choice, true, async (session) => {
        const { stack, target } = session;
        await prepareStack(stack);
        if (target.own) {
            await stack.read("config", "set", "kubernetes:context", target.own.context, "--stack", STACK);
        }
        // On a cluster of the user's a person decides, where one is there to be asked.
        const ask = target.own && !choice.yes && process.stdin.isTTY;
        const status = await stack.pulumi(
            "up",
            "--stack",
            STACK,
            "--suppress-permalink=true",
            ...(ask ? [] : ["--yes"]),
        );
        if (status !== 0) {
            return status;
        }
        process.stdout.write(`\n${await memberTable(session)}\n`);
        say(`- done in ${duration(Date.now() - start)}. Next: npm run status, npm run shell, npm run down`);
        return 0;
    });
}
