/**
 * The contract of EtcdCluster: what may be set, what it means, and what changing it does to a running cluster. For people and their
 * editors; what the program makes of each argument is in settings/, in the same order.
 */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** Requests and limits of a container, as Kubernetes quantities. What is not set keeps its default. */
export interface EtcdResources {
    /** What the scheduler reserves, e.g. `{ cpu: "4", memory: "4Gi" }`. */
    requests?: Record<string, string>;
    /** What the kernel enforces. A CPU limit throttles etcd's heartbeats; leave it out unless you must. */
    limits?: Record<string, string>;
}

/** How members are spread over nodes, and over zones. The texts themselves are fine too, as with the others below. */
export const EtcdAffinity = {
    /** On different ones, if there are enough. */
    Soft: "soft",
    /** On different ones; a member that finds none waits. */
    Hard: "hard",
    /** As the scheduler likes. */
    None: "none",
} as const;
export type EtcdAffinity = (typeof EtcdAffinity)[keyof typeof EtcdAffinity];

/** Who says as which user the pods run. */
export const EtcdPodSecurity = {
    /** The program: user and group 65532. */
    Fixed: "fixed",
    /** The Kubernetes cluster, which must do so. */
    Platform: "platform",
} as const;
export type EtcdPodSecurity = (typeof EtcdPodSecurity)[keyof typeof EtcdPodSecurity];

/** A part of a pod as Kubernetes has it. Values may be outputs; lists and maps are plain, and so are names in them. */
export type EtcdPod = Partial<k8s.types.input.core.v1.PodSpec>;

/** How clients outside the Kubernetes cluster reach the client Service. */
export const ClientServiceType = {
    /** They do not. */
    ClusterIP: "ClusterIP",
    NodePort: "NodePort",
    LoadBalancer: "LoadBalancer",
} as const;
export type ClientServiceType = (typeof ClientServiceType)[keyof typeof ClientServiceType];

/** What pods may connect to, by NetworkPolicy. */
export const Egress = {
    /** Nothing of the program's limits it. */
    Open: "open",
    /** DNS, the API server and the members. */
    Restricted: "restricted",
} as const;
export type Egress = (typeof Egress)[keyof typeof Egress];

/** Where certificates come from, if members and clients speak TLS. */
export const EtcdTls = {
    /** Plain HTTP. */
    Off: "off",
    /** From a CA of the cluster's own; `pulumi up` renews them. */
    Generated: "generated",
    /** From the Secret that `tlsSecret` names. */
    Secret: "secret",
    /** From the cert-manager of the Kubernetes cluster. */
    CertManager: "cert-manager",
} as const;
export type EtcdTls = (typeof EtcdTls)[keyof typeof EtcdTls];

/** Backups by a schedule; `schedule` and one destination are needed. */
export interface EtcdBackup {
    /** When, as cron has it: `0 * * * *` is every hour. What was written after the last backup is lost with all volumes. */
    schedule: string;
    /** Time zone of the schedule. By default `Etc/UTC`. */
    timeZone?: string;
    /** An existing PersistentVolumeClaim of the namespace to keep them on. */
    volume?: string;
    /** An existing bucket to keep them in. */
    s3?: EtcdBackupS3;
    /** How many are kept; those that were not restored and compared do not count. */
    keep?: EtcdBackupKeep;
    /** Image with rclone on its path, which speaks to the store; needs no shell. By default `docker.io/rclone/rclone:1.76.0`. */
    image?: string;
}

/** A bucket of S3, or of anything that speaks like it. */
export interface EtcdBackupS3 {
    /** Its name; it must be there. */
    bucket: string;
    /** Name of a Secret with `access-key-id` and `secret-access-key`, and `session-token` or `ca.crt` where there are such. */
    secret: string;
    /** URL of the service. By default that of AWS in `region`. */
    endpoint?: string;
    /** Its region; needed without `endpoint`. */
    region?: string;
    /** Folder in the bucket. By default its root. */
    prefix?: string;
}

/** The newest of each of so many hours, days and weeks, in UTC, that have a backup, and so many beside them. */
export interface EtcdBackupKeep {
    /** The newest ones, at least 1. By default 6. */
    last?: number;
    /** By default 24. */
    hourly?: number;
    /** By default 7. */
    daily?: number;
    /** By default 4. */
    weekly?: number;
}

