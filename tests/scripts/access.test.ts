// What the two service accounts may do, as the API server itself lists it: beyond what Kubernetes gives to every account, exactly
// the rights that the scripts use. A right too many fails here, whichever object gives it.
import assert from "assert";

import { registeredObjects } from "../support/registered-objects";
import { environment } from "../support/scripts-environment";

const NAMESPACE = "access";
const NAME = "etcd";
const PODS = Array.from({ length: 9 }, (_, ordinal) => `${NAME}-${ordinal}`);

interface Rule {
    verbs: string[];
    apiGroups?: string[];
    resources?: string[];
    resourceNames?: string[];
    nonResourceURLs?: string[];
}

/** A rule as single rights: "verb resource.group name". */
function rightsIn({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: Rule): string[] {
    const kinds = resources.flatMap((each) => apiGroups.map((group) => (group ? `${each}.${group}` : each)));
    const names = resourceNames.length > 0 ? resourceNames : ["*"];
    const objects = [...kinds.flatMap((kind) => names.map((name) => `${kind} ${name}`)), ...nonResourceURLs];
    return verbs.flatMap((verb) => objects.map((object) => `${verb} ${object}`));
}

describe("the service accounts of what the program makes", () => {
    const kubectl = (args: string[], input?: string) => environment().api.kubectl(args, input);

    /** What `kubectl auth can-i --list` prints, as data. */
    async function rightsOf(account: string, namespace: string): Promise<string[]> {
        const review = {
            apiVersion: "authorization.k8s.io/v1",
            kind: "SelfSubjectRulesReview",
            spec: { namespace },
        };
        const as = [`--as=system:serviceaccount:${NAMESPACE}:${account}`];
        const groups = ["system:serviceaccounts", `system:serviceaccounts:${NAMESPACE}`, "system:authenticated"];
        const who = [...as, ...groups.map((group) => `--as-group=${group}`)];
        // kubectl's own validation asks for types that such an account may not list.
        const answer = await kubectl(
            ["create", "--validate=false", ...who, "-o", "json", "-f", "-"],
            JSON.stringify(review),
        );
        const { status } = JSON.parse(answer) as {
            status: { resourceRules: Rule[]; nonResourceRules: Rule[]; incomplete: boolean };
        };
        assert.equal(status.incomplete, false);
        return [...new Set([...status.resourceRules, ...status.nonResourceRules].flatMap(rightsIn))].sort();
    }

    /** What it has beyond an account to which nobody gave anything. */
    async function granted(account: string, namespace = NAMESPACE): Promise<string[]> {
        const everybody = await rightsOf("nobody", namespace);
        assert.ok(everybody.length > 0);
        return (await rightsOf(account, namespace)).filter((right) => !everybody.includes(right));
    }

    before(async () => {
        const objects = await registeredObjects({ name: NAME, namespace: NAMESPACE });
        const rights = objects.filter(({ kind }) => /Role|RoleBinding|ServiceAccount/.test(String(kind)));
        assert.equal(rights.length, 6);
        const namespaces = [NAMESPACE, "elsewhere"].map((name) => ({
            apiVersion: "v1",
            kind: "Namespace",
            metadata: { name },
        }));
        const list = { apiVersion: "v1", kind: "List", items: [...namespaces, ...rights] };
        await kubectl(["apply", "--server-side", "-f", "-"], JSON.stringify(list));
    });

    it("let a member read its StatefulSet, the request to recover and its volumes' claims, and patch its marker", async () => {
        assert.deepEqual(await granted(NAME), [
            `get configmaps ${NAME}-formation`,
            `get configmaps ${NAME}-recovery`,
            ...PODS.map((pod) => `get persistentvolumeclaims datadir-${pod}`),
            `get statefulsets.apps ${NAME}`,
            `patch configmaps ${NAME}-formation`,
        ]);
    });

    it("let the rollout read, end members' pods by name and its own Job, and read and write events", async () => {
        const pods = PODS.flatMap((name) => [
            `create pods/eviction ${name}`,
            `delete pods ${name}`,
            `get pods ${name}`,
            `get persistentvolumeclaims datadir-${name}`,
        ]);
        assert.deepEqual(
            await granted(`${NAME}-rollout`),
            [
                ...pods,
                ...["list", "create", "update"].map((verb) => `${verb} events *`),
                ...["get", "patch"].map((verb) => `${verb} jobs.batch ${NAME}-rollout`),
                `get configmaps ${NAME}-formation`,
                `get configmaps ${NAME}-recovery`,
                `get statefulsets.apps ${NAME}`,
            ].sort(),
        );
    });

    it("give nothing in any other namespace", async () => {
        for (const account of [NAME, `${NAME}-rollout`]) {
            assert.deepEqual(await granted(account, "elsewhere"), []);
        }
    });
});
