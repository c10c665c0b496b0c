/**
 * The way out of a first `pulumi up` with a mistake that cannot be changed afterwards. Whether a cluster ever formed nobody here can know: a
 * failed `pulumi up` of an old cluster looks the same. So it is commands that prove it where it stands, stop where they cannot, and only
 * then remove the try with its volumes, which would carry another identity than the next one.
 */
import { CLAIM, labelsOf, namesOf } from "../names";

/** What is proven, for the marker and every claim: see scripts/lib/reports.sh for what they say. */
const PROOF = [
    `unformed() {`,
    `  said=$(k get configmap MARKER --output 'jsonpath={.data}')`,
    `  case $said in *'"formed"'* | *'":"data '* | *'":"foreign '*) echo "There is or was data: $said"; exit 1 ;; esac`,
    `  claims=$(k get persistentvolumeclaims --selector LABELS --output 'jsonpath={range .items[*]}{.metadata.name},{.status.phase}{"\\n"}{end}')`,
    // A shell that does not split words, such as zsh, reads lines as well.
    `  printf '%s\\n' "$claims" | while read -r claim; do`,
    `    [ -n "$claim" ] || continue`,
    `    number=\${claim#CLAIM-} number=\${number%,*}`,
    `    case $claim$said in *,Pending* | *"\\"member-$number\\":\\"empty "* | *"\\"member-$number\\":\\"started "*) ;;`,
    `      *) echo "There may be data on $claim: nobody has reported it as empty."; exit 1 ;; esac`,
    `  done`,
    `}`,
];

const COMMANDS = [
    `( set -eu`,
    `k() { kubectl --context "$(pulumi config get kubernetes:context)" --namespace NAMESPACE "$@"; }`,
    ...PROOF,
    `unformed`,
    `k scale statefulset SET --replicas 0 || test -z "$(k get statefulset SET --ignore-not-found --output name)"`,
    `k wait pod --selector LABELS --for delete --timeout 300s`,
    `unformed`,
    `pulumi destroy`,
    `k delete persistentvolumeclaim --selector LABELS`,
    `)`,
];

/** For the cluster of that name and namespace, which the last `pulumi up` was for. */
export function firstTry(name: string, namespace: string): string {
    const labels = Object.entries(labelsOf(name)).map((pair) => pair.join("="));
    const { marker, statefulSet } = namesOf(name);
    const words: Record<string, string> = {
        NAMESPACE: namespace,
        MARKER: marker,
        SET: statefulSet,
        LABELS: labels.join(),
        CLAIM: `${CLAIM}-${statefulSet}`,
    };
    const lines = COMMANDS.map((line) => line.replace(/\b[A-Z]{3,}\b/g, (word) => words[word] ?? word));
    return [
        "  The last pulumi up did not end well. If none ever has, no member was ever Ready, and this try can be removed with its volumes. These lines prove that first, and remove nothing where they cannot; then pulumi up again:",
        ...lines.map((line) => `    ${line}`),
    ].join("\n");
}
