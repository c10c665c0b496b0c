/** What opens the cluster, and what tells its data from that of another. */
import { isInteger, isObjectName, isPassword, isText } from "../validation/checks";
import { REFUSED, RESTARTS, type Settings } from "./setting";

const PASSWORDS = "8 to 128 printable ASCII characters";

export const CREDENTIALS = {
    rootPassword: {
        kind: "text",
        later: true,
        check: isPassword,
        allowed: PASSWORDS,
        secret: true,
        defaultText: "generated",
        description: `Password of etcd's user root, ${PASSWORDS}; set it with \`--secret\``,
        change: "is refused without `previousRootPassword`; with it, the password is [rotated](docs/operations.md#rotate-the-root-password), without a restart",
        wayOut: "etcd would keep the old password while the Secret has the new one. To rotate it, set previousRootPassword to the one that etcd has (pulumi stack output rootPassword --show-secrets). To bring back volumes that were kept, run pulumi destroy first (volumes stay), then up with it",
    },
    previousRootPassword: {
        kind: "text",
        later: true,
        check: isPassword,
        allowed: PASSWORDS,
        secret: true,
        defaultText: "none",
        description:
            "While `rootPassword` is rotated: the one that etcd has now (the output `rootPassword`); the new one has no space. Set it with `--secret`, take it out when `pulumi up` has succeeded",
        change: "has no effect by itself",
    },
    rootPasswordSecret: {
        kind: "text",
        later: true,
        check: isObjectName,
        allowed: "the name of a Secret",
        defaultText: "none",
        description:
            "An existing Secret with the password of user root, key `password`, instead of `rootPassword`; [rotated](docs/clusters.md#a-secret-with-the-root-password) by its own key `previous`",
        change: REFUSED,
        wayOut: "members that mount one Secret and members that mount another would have different passwords. To rotate the password, write the new one into the Secret that is mounted, beside the one before; see docs/clusters.md, 'A Secret with the root password'",
    },
    initialClusterToken: {
        kind: "text",
        later: true,
        check: isText(/^[A-Za-z0-9._-]{1,64}$/),
        allowed: "1 to 64 characters of A-Z a-z 0-9 . _ -",
        defaultText: "generated",
        description:
            "Identity of the cluster's data, 1 to 64 of A-Z a-z 0-9 . _ -; with it, volumes that were kept [come back](docs/operations.md#destroy-and-come-back)",
        change: REFUSED,
        wayOut: "it is the identity of the data on the volumes. To bring back volumes that were kept, run pulumi destroy first (volumes stay), then up with it",
    },
    jwtKeyGeneration: {
        kind: "integer",
        check: isInteger(0, 999_999),
        allowed: "an integer from 0 to 999999",
        default: 0,
        description:
            "Number of the key that signs login tokens; raise it for [another key](docs/operations.md#rotate-the-token-key)",
        change: RESTARTS,
    },
} satisfies Partial<Settings>;
