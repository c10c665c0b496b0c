/** TLS for clients and between members. */
import { EtcdTls } from "../args";
import { parseIssuer } from "../tls/issuer-reference";
import { isBoolean, isCaList, isOneOf, isText } from "../validation/checks";
import { REFUSED, RESTARTS, type Settings } from "./setting";

/** Of a cluster that never had another one. */
export const FIRST_CA = [1];

export const TLS = {
    tls: {
        kind: "text",
        check: isOneOf(Object.values(EtcdTls)),
        allowed: "off, generated, secret or cert-manager",
        default: EtcdTls.Generated,
        description:
            "TLS for clients and between members: `generated` (a CA of the cluster's own, renewed by `pulumi up`), `secret` (that of `tlsSecret`), [`cert-manager`](docs/operations.md#cert-manager) (made and renewed by it), or `off` for plain HTTP",
        change: REFUSED,
        wayOut: "members with and without it, or of different CAs, cannot talk to each other, so a rolling change would lose the quorum. Set tls to what it was (off, for a stack from before it was the default), or make a second stack and move the data",
    },
    tlsSecret: {
        kind: "text",
        later: true,
        check: isText(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 253),
        allowed: "the name of a Secret",
        defaultText: "none",
        description: "With `tls: secret`: an existing Secret with `ca.crt`, `tls.crt` and `tls.key`",
        change: "is refused; new content of the Secret is taken up without a restart",
        wayOut: "members would be of different CAs while the change is rolled out. Put the new certificate into the Secret that is mounted; it is taken up without a restart",
    },
    tlsIssuer: {
        kind: "text",
        later: true,
        check: (value) => typeof value === "string" && parseIssuer(value) !== undefined,
        allowed: "the name of an Issuer, ClusterIssuer/NAME, or KIND.GROUP/NAME of an issuer of another API group",
        defaultText: "a CA of the cluster's own, made by cert-manager",
        description:
            "With `tls: cert-manager`, who issues the certificate: the `NAME` of an Issuer, `ClusterIssuer/NAME`, or `KIND.GROUP/NAME`",
        change: REFUSED,
        wayOut: "cert-manager would replace the certificate at once, and members that still trust the CA before would refuse it. Make a second stack and move the data",
    },
    tlsClientAuth: {
        kind: "boolean",
        check: isBoolean,
        allowed: "true or false",
        default: false,
        description: "Whether clients must show a certificate of the CA; its common name is then the etcd user",
        change: RESTARTS,
    },
    tlsCaGenerations: {
        kind: "integers",
        check: isCaList,
        allowed: "a list of 1 to 3 different integers from 1 to 999999",
        defaultText: `\`${JSON.stringify(FIRST_CA)}\``,
        option: ({ tlsCaGenerations = FIRST_CA }) => tlsCaGenerations,
        description:
            "With `tls: generated`, its CAs by number: the first signs, all are trusted. [Exchange](docs/operations.md#exchange-the-ca) by `[1,2]`, `[2,1]`, `[2]`, each with a `pulumi up`",
        change: `${RESTARTS}; a step that members cannot follow is refused`,
    },
} satisfies Partial<Settings>;
