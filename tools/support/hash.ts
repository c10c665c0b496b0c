/** What files are, in a word: for caches and records that hold only as long as those files are the same. */
import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";

/** Of files below a folder, by name and content, in the order given. */
export function hashOfFiles(folder: string, files: string[]): string {
    const hash = crypto.createHash("sha256");
    for (const file of files) {
        hash.update(`${file}\0`)
            .update(fs.readFileSync(path.join(folder, file)))
            .update("\0");
    }
    return hash.digest("hex");
}
