/** `npm run down`: destroys the stack; on the local cluster everything goes, on the user's the volumes stay. */
import * as fs from "fs";
import * as path from "path";

import { localClusterStatus, stopLocalCluster } from "../local-cluster";
import { withLock } from "../support/lock";
import { say } from "../support/progress";
import { prepareStack } from "./prepare";
import { openSession, withSession, type Session } from "./session";
import { STACK } from "./stack";
import { confirmation, LOCAL, targetOf, type Choice, type Target } from "./target";

export async function down(choice: Choice): Promise<number> {
    const target = targetOf(choice);
    return target.own ? withSession(choice, false, (session) => destroy(session, choice)) : downLocal(choice, target);
}

async function destroy({ stack, target }: Session, choice: Choice): Promise<number> {
    if (!stack.exists()) {
        say("- there is no stack on this target");
        return 0;
    }
    await prepareStack(stack);
    const options = ["--stack", STACK, "--suppress-permalink=true", ...confirmation(target, choice)];
    return stack.pulumi("destroy", ...options);
}

/** A local cluster that is broken cannot be asked to destroy anything; it is removed with all that is in it. */
async function downLocal(choice: Choice, target: Target): Promise<number> {
    return withLock(path.join(target.folder, "lock"), "the stack", async () => {
        if ((await localClusterStatus(LOCAL)) === "running") {
            const status = await destroy(await openSession(choice), choice);
            if (status !== 0) {
                say("- `pulumi destroy` failed; the local cluster is removed with all that is in it");
            }
        }
        await stopLocalCluster(LOCAL);
        fs.rmSync(target.folder, { recursive: true, force: true });
        say("- the stack and the local cluster are gone; the tools stay in the cache");
        return 0;
    });
}
