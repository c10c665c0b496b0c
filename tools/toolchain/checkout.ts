/** Programs of our own: what stands for their version is their source. */
import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";

/** A short hash of a Go program's source files, by name and content; other files of the folder do not count. */
export function hashOfSource(folder: string): string {
    const hash = crypto.createHash("sha256");
    const files = fs.readdirSync(folder, { recursive: true, encoding: "utf8" });
    for (const file of files.filter((name) => /(\.go|^go\.(mod|sum))$/.test(name)).sort()) {
        hash.update(`${file}\0`)
            .update(fs.readFileSync(path.join(folder, file)))
            .update("\0");
    }
    return hash.digest("hex").slice(0, 12);
}
