// Which scripts are tested: the shipped ones, or a copy that somebody has broken to see the tests fail.
import * as fs from "fs";
import * as path from "path";

export const SCRIPTS = process.env.SCRIPTS_UNDER_TEST ?? path.join(__dirname, "../../components/etcd-cluster/scripts");

/** The scripts of a folder by their paths in it, "lib/…" for what they share, in the order in which they are shipped. */
export function scriptNames(folder = SCRIPTS): string[] {
    const names = fs.readdirSync(folder, { recursive: true, encoding: "utf8" });
    return names.filter((name) => name.endsWith(".sh")).sort();
}
