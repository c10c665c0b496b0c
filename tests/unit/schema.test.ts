// The component can be used from other languages and from YAML: what the Pulumi SDK itself makes of the arguments' types and comments
// when it serves a package of components. It refuses types that it cannot express, such as a plain union of texts.
import assert from "assert";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { Analyzer, type AnalyzeResult } from "@pulumi/pulumi/provider/experimental/analyzer";

import { EACH_SETTING, KEYS } from "../../components/etcd-cluster/settings";

const ROOT = path.join(__dirname, "../..");

/** The SDK reads a whole project; here it is one of the library alone, which takes a third of the time. */
function analyze(): AnalyzeResult {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "etcd-schema-"));
    try {
        const project = {
            extends: path.join(ROOT, "tsconfig.json"),
            compilerOptions: { types: ["node"], typeRoots: [path.join(ROOT, "node_modules/@types")] },
            include: [path.join(ROOT, "components/**/*.ts")],
        };
        fs.writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(project));
        const main = path.join(ROOT, "components/index.ts");
        return new Analyzer(folder, "etcd", { name: "etcd", main }, new Set(["EtcdCluster"])).analyze();
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}

describe("the schema that Pulumi infers", function () {
    this.timeout(120_000);
    let result: AnalyzeResult;
    before(() => {
        result = analyze();
    });

    it("has every argument, with its description and what a change does", () => {
        const { inputs, outputs } = result.components.EtcdCluster!;
        assert.deepEqual(Object.keys(inputs), KEYS, "in the order of settings/");
        for (const [key, { optional, description = "" }] of Object.entries(inputs)) {
            assert.equal(optional, true, key);
            assert.match(description, /(^|\s)Changing it /, key);
            assert.doesNotMatch(description, /@|\[object/, key);
        }
        // A part of a pod is of any form there; what is in it may be known later.
        for (const [key, { later }] of EACH_SETTING.filter(([key]) => key !== "pod")) {
            assert.equal(
                inputs[key]?.plain,
                later ? undefined : true,
                `${key} may be an output of something else, or not`,
            );
        }
        assert.ok(Object.values(outputs).length >= 10);
    });

    it("has the texts that are allowed where there are few", () => {
        const values = (name: string) => result.typeDefinitions[name]!.enum?.map(({ value }) => value);
        assert.deepEqual(values("EtcdAffinity"), ["soft", "hard", "none"]);
        assert.deepEqual(values("ClientServiceType"), ["ClusterIP", "NodePort", "LoadBalancer"]);
        assert.deepEqual(values("EtcdTls"), ["off", "generated", "secret", "cert-manager"]);
    });
});
