/** `npm run shell`: the user's shell, or one command line, where pulumi, kubectl and etcdctl reach the cluster. */
import { CHECKOUT } from "../support/paths";
import { say } from "../support/progress";
import { show } from "../support/run";
import { openSession } from "./session";
import { INSIDE, type Choice } from "./target";

export async function shell(choice: Choice, command: string[]): Promise<number> {
    const { stack, enter, target } = await openSession(choice);
    const program = process.env.SHELL || "/bin/sh";
    if (command.length === 0) {
        say("- pulumi, kubectl and etcdctl work on the cluster here; `exit` leaves");
    }
    const argv = command.length > 0 ? [program, "-c", command.join(" ")] : [program];
    const inside = target.own ? {} : { [INSIDE]: "yes" };
    return show([...enter, ...argv], { cwd: CHECKOUT, env: { ...stack.env, ...inside } });
}
