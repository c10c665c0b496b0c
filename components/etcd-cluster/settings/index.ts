/**
 * Every argument of EtcdCluster, in the order in which args.ts has them. Validation, defaults, refusals, the reading of a stack's
 * configuration, Pulumi.yaml and the README's table all come from here: `npm run generate` writes the last two.
 */
import { BACKUP } from "./backup";
import { CREDENTIALS } from "./credentials";
import { ETCD } from "./etcd";
import { IMAGES } from "./images";
import { MEMBERS } from "./members";
import { NETWORK } from "./network";
import { PODS } from "./pods";
import { RECOVERY } from "./recovery";
import type { AnySetting, Key, Settings } from "./setting";
import { STORAGE } from "./storage";
import { TLS } from "./tls";

const TABLE = {
    ...MEMBERS,
    ...IMAGES,
    ...ETCD,
    ...PODS,
    ...STORAGE,
    ...NETWORK,
    ...CREDENTIALS,
    ...TLS,
    ...RECOVERY,
    ...BACKUP,
} satisfies Settings;

/** The table with all that is particular to each setting, for types that follow from it. */
export type SettingsTable = typeof TABLE;

export const SETTINGS: Settings = TABLE;

/** For those to whom all are alike. */
export const EACH_SETTING = Object.entries(TABLE) as [Key, AnySetting][];

/** Every argument that there is. */
export const KEYS = EACH_SETTING.map(([key]) => key);
