/** The shell scripts as they are shipped: read once, byte for byte, never templated. */
import * as fs from "fs";
import * as path from "path";

const FOLDER = path.join(__dirname, "../scripts");

/** Content by file name, sorted so that the pod template does not depend on the order of a folder. */
export function readScripts(): Record<string, string> {
    const names = fs.readdirSync(FOLDER).filter((name) => name.endsWith(".sh"));
    return Object.fromEntries(names.sort().map((name) => [name, fs.readFileSync(path.join(FOLDER, name), "utf8")]));
}
