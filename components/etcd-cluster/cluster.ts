/** EtcdCluster: the table of contents. What each object holds is in manifests/, what the pods do in scripts/. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { EtcdClusterArgs } from "./args";
import { frozenInputs, refuseFrozenChanges, refuseProblems } from "./changes/immutable";
import { credentials, recoveryAsked } from "./credentials";
import { externalEndpoint } from "./external-endpoint";
import { hasLater } from "./later";
import { backupAccount, backupCronJob } from "./manifests/backup";
import { memberAccess, rolloutAccess, type Access } from "./manifests/access";
import { disruptionBudget } from "./manifests/disruption-budget";
import { marker, MARKER_LAYOUT, markerOptions } from "./manifests/marker";
import { egressPolicy, networkPolicy } from "./manifests/network-policy";
import { recoveryRequest } from "./manifests/recovery-request";
import { rollout } from "./manifests/rollout";
import { hashOf, readBackupScripts, readScripts, scriptsConfigMap } from "./manifests/scripts";
import { jwtKeySecret, rootPasswordSecret, tlsSecret } from "./manifests/secrets";
import { clientService, headlessService } from "./manifests/services";
import { podTemplate, statefulSet } from "./manifests/stateful-set";
import { clusterUrl, jwtKeyName, memberUrl, namesOf, schemeOf, scriptsName, tlsName } from "./names";
import { issuedCertificate } from "./tls/cert-manager-certificate";
import { generatedCertificates } from "./tls/generated-certificates";
import { validated } from "./validation/validate";
import { warningsOf } from "./validation/warnings";

/**
 * A highly available etcd cluster: Services, StatefulSet with its scripts, marker, access, disruption budget, network policies, and a
 * generated root password. Errors: one `pulumi.RunError` at preview that lists every bad argument.
 */
export class EtcdCluster extends pulumi.ComponentResource {
    /** Client URL inside the Kubernetes cluster, balanced over Ready members. */
    public readonly endpoint: pulumi.Output<string>;
    /** Client URL of each member, by ordinal, for clients that balance by themselves. */
    public readonly endpoints: pulumi.Output<string[]>;
    /**
     * The CAs to verify members by (PEM, one after the other), with `tls: generated`; else undefined: they are in the Secret, beside a
     * key that is none of ours.
     */
    public readonly caCert: pulumi.Output<string | undefined>;
    /** NodePort: `https://<externalHost>:<port>` (`http` with `tls: off`), or just the port. LoadBalancer: its URL. ClusterIP: undefined. */
    public readonly externalEndpoint: pulumi.Output<string | undefined>;
    /** Name of the Secret with the password of user root, key `password`: the one of `rootPasswordSecret`, or one of the cluster's own. */
    public readonly rootPasswordSecret: pulumi.Output<string>;
    /** The password of user root, a Pulumi secret; undefined with `rootPasswordSecret`, of which nothing is read. */
    public readonly rootPassword: pulumi.Output<string | undefined>;
    /** Identity of the data on the volumes; keep it with the password if volumes may outlive the stack. */
    public readonly initialClusterToken: pulumi.Output<string>;
    /** The etcd version that all members run: known when the rollout has ended, and only if it ended well. */
    public readonly version: pulumi.Output<string>;
    /** Name of the StatefulSet. */
    public readonly statefulSet: pulumi.Output<string>;
    /** Namespace of all objects. */
    public readonly namespace: pulumi.Output<string>;

    // Pulumi's schema inference has no words for a pod; `EtcdCluster` of ../index.ts has.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    constructor(name: string, args: EtcdClusterArgs<any> = {}, opts: pulumi.ComponentResourceOptions = {}) {
        const options = validated(args);
        const { namespace } = options;
        let fromBefore = false;
        const hook = refuseFrozenChanges(name, (oldInputs) => (fromBefore = oldInputs.marker !== MARKER_LAYOUT));
        const later = hasLater(args) ? [refuseProblems(name)] : [];
        const hooks = { beforeCreate: later, beforeUpdate: [...later, hook] };
        super("etcd:index:EtcdCluster", name, frozenInputs(args, options), withHooks(opts, hooks));

        warningsOf(options, args).forEach((warning) => void pulumi.log.warn(warning, this));
        const children = { parent: this };
        const names = namesOf(options.name);
        const secrets = credentials(name, args, options, this);
        const recovery = recoveryAsked(name, options, this);
        this.rootPassword = pulumi.output(secrets.rootPassword);
        this.initialClusterToken = secrets.initialClusterToken;
        const certificates = options.tls === "generated" ? generatedCertificates(name, options, this) : undefined;
        this.caCert = pulumi.output(certificates?.ca);

