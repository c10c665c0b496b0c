/** Who issues the members' certificate with `tls: cert-manager`, in one text: `NAME`, `KIND/NAME` or `KIND.GROUP/NAME`. */
import { isDomain, isObjectName } from "../validation/checks";

/** As cert-manager's Certificate names it. */
export interface IssuerRef {
    name: string;
    kind: string;
    group: string;
}

export const CERT_MANAGER_GROUP = "cert-manager.io";
const OWN_KINDS = ["Issuer", "ClusterIssuer"];
const FORM = /^(?:([A-Z][A-Za-z0-9]{0,62})(?:\.([a-z0-9.-]+))?\/)?([^/]+)$/;

/** What the text says, or undefined where it says nothing. A kind that is not cert-manager's own comes with its API group. */
export function parseIssuer(text: string): IssuerRef | undefined {
    const [, kind = "Issuer", group = CERT_MANAGER_GROUP, name = ""] = FORM.exec(text) ?? [];
    const isKnown = group === CERT_MANAGER_GROUP ? OWN_KINDS.includes(kind) : group.includes(".") && isDomain(group);
    return isKnown && isObjectName(name) ? { name, kind, group } : undefined;
}
