/** Programs of our own: what stands for their version is their source. */
import * as fs from "fs";

import { hashOfFiles } from "../support/hash";

/** A short hash of a Go program's source files, by name and content; other files of the folder do not count. */
export function hashOfSource(folder: string): string {
    const files = fs.readdirSync(folder, { recursive: true, encoding: "utf8" });
    const sources = files.filter((name) => /(\.go|^go\.(mod|sum))$/.test(name)).sort();
    return hashOfFiles(folder, sources).slice(0, 12);
}
