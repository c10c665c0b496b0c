/** `npm run generate`: writes what is made from the settings. With --check it writes nothing, and fails where a file would change. */
import * as fs from "fs";
import * as path from "path";

import { CHECKOUT } from "../support/paths";
import { pulumiYaml, readme } from "./documents";

const FILES = { "Pulumi.yaml": pulumiYaml, "README.md": readme };

async function main(check: boolean): Promise<void> {
    for (const [name, make] of Object.entries(FILES)) {
        const file = path.join(CHECKOUT, name);
        const text = fs.readFileSync(file, "utf8");
        const wanted = await make(text);
        if (text === wanted) {
            continue;
        }
        if (check) {
            console.error(`${name} is not what components/etcd-cluster/settings/ says. To write it: npm run generate`);
            process.exitCode = 1;
        } else {
            fs.writeFileSync(file, wanted);
            console.log(`- wrote ${name}`);
        }
    }
}

void main(process.argv.includes("--check"));
