/** `npm run up`: a Kubernetes if none was named, then the real `pulumi up`, then what came of it. */
import { CONTEXT } from "../local-cluster/pki";
import { duration, say } from "../support/progress";
import { memberTable } from "./members";
import { prepareStack } from "./prepare";
import { withSession } from "./session";
import { NO_KUBECTL, STACK } from "./stack";
import { confirmation, type Choice } from "./target";

export async function up(choice: Choice): Promise<number> {
    const start = Date.now();
    return withSession(choice, true, async (session) => {
        const { stack, target } = session;
        await prepareStack(stack);
        const context = target.own?.context ?? CONTEXT;
        await stack.read("config", "set", "kubernetes:context", context, "--stack", STACK);
        const options = ["--stack", STACK, "--suppress-permalink=true", ...confirmation(target, choice)];
        const status = await stack.pulumi("up", ...options);
        if (status !== 0) {
            return status;
        }
        if (stack.hasKubectl) {
            process.stdout.write(`\n${await memberTable(session)}\n`);
        } else {
            say(`- the cluster is up; no member table, for ${NO_KUBECTL}`);
        }
        say(`- done in ${duration(Date.now() - start)}. Next: npm run status, npm run shell, npm run down`);
        return 0;
    });
}