/**
 * Arguments of {@link EtcdCluster}. Plain values that are bad are refused at preview, all of them in one error. Those that are `Input` may
 * be outputs of other resources: what is known at preview is checked there, the rest in `pulumi up` before any object of the cluster is made. "Refused" below means that the change is refused at preview, because it would delete the
 * StatefulSet under a running cluster or leave etcd and its Secrets apart.
 *
 * `Pod` is the type of `pod` and nobody's to set: Pulumi's schema inference has no words for that of the Kubernetes SDK.
 */
export interface EtcdClusterArgs<Pod = EtcdPod> {
    /**
     * Number of members, 1 to 9; an even number tolerates no more failures than the odd one below it.
     * Changing it joins (as learners, one at a time) or removes members; no running pod restarts.
     * @default 3
     */
    replicas?: number;
    /**
     * How many members form the cluster together on the very first start; the others join one by one.
     * Changing it after formation has no effect.
     * @default the smaller of 3 and `replicas`
     */
    initialClusterSize?: number;
    /**
     * Name of the StatefulSet and prefix of everything else: a DNS label of at most 52 characters.
     * Changing it is refused.
     * @default "infra-etcd-cluster"
     */
    name?: string;
    /**
     * An existing namespace, or one that the same program makes: `namespace.metadata.name`.
     * Changing it is refused.
     * @default "default"
     */
    namespace?: pulumi.Input<string>;
    /**
     * Requests and limits of the etcd container. The default fits a laptop; a busy cluster wants 4 CPU and 4Gi. What is not set keeps its
     * default, but no request is above a limit that is set, and no limit below a request.
     * Changing it restarts one member at a time.
     * @default requests 100m CPU and 256Mi memory, limit 1Gi memory
     */
    resources?: EtcdResources;
    /**
     * Spread over nodes: `soft` prefers, `hard` requires one node a member, `none` leaves it to the scheduler. With `hard`
     * a preview says how many nodes it takes; whether they are there is not looked up.
     * Changing it restarts one member at a time.
     * @default "soft"
     */
    affinity?: EtcdAffinity;
    /**
     * etcd version: 3.5.33+, 3.6.14+ or 3.7.1+; with `allowVulnerableVersion` also 3.4.42+, 3.5.32+, 3.6.12+.
     * One minor at a time, upwards; anything else is refused, but for taking an upgrade back that has not reached every member.
     * Changing it restarts one member at a time.
     * @default the version in the tag of `image`, else "3.6.16"
     * @see https://etcd.io/docs/latest/upgrades/
     */
    version?: string;
    /**
     * Whether `version` may be one with known vulnerabilities: CVE-2026-73499 lets a user who may read one key watch every later key, and
     * CVE-2026-73500 lets whoever reaches a TLS port use up memory. It is for the version that is asked for; a cluster that runs such a
     * version can be upgraded without it.
     * Changing it has no effect by itself.
     * @default false
     */
    allowVulnerableVersion?: boolean;
    /**
     * Image with `etcd` and `etcdctl` on its path; needs no shell. A digest is welcome. An output needs `version` beside it.
     * Changing it restarts one member at a time.
     * @default "gcr.io/etcd-development/etcd:v<version>"
     */
    image?: pulumi.Input<string>;
    /**
     * Image with a static busybox at /bin/busybox: the shell and tools of the scripts.
     * Changing it restarts one member at a time.
     * @default "docker.io/library/busybox:1.37.0-musl"
     */
    toolboxImage?: pulumi.Input<string>;
    /**
     * Image with kubectl at /bin/kubectl: the scripts' client of the API server.
     * Changing it restarts one member at a time.
     * @default "registry.k8s.io/kubectl:v1.34.4"
     */
    kubectlImage?: pulumi.Input<string>;
    /**
     * `Always`, `IfNotPresent` or `Never`, for all three images.
     * Changing it restarts one member at a time.
     * @default "IfNotPresent"
     */
    imagePullPolicy?: string;
    /**
     * A mirror of the default images, which it has under their whole names: `<imageRegistry>/gcr.io/etcd-development/etcd:v3.6.16`,
     * `<imageRegistry>/docker.io/library/busybox:...`, `<imageRegistry>/registry.k8s.io/kubectl:...`. An image that is set itself is
     * taken as it is.
     * Changing it restarts one member at a time.
     * @default none
     */
    imageRegistry?: string;
    /**
     * Flags of etcd by name, without the dashes: `{ "heartbeat-interval": "500", "election-timeout": "5000" }`. What each version has is
     * allowed, but for what the program or its scripts own, which is refused with the key that sets it. A flag that another version
     * calls by another name is refused with that name.
     * Changing it restarts one member at a time; until the last one has restarted, members differ in it.
     * @default etcd's own
     * @see https://etcd.io/docs/latest/op-guide/configuration/
     */
    etcdFlags?: Record<string, string>;
    /**
     * Names of Secrets of the namespace with the login to a registry, for all pods.
     * Changing it restarts one member at a time.
     * @default none
     */
    imagePullSecrets?: string[];
    /**
     * Taints of nodes that the pods tolerate, members and Jobs alike.
     * Changing it restarts one member at a time.
     * @default none
     */
    tolerations?: k8s.types.input.core.v1.Toleration[];
    /**
     * Labels of the nodes on which the pods may run, members and Jobs alike.
     * Changing it restarts one member at a time; one whose volume cannot come along waits.
     * @default none
     */
    nodeSelector?: Record<string, string>;
    /**
     * PriorityClass of the pods, members and Jobs alike.
     * Changing it restarts one member at a time.
     * @default that of the Kubernetes cluster
     */
    priorityClassName?: string;
    /**
     * Spread over zones (`topology.kubernetes.io/zone`), beside the spread over nodes that `affinity` is: `soft` prefers, with `hard`
     * a member waits rather than make numbers differ by more than one, `none` leaves it to the scheduler.
     * Changing it restarts one member at a time.
     * @default "soft"
     */
    topologySpread?: EtcdAffinity;
    /**
     * Labels of the pods, members and Jobs alike, beside those of the program; `app` and `k8s-app` are its own.
     * Changing it restarts one member at a time.
     * @default none
     */
    podLabels?: Record<string, string>;
    /**
     * Annotations of the pods, members and Jobs alike. Service meshes are told to keep out, unless their own annotations here say
     * otherwise.
     * Changing it restarts one member at a time.
     * @default none
     */
    podAnnotations?: Record<string, string>;
    /**
     * Labels of all objects and pods, beside those of the program; `app` and `k8s-app` are its own. The claims of the volumes, which
     * Kubernetes makes, and a marker that is there already keep what they have.
     * Changing it restarts one member at a time.
     * @default none
     */
    commonLabels?: Record<string, string>;
    /**
     * Requests and limits of everything beside etcd: init containers and Jobs. What is not set keeps its default, as with `resources`.
     * Changing it restarts one member at a time.
     * @default 10m CPU and 16Mi memory, limit 128Mi memory; Jobs 10m CPU and 64Mi memory, limit 256Mi memory
     */
    helperResources?: EtcdResources;
    /**
     * User and group of the pods: `fixed` is 65532, `platform` leaves them to the Kubernetes cluster, which must set a user and the group
     * of the volumes, as OpenShift does.
     * Changing it restarts one member at a time.
     * @default "fixed"
     */
    podSecurity?: EtcdPodSecurity;
    /**
     * A part of a PodSpec that is laid over all pods, members and Jobs alike, last of all. Maps are merged; of lists, containers, init
     * containers, volumes, variables and pull secrets are merged by name, mounts by path, host aliases by address, and others are
     * replaced. More containers are for members alone, since a Job ends with its last container; more init containers and volumes are for
     * all. What the scripts own is refused, with the reason.
     * Changing it restarts one member at a time.
     * @default none
     */
    pod?: Pod;
    /**
     * Storage class of the volumes.
     * Changing it is refused.
     * @default the Kubernetes cluster's default class
     */
    storageClass?: pulumi.Input<string>;
    /**
     * Size of each member's volume, a Kubernetes quantity of at least 256Mi. How much data fits is `quotaBackendBytes`, which follows
     * from it: 256Mi by default, 2Gi from 4608Mi on, so take 5Gi where data will grow. The default is for a trial.
     * Changing it is refused.
     * @default "1Gi"
     */
    storageSize?: string;
    /**
     * Size of the database at which etcd stops writes (alarm NOSPACE, `--quota-backend-bytes`): a Kubernetes quantity of at least
     * 16Mi and less than `storageSize`. A volume that is full before that ends the member instead, so it needs twice the quota
     * (defragmentation, and a member that is sent a whole database, write a second one beside the first) and 512Mi for the log: etcd
     * keeps five files of 64 MB and the next one, and more where the last 10,000 writes (100,000 before 3.6) are larger, which
     * is so when values have more than 25 kB (2.5 kB) in the mean. A volume that needs more than `storageSize` is a warning,
     * and so is a quota above 8Gi, the most that etcd advises.
     * Changing it restarts one member at a time. Below the size of the database it stops writes at once; raised, it needs
     * `etcdctl alarm disarm` where the alarm is on.
     * @default half of what `storageSize` leaves beside those 512Mi, at least a quarter of it, at most 2Gi, etcd's own default
     */
    quotaBackendBytes?: string;
    /**
     * How long etcd keeps what was overwritten or deleted: a whole number of minutes or hours from `5m` to `168h`, or `off`. The leader
     * compacts what is older each time that this has passed, at least once an hour (`--auto-compaction-mode periodic`), but not before
     * it has run that long itself. Without it the database grows with every write. A watcher that is further behind, and a read of an
     * older revision, are told so and must read anew.
     * Changing it restarts one member at a time.
     * @default "1h"
     */
    autoCompaction?: string;
    /**
     * Labels of PersistentVolumes made beforehand that the claims shall bind to, e.g. `{"k8s.cloud/storage-type": "ceph-rbd"}`.
     * Changing it is refused.
     * @default none
     */
    storageSelector?: Record<string, string>;
    /**
     * Type of the client Service.
     * Changing it updates the Service in place; members are not touched.
     * @default "ClusterIP"
     */
    clientServiceType?: ClientServiceType;
    /**
     * Port on every node, 30000 to 32767; only with `clientServiceType` NodePort or LoadBalancer.
     * Changing it updates the Service in place.
     * @default chosen by Kubernetes
     */
    nodePort?: number;
    /**
     * Annotations of the client Service, by which many clouds take the settings of a balancer.
     * Changing it updates the Service in place.
     * @default none
     */
    serviceAnnotations?: Record<string, string>;
    /**
     * Ranges of addresses from which the balancer takes connections, e.g. `["10.0.0.0/8"]`; only with `clientServiceType` LoadBalancer. A
     * balancer without them, and without a class or annotation that keeps it inside, is a warning.
     * Changing it updates the Service in place.
     * @default from everywhere
     */
    loadBalancerSourceRanges?: string[];
    /**
     * Class of the balancer, e.g. `service.k8s.aws/nlb`; only with `clientServiceType` LoadBalancer.
     * Changing it needs a `pulumi up` with `clientServiceType` ClusterIP in between: Kubernetes refuses it otherwise.
     * @default the Kubernetes cluster's
     */
    loadBalancerClass?: string;
    /**
     * Namespaces from which clients may connect, by NetworkPolicy, where the cluster's network enforces it; only with
     * `clientServiceType` ClusterIP. Members and the rollout always may.
     * Changing it updates the NetworkPolicy in place.
     * @default none: from everywhere
     */
    clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
    /**
     * Namespace whose pods may read the metrics port, 2381, beside the members.
     * Changing it updates the NetworkPolicy in place.
     * @default none
     */
    monitoringNamespace?: pulumi.Input<string>;
    /**
     * What the program's pods may connect to, where the cluster's network enforces it. `open`: nothing of ours limits it. `restricted`: a second
     * NetworkPolicy allows DNS, the API server and the members, and nothing else; a namespace that denies all traffic by default needs it.
     * Changing it makes or deletes that NetworkPolicy; members are not touched.
     * @default "open"
     */
    egress?: Egress;
    /**
     * Ranges of addresses of the Kubernetes API server, e.g. `["192.0.2.10/32"]`; only with `egress` restricted. Pods may connect to all
     * TCP ports of them, and no longer to ports 443 and 6443 everywhere.
     * Changing it updates the NetworkPolicy in place.
     * @default none: ports 443 and 6443 everywhere
     */
    apiServerCidrs?: string[];
    /**
     * Host name or address under which clients outside reach a node or balancer: for the output `externalEndpoint`, and, with `tls`
     * `generated` or `cert-manager`, for the certificate.
     * Changing it is made in place: the certificate is replaced, no member is restarted.
     * @default none: the output is just the port, and clients outside cannot verify members
     */
    externalHost?: pulumi.Input<string>;
    /**
     * DNS domain of the Kubernetes cluster.
     * Changing it is refused with TLS; without it, it restarts one member at a time, and each updates its URL in the member list.
     * @default "cluster.local"
     */
    clusterDomain?: pulumi.Input<string>;
    /**
     * Password of etcd's user root: 8 to 128 printable ASCII characters. Treated as a secret.
     * Changing it is refused without `previousRootPassword`; with it, members replace the one that etcd has, and none restarts.
     * @default generated, 32 characters
     */
    rootPassword?: pulumi.Input<string>;
    /**
     * The password that etcd has now (the output `rootPassword`), to rotate it: `rootPassword` is then the new one, or generated
     * anew when that is taken out, and has no space. Needed until `pulumi up` has succeeded. Treated as a secret.
     * Changing it alone restarts nobody.
     * @default none
     */
    previousRootPassword?: pulumi.Input<string>;
    /**
     * An existing Secret that has the password of etcd's user root under the key `password`, instead of `rootPassword`: 8 to 128 printable
     * ASCII characters. It is yours: nothing of it is read into the stack, so the output `rootPassword` is undefined. To rotate the
     * password, write the new one, without a space, into `password` and the one before into `previous`; members follow within a minute or
     * two, without `pulumi up`.
     * Changing it is refused.
     * @default none: a Secret of the cluster's own
     */
    rootPasswordSecret?: pulumi.Input<string>;
    /**
     * Identity of the cluster: data on a volume that carries another identity is refused. Set it, together with
     * `rootPassword`, to bring kept volumes back under a new stack. 1 to 64 of A-Z a-z 0-9 . _ -
     * Changing it is refused.
     * @default generated
     */
    initialClusterToken?: pulumi.Input<string>;
    /**
     * Number of the key that signs login tokens, 0 to 999999. Another number makes another key; raise it to rotate. Half way through,
     * a token of a member with one key is refused by those with the other, and clients log in again.
     * Changing it restarts one member at a time; the key before is deleted when all have the new one.
     * @default 0
     */
    jwtKeyGeneration?: number;
    /**
     * TLS for clients and between members: `generated` makes a CA and certificates and renews them before they end, `secret`
     * takes those of `tlsSecret`, `cert-manager` asks the cert-manager of the Kubernetes cluster for them, `off` is plain HTTP.
     * Changing it is refused.
     * @default "generated"
     */
    tls?: EtcdTls;
    /**
     * With `tls: secret`: an existing Secret with `ca.crt`, `tls.crt` and `tls.key`. New content is taken up without a restart.
     * Changing it is refused.
     */
    tlsSecret?: pulumi.Input<string>;
    /**
     * With `tls: cert-manager`: who issues the members' certificate. `NAME` is an Issuer in the namespace, `ClusterIssuer/NAME` one for
     * all namespaces, `KIND.GROUP/NAME` an issuer of another API group. It must put its CA into `ca.crt` of the Secret (CA and Vault
     * do, ACME does not).
     * Changing it is refused.
     * @default none: a CA of the cluster's own, which cert-manager makes and keeps in the Secret `<name>-ca`
     */
    tlsIssuer?: pulumi.Input<string>;
    /**
     * Whether clients must show a certificate of the CA as well. Its common name is then the etcd user, unless one logs in.
     * Changing it restarts one member at a time.
     * @default false
     */
    tlsClientAuth?: boolean;
    /**
     * With `tls: generated`: the numbers of its CAs, 1 to 3 different integers from 1 to 999999. Each is a CA with a key of its own. The
     * first signs the members' certificate, all are trusted: `caCert` has them all. To exchange the CA go from `[1]` to `[1, 2]`, give
     * clients the new `caCert`, and go on to `[2, 1]` and `[2]`, each with a `pulumi up`. A step that members could not follow one by one
     * is refused: one that signs by a CA that they do not trust, or stops to trust the one that signs now.
     * Changing it restarts one member at a time; a CA that is taken out is deleted when all members are without it.
     * @default [1]
     */
    tlsCaGenerations?: number[];
    /**
     * One-shot: quorum is lost for good, and the ordinal named here, whose data survived, goes on alone; the others join it
     * anew with empty disks. Refused while a quorum lives. Take it out again afterwards; set once more, it is a new request.
     * Changing it restarts nobody but the member that it names.
     * @default none
     */
    recoverFrom?: number;
    /**
     * With `recoverFrom`: the name of a snapshot in the root of that ordinal's volume, which the cluster is to go on from
     * instead of the ordinal's own data. Another name is another request.
     * Changing it restarts nobody but the member that `recoverFrom` names.
     * @default none
     */
    recoverSnapshot?: string;
    /**
     * One-shot: the volumes were put back from older copies on purpose, all of them, and members are held for that; they start on them as
     * they are. Any word, a date say. One that was there before a member was held counts for nothing: give another one. What was
     * acknowledged after the copies were made is lost. Not needed while a quorum lives: such a member is replaced.
     * Changing it restarts nobody but members that are held.
     * @default none
     */
    acceptVolumes?: string;
    /**
     * Backups by a schedule, by a CronJob that members know nothing of. Each is uploaded, read back, restored into an etcd of its own and
     * compared with the living members; only then it counts, and older ones are deleted. What was written after the last one is lost
     * where all volumes are: the schedule is the answer to how much that may be.
     * Changing it is made in place and restarts nobody.
     * @default none
     */
    backup?: EtcdBackup;
}
