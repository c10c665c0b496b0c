/** The commands behind `npm run …`. A failure is one message; a stack trace only with DEBUG set. */
import { testMutations } from "../mutations";
import { runTests } from "../test-runner";
import { say } from "../support/progress";
import { parseCommandLine } from "./arguments";
import { down } from "./down";
import { explore } from "./explore";
import { shell } from "./shell";
import { status } from "./status";
import { up } from "./up";

const USAGE = `usage: npm run COMMAND [-- OPTIONS]
  up      a healthy etcd cluster: on a local Kubernetes made for it, or with --context NAME (or KUBECONFIG set) on yours
  status  the member table
  shell   a shell in which pulumi, kubectl and etcdctl work on it
  down    destroys it, and the local Kubernetes
  test    lint, type check and all tests; test:unit, test:functions, test:scripts, test:interruptions, test:tools,
          test:plugins, test:cluster, test:faults run one tier; test:mutations breaks the scripts on purpose, test:explore
          runs random sequences of faults against them`;

async function main(): Promise<number> {
    const { command, words, values } = parseCommandLine(process.argv.slice(2));
    switch (command) {
        case "up":
            return up(values);
        case "status":
            return status(values);
        case "shell":
            return shell(values, words);
        case "down":
            return down(values);
        case "test":
            return runTests(words, values.only ? ` ${values.only}: ` : values.grep);
        case "explore":
            return explore(values);
        case "mutations":
            return testMutations(values);
        default:
            say(USAGE);
            return 2;
    }
}

main().then(
    (code) => process.exit(code),
    (error: Error) => {
        say(process.env.DEBUG ? (error.stack ?? String(error)) : `error: ${error.message}`);
        process.exit(1);
    },
);
