/** The version of etcd, and the images that it and the scripts come from. */
import type { EtcdClusterArgs } from "../args";
import { isBoolean, isImage, isOneOf, isRegistry } from "../validation/checks";
import {
    isSupportedVersion,
    LEAST_VERSIONS,
    SUPPORTED_VERSIONS,
    versionOfImage,
} from "../validation/supported-versions";
import { RESTARTS, type Settings } from "./setting";

/** The version and the images that the tests ran with. */
const VERSION = "3.6.16";
const REPOSITORY = "gcr.io/etcd-development/etcd";
const TOOLBOX = "docker.io/library/busybox:1.37.0-musl";
const KUBECTL = "registry.k8s.io/kubectl:v1.34.4";

/** A default image, from the mirror where there is one. One that is set itself is taken as it is. */
const mirrored = ({ imageRegistry }: EtcdClusterArgs, image: string) =>
    imageRegistry === undefined ? image : `${imageRegistry}/${image}`;

/** An image that is known only later comes with its version. */
const versionOf = ({ version, image }: EtcdClusterArgs): string =>
    (version ?? (typeof image === "string" ? versionOfImage(image) : undefined) ?? VERSION).replace(/^v/, "");

export const IMAGES = {
    version: {
        kind: "text",
        check: (value) => typeof value === "string" && isSupportedVersion(value),
        allowed: SUPPORTED_VERSIONS,
        defaultText: `what the tag of \`image\` says, else \`${VERSION}\``,
        option: versionOf,
        description: `etcd version: ${LEAST_VERSIONS}`,
        change: `${RESTARTS}; more than one minor up, or a minor down, is refused`,
    },
    allowVulnerableVersion: {
        kind: "boolean",
        check: isBoolean,
        allowed: "true or false",
        default: false,
        description:
            "Whether `version` may be one with [known vulnerabilities](SECURITY.md#etcd-versions-with-known-vulnerabilities). A cluster that runs such a version can be upgraded without it",
        change: "has no effect by itself",
    },
    image: {
        kind: "text",
        later: true,
        check: isImage,
        allowed: `an image reference such as ${REPOSITORY}:v${VERSION}`,
        defaultText: `\`${REPOSITORY}:v<version>\``,
        option: (args) => args.image ?? mirrored(args, `${REPOSITORY}:v${versionOf(args)}`),
        description: "Image with `etcd` and `etcdctl` on its path; needs no shell",
        change: RESTARTS,
    },
    toolboxImage: {
        kind: "text",
        later: true,
        check: isImage,
        allowed: `an image reference such as ${TOOLBOX}`,
        defaultText: `\`${TOOLBOX}\``,
        option: (args) => args.toolboxImage ?? mirrored(args, TOOLBOX),
        description: "Image with a static busybox at `/bin/busybox`: the shell and the tools of the scripts",
        change: RESTARTS,
    },
    kubectlImage: {
        kind: "text",
        later: true,
        check: isImage,
        allowed: `an image reference such as ${KUBECTL}`,
        defaultText: `\`${KUBECTL}\``,
        option: (args) => args.kubectlImage ?? mirrored(args, KUBECTL),
        description: "Image with kubectl at `/bin/kubectl`: the scripts' client of the API server",
        change: RESTARTS,
    },
    imagePullPolicy: {
        kind: "text",
        check: isOneOf(["Always", "IfNotPresent", "Never"]),
        allowed: "Always, IfNotPresent or Never",
        default: "IfNotPresent",
        description: "`Always`, `IfNotPresent` or `Never`, for all three images",
        change: RESTARTS,
    },
    imageRegistry: {
        kind: "text",
        check: isRegistry,
        allowed: "a registry, with a path if need be and without a tag, such as registry.example.org/mirror",
        defaultText: "none",
        description:
            "A [mirror](docs/clusters.md#a-private-registry-or-no-internet) that has the default images under their whole names, e.g. `<imageRegistry>/docker.io/library/busybox`. An image that is set itself is taken as it is",
        change: RESTARTS,
    },
} satisfies Partial<Settings>;
