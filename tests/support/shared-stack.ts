// One cluster for the tests that leave it as they found it: three members, TLS by the program's own certificates. The first test that
// asks makes it, all others of the run go on with it; one that fails has had it for itself, and the next makes another.
import { EtcdView } from "./cluster-etcd";
import { EtcdStack } from "./cluster-stack";
import { firstUp } from "./first-up";

/** How many it has while nobody uses it. */
const REPLICAS = 3;
/** With how many it begins: more than form it, so that others join before the first `up` has ended. */
const AT_FIRST = 5;

let shared: EtcdStack | undefined;

after("the cluster of several tests", forget);

async function forget(): Promise<void> {
    const stack = shared;
    shared = undefined;
    await stack?.remove();
}

async function make(): Promise<void> {
    shared = await EtcdStack.create({ replicas: AT_FIRST, tls: "generated" });
    await firstUp(shared, AT_FIRST);
    await shared.configure({ replicas: REPLICAS });
    await shared.upped();
}

/** Runs `work` on it while it has exactly its three members, all well. */
export async function onSharedStack(work: (stack: EtcdStack, view: EtcdView) => Promise<void>): Promise<void> {
    try {
        if (!shared) {
            await make();
        }
        const view = await EtcdView.of(shared!);
        await view.settled(REPLICAS);
        await work(shared!, view);
        await view.settled(REPLICAS);
    } catch (error) {
        const report = await shared?.report();
        await forget();
        throw new Error(`${(error as Error).stack}\n${report}`);
    }
}
