/** The rules of the pack. Each can be set to another level, or switched off, by `--policy-pack-config`. */
import type { ResourceValidationArgs, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";

import { isNarrow } from "../../components/etcd-cluster/validation/balancer";
import {
    containersOf,
    covers,
    isDisruptionBudget,
    isStatefulSet,
    workloadOf,
    type BalancedService,
    type Properties,
} from "./pods";

/** Names under which people keep what nobody may read. */
const SECRET_NAME =
    /password|passwd|passphrase|(^|[-_])pass$|secret|token|credential|(api|private|access|jwt)[-_]?key/i;
/** The identity of the cluster's data; etcd sends it in the clear, and knowing it opens nothing. */
const NO_SECRETS = ["INITIAL_CLUSTER_TOKEN"];

const noPlainTextSecrets: ResourceValidationPolicy = {
    name: "no-plain-text-secrets",
    description: "Passwords and keys are in Secrets that pods mount, never in the environment or in a ConfigMap.",
    validateResource: ({ type, props }, reportViolation) => {
        const workload = workloadOf(type, props);
        for (const { name, env = [] } of workload ? containersOf(workload) : []) {
            for (const variable of env) {
                const named = SECRET_NAME.test(variable.name) && !NO_SECRETS.includes(variable.name);
                if (named && variable.value !== undefined) {
                    reportViolation(`container ${name}: ${variable.name} is plain text; mount a Secret instead`);
                }
            }
        }
        const data = type === "kubernetes:core/v1:ConfigMap" ? ((props as Properties).data ?? {}) : {};
        for (const key of Object.keys(data).filter((each) => SECRET_NAME.test(each))) {
            reportViolation(`${key} is in a ConfigMap, which many may read; use a Secret`);
        }
    },
};

/** A name with a tag that is meant to stay, or a digest. A port is no tag. */
const PINNED = /@sha256:[0-9a-f]{64}$|:(?!latest$)[\w][\w.-]*$/;

const imagesPinned: ResourceValidationPolicy = {
    name: "images-pinned",
    description: "Every image has a digest or a tag other than latest, so that a restarted pod runs what was tested.",
    validateResource: ({ type, props }, reportViolation) => {
        const workload = workloadOf(type, props);
        for (const { name, image } of workload ? containersOf(workload) : []) {
            if (image !== undefined && !PINNED.test(image)) {
                reportViolation(`container ${name}: image ${image} has no digest and no tag, or the tag latest`);
            }
        }
    },
};

/** By the policy's own setting `production`, else by the stack's name: prod, production, prod-eu, eu-prod. */
function isProduction(production: boolean | undefined): boolean {
    return production ?? /(^|[-_.])prod(uction)?([-_.]|$)/i.test(pulumi.getStack());
}

const PRODUCTION = { properties: { production: { type: "boolean" as const } } };

/** The resource as the StatefulSet of an etcd cluster in production, if it is one. */
function productionSetOf({ type, props, getConfig }: ResourceValidationArgs) {
    const { production } = getConfig<{ production?: boolean }>();
    const set = isStatefulSet(type) ? workloadOf(type, props) : undefined;
    return set?.metadata?.labels?.app === "etcd" && isProduction(production) ? set : undefined;
}

const oddReplicas: ResourceValidationPolicy = {
    name: "odd-replicas-in-production",
    description:
        "In production an etcd cluster has 3, 5, 7 or 9 members: fewer survive no failure, an even one adds nothing.",
    configSchema: PRODUCTION,
    validateResource: (args, reportViolation) => {
        const set = productionSetOf(args);
        if (!set) {
            return;
        }
        const replicas = set.spec?.replicas ?? 1;
        if (replicas < 3 || replicas % 2 === 0) {
            reportViolation(`replicas is ${replicas}; in production it is odd and at least 3`);
        }
    },
};

const disruptionBudget: StackValidationPolicy = {
    name: "disruption-budget-present",
    description: "Every StatefulSet has a PodDisruptionBudget, so that draining nodes leaves a quorum.",
    validateStack: ({ resources }, reportViolation) => {
        const budgets = resources.filter(({ type }) => isDisruptionBudget(type));
        for (const { type, props, urn } of resources.filter((each) => isStatefulSet(each.type))) {
            const set = workloadOf(type, props)!;
            if (!budgets.some((budget) => covers(budget.props, set))) {
                reportViolation(
                    `no PodDisruptionBudget in its namespace selects the pods of ${set.metadata?.name}`,
                    urn,
                );
            }
        }
    },
};

/** Auth needs no rule: no member is Ready without it, whatever is configured. */
const tlsInProduction: ResourceValidationPolicy = {
    name: "tls-in-production",
    description: "In production members and clients of an etcd cluster speak TLS.",
    configSchema: PRODUCTION,
    validateResource: (args, reportViolation) => {
        const set = productionSetOf(args);
        if (!set) {
            return;
        }
        // The scripts take certificates from there, and etcd gets its flags from the scripts.
        const speaks = containersOf(set).some(({ env }) => env?.some(({ name }) => name === "TLS_DIR"));
        if (!speaks) {
            reportViolation("tls is off; in production it is generated, secret or cert-manager");
        }
    },
};

const resourcesSet: ResourceValidationPolicy = {
    name: "resources-set",
    description:
        "Every container asks for CPU and memory and has a limit of memory, so that quotas admit it and a node is shared fairly.",
    validateResource: ({ type, props }, reportViolation) => {
        const workload = workloadOf(type, props);
        for (const { name, resources: { requests = {}, limits = {} } = {} } of workload ? containersOf(workload) : []) {
            const missing = [
                ...["cpu", "memory"].filter((each) => requests[each] === undefined).map((each) => `request of ${each}`),
                ...(limits.memory === undefined ? ["limit of memory"] : []),
            ];
            if (missing.length > 0) {
                reportViolation(
                    `container ${name} has no ${missing.join(", no ")}; set resources, helperResources, or those of the container in pod`,
                );
            }
        }
    },
};

const balancerInside: ResourceValidationPolicy = {
    name: "load-balancer-inside",
    description: "A balancer takes connections from named ranges, or is inside by its class or annotations.",
    validateResource: ({ type, props }, reportViolation) => {
        const { metadata, spec } = props as BalancedService;
        if (type !== "kubernetes:core/v1:Service" || spec?.type !== "LoadBalancer") {
            return;
        }
        const balancer = {
            ranges: spec.loadBalancerSourceRanges ?? [],
            class: spec.loadBalancerClass,
            annotations: metadata?.annotations ?? {},
        };
        if (!isNarrow(balancer)) {
            reportViolation("the balancer takes connections from everywhere; set loadBalancerSourceRanges");
        }
    },
};

export const policies = [
    noPlainTextSecrets,
    imagesPinned,
    resourcesSet,
    oddReplicas,
    disruptionBudget,
    tlsInProduction,
    balancerInside,
];
