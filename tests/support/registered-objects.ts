// The Kubernetes objects that EtcdCluster registers, as plain data for kubectl: whatever it comes to register is among them.
import * as pulumi from "@pulumi/pulumi";

import { EtcdCluster, type EtcdClusterArgs } from "../../components";
import { mockEngine, settled } from "../component/mocks";

/* eslint-disable @typescript-eslint/no-explicit-any -- plain objects, read at any depth */
type KubernetesObject = Record<string, any>;

export async function registeredObjects(args: EtcdClusterArgs): Promise<KubernetesObject[]> {
    const registered = mockEngine();
    new EtcdCluster("etcd", args);
    await settled();
    return registered.filter(({ type }) => type.startsWith("kubernetes:")).map(({ inputs }) => bare(inputs));
}

/** What is marked as secret comes wrapped. */
function bare(value: any): any {
    if (Array.isArray(value)) {
        return value.map(bare);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    return value[pulumi.runtime.specialSigKey] === pulumi.runtime.specialSecretSig
        ? bare(value.value)
        : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, bare(each)]));
}

/** What controllers will make of them: the claim and the pod of a member, and the pod of the rollout. */
export function madeByControllers(objects: KubernetesObject[]): KubernetesObject[] {
    return objects.flatMap(({ kind, metadata: { name, namespace }, spec }) => {
        if (kind === "CronJob") {
            const job = {
                ...spec.jobTemplate,
                metadata: { ...spec.jobTemplate.metadata, name: `${name}-0`, namespace },
            };
            return [
                { apiVersion: "batch/v1", kind: "Job", ...job },
                ...madeByControllers([{ apiVersion: "batch/v1", kind: "Job", ...job }]),
            ];
        }
        if (!spec?.template) {
            return [];
        }
        const claims = (spec.volumeClaimTemplates ?? []).map(({ metadata, ...claim }: KubernetesObject) => ({
            ...claim,
            metadata: { ...metadata, name: `${metadata.name}-${name}-0`, namespace },
        }));
        const volumes = claims.map(({ metadata }: KubernetesObject) => ({
            name: spec.volumeClaimTemplates[0].metadata.name,
            persistentVolumeClaim: { claimName: metadata.name },
        }));
        const template = spec.template;
        const pod = {
            apiVersion: "v1",
            kind: "Pod",
            metadata: { ...template.metadata, name: kind === "StatefulSet" ? `${name}-0` : `${name}-x`, namespace },
            spec: { ...template.spec, volumes: [...template.spec.volumes, ...volumes] },
        };
        return [...claims, pod];
    });
}
