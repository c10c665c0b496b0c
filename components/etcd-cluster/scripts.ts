/** The shell scripts as they are shipped: read once, byte for byte, never templated. */
import * as fs from "fs";
import * as path from "path";

const FOLDER = path.join(__dirname, "scripts");

/** Content by path below that folder ("lib/…" is what scripts share), sorted so that nothing depends on the order of a folder. */
export function readScripts(): Record<string, string> {
    const names = fs.readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".sh"));
    return Object.fromEntries(names.sort().map((name) => [name, fs.readFileSync(path.join(FOLDER, name), "utf8")]));
}
