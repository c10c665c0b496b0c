/** What the API server must know before it takes cert-manager's objects: its definitions, from its published Go module. */
import * as fs from "fs";

import { cacheFolder } from "../support/paths";
import { extract } from "./build";
import { CERT_MANAGER } from "./pins";

/** A folder with one YAML file for each definition. */
export async function certManagerDefinitions(): Promise<string> {
    const folder = cacheFolder("tools", `cert-manager-definitions-${CERT_MANAGER}`);
    if (!fs.existsSync(folder)) {
        await extract(`github.com/cert-manager/cert-manager@v${CERT_MANAGER}`, "deploy/crds", folder);
    }
    return folder;
}