        const scripts = readScripts();
        const needs = [
            new k8s.core.v1.Service(`${name}-headless`, headlessService(options), children),
            ...(secrets.rootPassword
                ? [
                      new k8s.core.v1.Secret(
                          `${name}-root-password`,
                          rootPasswordSecret(options, secrets.rootPassword, secrets.previousRootPassword),
                          children,
                      ),
                  ]
                : []),
            // The engine deletes the one before it last of all, when the rollout has ended well.
            new k8s.core.v1.ConfigMap(scriptsName(name, hashOf(scripts)), scriptsConfigMap(options, scripts), children),
            // Likewise.
            new k8s.core.v1.Secret(
                jwtKeyName(name, options.jwtKeyGeneration),
                jwtKeySecret(options, secrets.jwtKey),
                children,
            ),
            ...(certificates
                ? [
                      // Likewise, and with it the CAs that are no longer in the list.
                      new k8s.core.v1.Secret(
                          tlsName(name, options.tlsCaGenerations),
                          tlsSecret(options, certificates),
                          children,
                      ),
                  ]
                : []),
            ...(options.tls === "cert-manager" ? [issuedCertificate(name, options, this)] : []),
            // Not before the hook has seen what was there.
            registered(this).then(
                () =>
                    new k8s.core.v1.ConfigMap(`${name}-formation`, marker(options), {
                        ...children,
                        ...markerOptions(fromBefore),
                    }),
            ),
            new k8s.core.v1.ConfigMap(`${name}-recovery`, recoveryRequest(options, recovery), children),
            ...account(name, memberAccess(options), children),
            new k8s.networking.v1.NetworkPolicy(name, networkPolicy(options), children),
            ...(options.egress === "restricted"
                ? [new k8s.networking.v1.NetworkPolicy(`${name}-egress`, egressPolicy(options), children)]
                : []),
            new k8s.policy.v1.PodDisruptionBudget(name, disruptionBudget(options), children),
        ];
        // Behind what pods need: a LoadBalancer is waited for, and is not to be paid for when there will be no pods.
        const client = new k8s.core.v1.Service(`${name}-client`, clientService(options), {
            ...children,
            dependsOn: needs,
        });
        // Made last and deleted first: what a pod needs must outlive it.
        const template = podTemplate(options, scripts, secrets.initialClusterToken, certificates?.ca);
        const set = new k8s.apps.v1.StatefulSet(name, statefulSet(options, template), {
            ...children,
            dependsOn: needs,
        });
        // Ends when the wanted members, and no others, run the template and are Ready, and with it `pulumi up`.
        const { acceptVolumes } = options;
        const { generation } = set.metadata;
        const occasion = { generation, recovery, acceptVolumes, rotation: secrets.rotation };
        const job = new k8s.batch.v1.Job(
            `${name}-rollout`,
            rollout(options, scripts, secrets.initialClusterToken, occasion),
            {
                ...children,
                dependsOn: [set, ...account(`${name}-rollout`, rolloutAccess(options), children)],
            },
        );

        if (options.backup) {
            const steps = readBackupScripts();
            const dependsOn = [
                new k8s.core.v1.ServiceAccount(`${name}-backup`, backupAccount(options), children),
                new k8s.core.v1.ConfigMap(scriptsName(name, hashOf(steps)), scriptsConfigMap(options, steps), children),
                ...needs,
            ];
            const cronJob = backupCronJob(options, options.backup, steps, secrets.initialClusterToken);
            new k8s.batch.v1.CronJob(`${name}-backup`, cronJob, { ...children, dependsOn });
        }

        const scheme = schemeOf(options.tls);
        const ordinals = Array.from({ length: options.replicas }, (_, ordinal) => ordinal);
        this.version = job.id.apply(() => options.version);
        this.statefulSet = set.metadata.name;
        this.namespace = pulumi.output(namespace);
        const place = pulumi.all([namespace, options.clusterDomain]);
        this.endpoint = place.apply((where) => clusterUrl(scheme, options.name, ...where));
        this.endpoints = place.apply((where) =>
            ordinals.map((ordinal) => memberUrl(scheme, options.name, ordinal, ...where)),
        );
        this.externalEndpoint = externalEndpoint(options, client);
        this.rootPasswordSecret = pulumi.output(options.rootPasswordSecret ?? names.rootPasswordSecret);
        this.registerOutputs({
            endpoint: this.endpoint,
            endpoints: this.endpoints,
            externalEndpoint: this.externalEndpoint,
            caCert: this.caCert,
            rootPasswordSecret: this.rootPasswordSecret,
            rootPassword: this.rootPassword,
            initialClusterToken: this.initialClusterToken,
            version: this.version,
            statefulSet: this.statefulSet,
            namespace: this.namespace,
        });
    }
}

/** Resolves when the engine has taken the component up, and its hooks have run. A promise, for an output would depend on all its children. */
const registered = (component: pulumi.Resource) => new Promise<void>((resolve) => component.urn.apply(() => resolve()));

/** A service account with its rights. */
function account(name: string, access: Access, children: pulumi.CustomResourceOptions): pulumi.Resource[] {
    return [
        new k8s.core.v1.ServiceAccount(name, access.account, children),
        new k8s.rbac.v1.Role(name, access.role, children),
        new k8s.rbac.v1.RoleBinding(name, access.binding, children),
    ];
}

/** The caller's options with our hooks beside theirs. */
function withHooks(
    opts: pulumi.ComponentResourceOptions,
    ours: Record<"beforeCreate" | "beforeUpdate", pulumi.ResourceHook[]>,
): pulumi.ComponentResourceOptions {
    const beforeCreate = [...(opts.hooks?.beforeCreate ?? []), ...ours.beforeCreate];
    const beforeUpdate = [...(opts.hooks?.beforeUpdate ?? []), ...ours.beforeUpdate];
    return { ...opts, hooks: { ...opts.hooks, beforeCreate, beforeUpdate } };
}
