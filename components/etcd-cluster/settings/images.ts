/** The version of etcd, and the images that it and the scripts come from. */
import type { EtcdClusterArgs } from "../args";
import { isBoolean, isImage, isOneOf } from "../validation/checks";
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
const TOOLBOX = "busybox:1.37.0-musl";
const KUBECTL = "registry.k8s.io/kubectl:v1.34.4";

const versionOf = ({ version, image }: EtcdClusterArgs): string =>
    (version ?? (image && versionOfImage(image)) ?? VERSION).replace(/^v/, "");

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
        check: isImage,
        allowed: `an image reference such as ${REPOSITORY}:v${VERSION}`,
        defaultText: `\`${REPOSITORY}:v<version>\``,
        option: (args): string => args.image ?? `${REPOSITORY}:v${versionOf(args)}`,
        description: "Image with `etcd` and `etcdctl` on its path; needs no shell",
        change: RESTARTS,
    },
    toolboxImage: {
        kind: "text",
        check: isImage,
        allowed: `an image reference such as ${TOOLBOX}`,
        default: TOOLBOX,
        description: "Image with a static busybox at `/bin/busybox`: the shell and the tools of the scripts",
        change: RESTARTS,
    },
    kubectlImage: {
        kind: "text",
        check: isImage,
        allowed: `an image reference such as ${KUBECTL}`,
        default: KUBECTL,
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
} satisfies Partial<Settings>;
