/** Where things are: the checkout, and the cache folder that holds everything made outside it. */
import * as os from "os";
import * as path from "path";

export const CHECKOUT = path.join(__dirname, "../..");

/** Tools, states of the local stacks and local clusters. `PULUMI_ETCD_CACHE` moves it. */
export function cacheFolder(...parts: string[]): string {
    const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache");
    return path.join(process.env.PULUMI_ETCD_CACHE || path.join(base, "pulumi-etcd"), ...parts);
}
