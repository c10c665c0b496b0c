/** The members' volumes, and how large etcd's database on them may become. */
import { isCompaction, isLabels, isObjectName, isQuota, isStorageSize } from "../validation/checks";
import { defaultQuota } from "../validation/database-quota";
import { parseQuantity } from "../validation/quantity";
import { LABELS, REFUSED, RESTARTS, type Settings } from "./setting";

const STORAGE_SIZE = "1Gi";

const VOLUMES_STAY = "Kubernetes cannot change the volumes of a StatefulSet";

export const STORAGE = {
    storageClass: {
        kind: "text",
        later: true,
        check: isObjectName,
        allowed: "the name of a StorageClass",
        defaultText: "the Kubernetes cluster's default class; with a `storageSelector`, none",
        description: "Storage class of the volumes",
        change: REFUSED,
        wayOut: `${VOLUMES_STAY}. Make a second stack and move the data`,
    },
    storageSize: {
        kind: "text",
        check: isStorageSize,
        allowed: "a positive Kubernetes quantity such as 1Gi, at least 256Mi",
        default: STORAGE_SIZE,
        description:
            "Size of each member's volume, 256Mi or more. The default is for a trial; take 5Gi for data that grows, as that holds etcd's usual 2 GiB",
        change: REFUSED,
        wayOut: `${VOLUMES_STAY}. Keep it, and let volumes grow by patching each PersistentVolumeClaim; for a larger database make a second stack and move the data`,
    },
    quotaBackendBytes: {
        kind: "text",
        check: isQuota,
        allowed: "a Kubernetes quantity such as 2Gi, at least 16Mi and less than `storageSize`",
        defaultText: "what the volume has room for: 256Mi of 1Gi, at most 2Gi",
        // In bytes, as etcd takes it.
        option: ({ quotaBackendBytes, storageSize = STORAGE_SIZE }) =>
            quotaBackendBytes
                ? Math.floor(parseQuantity(quotaBackendBytes)!)
                : defaultQuota(parseQuantity(storageSize)!),
        description:
            "Size of the database at which [etcd stops writes](docs/operations.md#the-database-is-full), 16Mi or more and less than `storageSize`",
        change: RESTARTS,
    },
    autoCompaction: {
        kind: "text",
        check: isCompaction,
        allowed: "a whole number of minutes or hours from 5m to 168h such as 1h, or off",
        default: "1h",
        description:
            "How long etcd keeps [what was overwritten or deleted](docs/operations.md#the-database-is-full), from `5m` to `168h`, or `off`",
        change: RESTARTS,
    },
    storageSelector: {
        kind: "object",
        check: isLabels,
        allowed: LABELS,
        defaultText: "none",
        option: ({ storageSelector = {} }) => storageSelector,
        description:
            "Labels of PersistentVolumes made beforehand that the claims bind to, e.g. `k8s.cloud/storage-type: ceph-rbd` (`pulumi config set --path 'storageSelector[\"k8s.cloud/storage-type\"]' ceph-rbd`)",
        change: REFUSED,
        wayOut: `${VOLUMES_STAY}. Make a second stack and move the data`,
    },
} satisfies Partial<Settings>;
