/** What `backup` may be, and what it comes to with its defaults. */
import type { EtcdBackup, EtcdBackupKeep, EtcdBackupS3 } from "../args";
import { isImage, isObjectName, isRecord, isText, type Check } from "../validation/checks";
import { isCronSchedule } from "../validation/cron";
import { HIDDEN, type Problem } from "../validation/problem";

/** As the objects of Kubernetes are made of it. */
export interface Backup {
    schedule: string;
    timeZone: string;
    image: string;
    volume?: string;
    s3?: EtcdBackupS3;
    keep: Required<EtcdBackupKeep>;
}

/** The client of the store, as the tests have it. */
const RCLONE = "docker.io/rclone/rclone:1.76.0";
const TIME_ZONE = "Etc/UTC";
const KEEP: Required<EtcdBackupKeep> = { last: 6, hourly: 24, daily: 7, weekly: 4 };
/** Of each kind: a list of thousands takes the store long, and says nothing more. */
const MOST_KEPT = 1000;

export function backupOption({ backup }: { backup?: EtcdBackup }): Backup | undefined {
    if (backup === undefined) {
        return undefined;
    }
    const given = Object.entries(backup.keep ?? {}).filter(([, count]) => count !== undefined);
    // `pulumi config` has texts in an object.
    const keep = Object.fromEntries(given.map(([span, count]) => [span, Number(count)]));
    return { timeZone: TIME_ZONE, image: RCLONE, ...backup, keep: { ...KEEP, ...keep } };
}

type Rules = Record<string, { check: Check; allowed: string; required?: true }>;

const isCount =
    (least: number): Check =>
    (value) => {
        const count = typeof value === "string" && /^\d{1,4}$/.test(value) ? Number(value) : value;
        return typeof count === "number" && Number.isInteger(count) && count >= least && count <= MOST_KEPT;
    };

const count = (least: number) => ({ check: isCount(least), allowed: `an integer from ${least} to ${MOST_KEPT}` });

const TOP: Rules = {
    schedule: {
        check: isCronSchedule,
        allowed:
            "five fields as cron has them (minute, hour, day of the month, month, day of the week), such as 0 * * * * for every hour, or @hourly, @daily, @weekly, @monthly",
        required: true,
    },
    timeZone: { check: isTimeZone, allowed: "the name of a time zone such as Europe/Berlin, or Etc/UTC" },
    image: { check: isImage, allowed: `an image reference such as ${RCLONE}` },
    volume: { check: isObjectName, allowed: "the name of a PersistentVolumeClaim" },
    s3: { check: isRecord, allowed: "bucket, secret, and endpoint, region, prefix where they are needed" },
    keep: { check: isRecord, allowed: "last, hourly, daily, weekly" },
};

const S3: Rules = {
    bucket: {
        check: isText(/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/),
        allowed: "the name of an existing bucket: 3 to 63 characters of A-Z a-z 0-9 . _ -",
        required: true,
    },
    secret: {
        check: isObjectName,
        allowed: "the name of a Secret with access-key-id and secret-access-key, in the namespace of the cluster",
        required: true,
    },
    endpoint: {
        check: isText(/^https?:\/\/([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(:\d{1,5})?$/, 300),
        allowed: "a URL such as https://s3.example.org:9000, without a path",
    },
    region: { check: isText(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 63), allowed: "a region such as eu-central-1" },
    prefix: {
        check: isText(/^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/, 200),
        allowed: "a folder in the bucket: names of A-Z a-z 0-9 . _ - parted by single slashes",
    },
};

const KEEP_RULES: Rules = { last: count(1), hourly: count(0), daily: count(0), weekly: count(0) };

/** All that is wrong with it, each under its own key. What has an unknown name is not shown: it may be a key of the store. */
export function backupProblems(value: unknown): Problem[] {
    if (!isRecord(value)) {
        return [{ key: "backup", value, allowed: "schedule, and volume or s3" }];
    }
    const inside = (key: string, rules: Rules) =>
        isRecord(value[key]) ? broken(`backup.${key}`, value[key], rules) : [];
    const destinations = ["volume", "s3"].filter((key) => value[key] !== undefined);
    return [
        ...broken("backup", value, TOP),
        ...inside("s3", S3),
        ...inside("keep", KEEP_RULES),
        ...(destinations.length === 1
            ? []
            : [{ key: "backup", value: destinations, allowed: "one destination: volume, or s3" }]),
        ...(isRecord(value.s3) && value.s3.endpoint === undefined && value.s3.region === undefined
            ? [
                  {
                      key: "backup.s3.region",
                      value: undefined,
                      allowed: "a region of AWS such as eu-central-1; or endpoint is set",
                  },
              ]
            : []),
    ];
}

function broken(path: string, value: Record<string, unknown>, rules: Rules): Problem[] {
    const unknown = Object.keys(value).filter((key) => !(key in rules) && value[key] !== undefined);
    const known = Object.entries(rules).filter(([key, { check, required }]) =>
        value[key] === undefined ? required : !check(value[key]),
    );
    return [
        ...unknown.map((key) => ({
            key: `${path}.${key}`,
            value: HIDDEN,
            allowed: `no such key; ${path} has ${Object.keys(rules).join(", ")}. Keys of a store belong into the Secret`,
        })),
        ...known.map(([key, { allowed }]) => ({ key: `${path}.${key}`, value: value[key], allowed })),
    ];
}

function isTimeZone(value: unknown): boolean {
    if (!isText(/^[A-Za-z][A-Za-z0-9_+/-]*$/, 64)(value) || /^local$/i.test(String(value))) {
        return false;
    }
    try {
        return new Intl.DateTimeFormat("en", { timeZone: String(value) }) !== undefined;
    } catch {
        return false;
    }
}
