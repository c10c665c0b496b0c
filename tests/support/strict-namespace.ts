// A namespace in which nothing is made but what a strict platform takes: a quota that wants requests and limits of every container, labels
// on every object, and users of a range. All by the API server's own admission, so that it is what a real cluster says.
import { PLATFORM_UID } from "./every-shape";
import { kubectl, kubectlWith } from "./cluster-kubectl";
import { waitFor } from "./scripts-wait";

const LABELLED: object[] = [
    {
        apiGroups: [""],
        apiVersions: ["v1"],
        resources: ["pods", "services", "secrets", "configmaps", "serviceaccounts"],
    },
    { apiGroups: ["apps"], apiVersions: ["v1"], resources: ["statefulsets"] },
    { apiGroups: ["batch"], apiVersions: ["v1"], resources: ["jobs"] },
    { apiGroups: ["rbac.authorization.k8s.io"], apiVersions: ["v1"], resources: ["roles", "rolebindings"] },
    { apiGroups: ["networking.k8s.io"], apiVersions: ["v1"], resources: ["networkpolicies"] },
    { apiGroups: ["policy"], apiVersions: ["v1"], resources: ["poddisruptionbudgets"] },
];
const PODS: object[] = [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }];

const LAST_UID = PLATFORM_UID + 9_999;
const inRange = (value: string) => `(!has(${value}) || (${value} >= ${PLATFORM_UID} && ${value} <= ${LAST_UID}))`;

/** Refuses objects that are made in the namespace without what the expressions ask for. */
function policy(name: string, namespace: string, rules: object[], expressions: [string, string][]): object[] {
    const operations = { operations: ["CREATE"] };
    return [
        {
            apiVersion: "admissionregistration.k8s.io/v1",
            kind: "ValidatingAdmissionPolicy",
            metadata: { name },
            spec: {
                failurePolicy: "Fail",
                matchConstraints: { resourceRules: rules.map((rule) => ({ ...operations, ...rule })) },
                validations: expressions.map(([expression, message]) => ({ expression, message })),
            },
        },
        {
            apiVersion: "admissionregistration.k8s.io/v1",
            kind: "ValidatingAdmissionPolicyBinding",
            metadata: { name },
            spec: {
                policyName: name,
                validationActions: ["Deny"],
                matchResources: {
                    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
                },
            },
        },
    ];
}

function objects(namespace: string): object[] {
    const hard = {
        "requests.cpu": "8",
        "requests.memory": "8Gi",
        "limits.cpu": "16",
        "limits.memory": "16Gi",
        pods: "12",
    };
    return [
        { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "strict", namespace }, spec: { hard } },
        ...policy(`${namespace}-labels`, namespace, LABELLED, [
            [`has(object.metadata.labels) && 'example.org/cost-center' in object.metadata.labels`, "no cost center"],
        ]),
        ...policy(`${namespace}-users`, namespace, PODS, [
            [
                `has(object.spec.securityContext) && has(object.spec.securityContext.runAsUser) && ${inRange("object.spec.securityContext.runAsUser")} && ${inRange("object.spec.securityContext.fsGroup")}`,
                "a user or group outside of the range of the namespace",
            ],
            [
                `(object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : [])).all(each, !has(each.securityContext) || ${inRange("each.securityContext.runAsUser")})`,
                "a container with a user outside of the range of the namespace",
            ],
        ]),
    ];
}

/** Runs `work` while the namespace is strict, once each rule is seen to refuse what it is for. */
export async function inStrictNamespace(namespace: string, work: () => Promise<void>): Promise<void> {
    const list = (items: object[]) => JSON.stringify({ apiVersion: "v1", kind: "List", items });
    const made = list(objects(namespace));
    try {
        await kubectlWith(made, "apply", "-f", "-");
        await refuses(namespace, {}, /no cost center/);
        await refuses(namespace, { user: 65532 }, /outside of the range of the namespace/);
        await refuses(namespace, { user: PLATFORM_UID }, /must specify limits.cpu/);
        await work();
    } finally {
        await kubectlWith(made, "delete", "-f", "-", "--ignore-not-found", "--wait=false").catch(() => undefined);
    }
}

/** Waits until a pod that nobody shaped is refused with that; a policy takes effect a while after it was made. */
async function refuses(namespace: string, { user }: { user?: number }, reason: RegExp): Promise<void> {
    const confined = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
    const pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "stranger", namespace, ...(user && { labels: { "example.org/cost-center": "1" } }) },
        spec: {
            securityContext: {
                runAsNonRoot: true,
                runAsUser: user ?? PLATFORM_UID,
                seccompProfile: { type: "RuntimeDefault" },
            },
            containers: [{ name: "main", image: "stranger:1", securityContext: confined }],
        },
    };
    await waitFor(`a pod to be refused: ${reason.source}`, () =>
        kubectlWith(JSON.stringify(pod), "create", "--dry-run=server", "-f", "-").then(
            () => false,
            (error: Error) => reason.test(error.message),
        ),
    );
}

/** What admission refused while the namespace was strict, from the events of the controllers. */
export const refusedIn = (namespace: string) =>
    kubectl(
        "--namespace",
        namespace,
        "get",
        "events",
        "--field-selector",
        "reason=FailedCreate",
        "-o",
        "jsonpath={.items[*].message}",
    );
