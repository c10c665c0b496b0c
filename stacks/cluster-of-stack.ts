/**
 * A stack stays on its Kubernetes cluster. What is only current somewhere can be another cluster tomorrow, and `pulumi up` would make a
 * second etcd there and forget the first: so a new stack must name its cluster, and each notes which one it is on. `refresh` and `destroy`
 * run no program; they go where the last `pulumi up` went, which is safe only when that is a name.
 */
import * as pulumi from "@pulumi/pulumi";

import { targetOf, type ProviderSettings, type Target } from "./kubeconfig";

/** The note in the state. `ambient`: nobody had named it, it was current. */
interface Noted {
    cluster?: string;
    ambient?: true;
}

/** Whether that is the same cluster always: said by the stack, or the one that a pod runs on. */
const isNamed = ({ context, kubeconfig }: ProviderSettings, target?: Target) =>
    context !== undefined || kubeconfig !== undefined || (target !== undefined && target.context === undefined);

/** A word for a shell. */
const word = (text: string) => (/^[\w.@:/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

const set = (key: string, value: string) => `pulumi config set ${key} ${value}`;
const nameIt = (target?: Target) => `  ${set("kubernetes:context", target?.context ? word(target.context) : "NAME")}`;
const ACCEPT = "stack:kubernetesCluster";

/** Why a stack must not be made, where nobody named its cluster. */
export function unnamed(target?: Target): string {
    const now = target
        ? `Now it is ${target.context}, ${target.server}. To take that one:`
        : "To name it, by a context of the kubeconfig:";
    return [
        "refused, nothing of the cluster was made: this stack does not say on which Kubernetes cluster it is. Whichever is current would count, and with another one current the next pulumi up would make a second etcd there.",
        now,
        nameIt(target),
    ].join("\n");
}

/** What a stack is told that was made without. */
export function warning(target?: Target): string {
    return `this stack does not say on which Kubernetes cluster it is: whichever is current counts, also for pulumi refresh and pulumi destroy, which then forget what is not there. To name it:\n${nameIt(target)}`;
}

/** Why the cluster that the settings lead to is not the stack's, or nothing. */
export function moved(noted: Noted, now: Noted, target?: Target): string | undefined {
    // Who names a cluster for a stack that had none knows better than what was current once.
    if (noted.cluster === undefined || noted.cluster === now.cluster || (noted.ambient && !now.ambient)) {
        return undefined;
    }
    const lead = `refused, nothing was changed: this stack is on the Kubernetes cluster ${noted.cluster}, and`;
    if (target === undefined) {
        return `${lead} which one the kubeconfig means now cannot be told. Give kubernetes:context and the kubeconfig of before.`;
    }
    return [
        `${lead} ${target.context === undefined ? "this pod's is" : `context ${target.context} leads to`} ${target.id} (${target.server}). Name the one of before:`,
        `  ${set("kubernetes:context", "NAME")}`,
        "Only if it is the same cluster, whose CA or address was changed:",
        `  ${set(ACCEPT, word(target.id))}`,
        "For another etcd on the other cluster make another stack (pulumi stack init).",
    ].join("\n");
}

/** The note, a resource of the stack; its hook refuses another cluster. */
class ClusterOfStack extends pulumi.ComponentResource {
    constructor(now: Noted, target: Target | undefined, accepted: string | undefined) {
        const hook = new pulumi.ResourceHook(
            "kubernetes-cluster",
            async ({ oldInputs, newInputs }) => {
                const wrong =
                    accepted === target?.id && accepted
                        ? undefined
                        : moved(oldInputs as Noted, newInputs as Noted, target);
                if (wrong !== undefined) {
                    throw new Error(wrong);
                }
            },
            { onDryRun: true },
        );
        super("etcd:stacks:KubernetesCluster", "kubernetes", { ...now }, { hooks: { beforeUpdate: [hook] } });
        this.registerOutputs({});
    }
}

/**
 * Makes something on the stack's cluster, and touches nothing of it before that is known to be the right one. Errors: pulumi.RunError where
 * the configuration names another cluster.
 */
export function onClusterOfStack<T extends pulumi.Resource>(make: (opts: pulumi.ComponentResourceOptions) => T): T {
    const setting = (key: string) => pulumi.runtime.getConfig(key) || undefined;
    const settings: ProviderSettings = {
        context: setting("kubernetes:context"),
        kubeconfig: setting("kubernetes:kubeconfig"),
        cluster: setting("kubernetes:cluster"),
    };
    const target = targetOf(settings);
    const accepted = setting(ACCEPT);
    if (accepted !== undefined && target !== undefined && accepted !== target.id) {
        throw new pulumi.RunError(
            `${ACCEPT} is ${accepted}, and the Kubernetes cluster is ${target.id} (${target.server}). Nothing was changed. Name the right one, or take the key out (pulumi config rm ${ACCEPT}).`,
        );
    }
    const named = isNamed(settings, target);
    const note = new ClusterOfStack(
        { cluster: target?.id, ...(!named && { ambient: true as const }) },
        target,
        accepted,
    );
    // Not `[note]`: of a component the engine's SDK waits for the children, and it has none.
    const dependsOn = note.urn.apply(() => []);
    if (named) {
        return make({ dependsOn });
    }
    const made = make({ dependsOn, hooks: { beforeCreate: [refuseUnnamed(target)] } });
    // Who was refused has heard it.
    made.urn.apply(() => void pulumi.log.warn(warning(target), note));
    return made;
}

/** Only the first `pulumi up` makes the cluster; a stack from before has one, and is warned. */
function refuseUnnamed(target?: Target): pulumi.ResourceHook {
    return new pulumi.ResourceHook(
        "kubernetes-cluster-named",
        async () => {
            throw new Error(unnamed(target));
        },
        { onDryRun: true },
    );
}
