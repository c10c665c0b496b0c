/** `npm run shell`: the user's shell, or one command line, where pulumi, kubectl and etcdctl reach the cluster. */
import * as path from "path";

import { CHECKOUT } from "../support/paths";
import { say } from "../support/progress";
import { show } from "../support/run";
import { find } from "../toolchain/packages";
import { openSession } from "./session";
import { pulumiWithSettings } from "./settings-of-stack";
import { STACK } from "./stack";
import { INSIDE, type Choice } from "./target";

export async function shell(choice: Choice, command: string[]): Promise<number> {
    const { stack, enter, target } = await openSession(choice);
    const program = process.env.SHELL || "/bin/sh";
    if (command.length === 0) {
        say("- pulumi, kubectl and etcdctl work on the cluster here; `exit` leaves");
    }
    const argv = command.length > 0 ? [program, "-c", command.join(" ")] : [program];
    const inside = target.own ? {} : { [INSIDE]: "yes" };
    // Nothing is pinned here: whoever types the name of another stack means that one.
    const env = { ...stack.env };
    delete env.PULUMI_STACK;
    delete env.PULUMI_OPTION_CONFIG_FILE;
    const bin = pulumiWithSettings(stack.folder, find("pulumi", env.PATH)!);
    if (stack.exists()) {
        await stack.read("stack", "select", STACK);
    }
    const PATH = [bin, env.PATH].join(path.delimiter);
    return show([...enter, ...argv], { cwd: CHECKOUT, env: { ...env, ...inside, PATH } });
}
