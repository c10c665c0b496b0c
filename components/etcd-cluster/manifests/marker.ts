/**
 * The marker: a ConfigMap, outside all volumes, in which the pods note whether the cluster ever formed. Pulumi makes it empty and
 * never touches it again, whatever changes. What Pulumi has to say is another object (recovery-request.ts): the official Kubernetes
 * plugin takes over, with an update, the lines that others wrote, and with the next one it deletes them or replaces the object.
 */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { namesOf } from "../names";
import type { EtcdOptions } from "../options";
import { metadata } from "./metadata";

export function marker(options: EtcdOptions): k8s.core.v1.ConfigMapArgs {
    return { metadata: metadata(options, namesOf(options.name).marker) };
}

/**
 * Noted in the component's inputs, to tell a stack whose marker Pulumi made with data of its own. Never change it: another text would
 * count as a stack from before.
 */
export const MARKER_LAYOUT = "without data of Pulumi";

/**
 * How the engine is kept from ever updating or replacing it. In the first `pulumi up` of a stack from before (should that be stopped
 * before it comes to the marker, the next one fails, and a refresh mends it) Pulumi's record of the marker may hold what pods wrote:
 * with "data" the engine would put its own old data back, and the plugin find a difference. The empty path is all of the object to the
 * plugin and nothing to the engine, which says so, once.
 */
export function markerOptions(fromBefore: boolean): pulumi.CustomResourceOptions {
    return {
        ignoreChanges: [fromBefore ? "" : "data", "metadata"],
        // Should it be replaced all the same, it is not deleted first: making it again fails then, and nothing is lost.
        deleteBeforeReplace: false,
    };
}
