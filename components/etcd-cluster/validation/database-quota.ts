/** How large etcd's database may become (`--quota-backend-bytes`) on a volume of a given size. In bytes. */

const MEBI = 2 ** 20;
const GIBI = 2 ** 30;

/** etcd's own default, and the most that it advises: above that it warns in its log. */
const USUAL_QUOTA = 2 * GIBI;
export const MOST_ADVISED_QUOTA = 8 * GIBI;
/** "8" is eight bytes: a forgotten unit is the mistake that this is for. */
export const LEAST_QUOTA = 16 * MEBI;

/**
 * What lies beside the database: etcd keeps five files of its write-ahead log and allocates the next one, 64 MB each. It deletes
 * older ones twice a minute, so there may be more for a while. That, its small snapshot files and what the file system itself takes
 * is the rest of this.
 */
const BESIDE = 512 * MEBI;

/**
 * The volume that a quota needs. The database counts twice: defragmentation writes it anew beside the old one, and so does a member
 * that fell so far behind that it is sent a whole one.
 */
export const roomFor = (quota: number) => 2 * quota + BESIDE;

/**
 * The largest quota for which a volume has room, at most etcd's own 2 GiB. A volume below 1Gi has hardly any beside the log; it gets
 * a quarter, which is a word of etcd's before the volume is full, and no promise.
 */
export function defaultQuota(storage: number): number {
    return Math.floor(Math.min(USUAL_QUOTA, Math.max((storage - BESIDE) / 2, storage / 4)));
}

/** For people; rounded down, so that what it says is not too much, or up, so that it is not too little. */
export const inMebi = (bytes: number, round = Math.floor) => `${round(bytes / MEBI)}Mi`;
