/** The Secrets that the pods mount as files: root's password, the key that signs login tokens, and generated certificates. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Certificates } from "../certificates";
import { jwtKeyName, namesOf } from "../names";
import type { EtcdOptions } from "../options";
import { metadata } from "./metadata";

/** Keys in the Secrets, and file names in the pods. */
export const PASSWORD_KEY = "password";
/** The password before it, while one is rotated. */
export const PREVIOUS_KEY = "previous";
export const JWT_KEY = "jwt-key";

/** `data`, not `stringData`: what a refresh reads back is then what was written. */
const encoded = (value: pulumi.Input<string>) =>
    pulumi.secret(value).apply((text) => Buffer.from(text).toString("base64"));

export function rootPasswordSecret(
    options: EtcdOptions,
    password: pulumi.Input<string>,
    previous?: pulumi.Input<string>,
): k8s.core.v1.SecretArgs {
    return {
        metadata: metadata(options, namesOf(options.name).rootPasswordSecret),
        type: "Opaque",
        data: {
            [PASSWORD_KEY]: encoded(password),
            ...(previous !== undefined && { [PREVIOUS_KEY]: encoded(previous) }),
        },
    };
}

export function jwtKeySecret(options: EtcdOptions, key: pulumi.Input<string>): k8s.core.v1.SecretArgs {
    return {
        metadata: metadata(options, jwtKeyName(options.name, options.jwtKeyGeneration)),
        type: "Opaque",
        data: { [JWT_KEY]: encoded(key) },
    };
}

/** With the keys that cert-manager uses as well. */
export function tlsSecret(options: EtcdOptions, certificates: Certificates): k8s.core.v1.SecretArgs {
    return {
        metadata: metadata(options, namesOf(options.name).tlsSecret),
        type: "kubernetes.io/tls",
        data: {
            "ca.crt": encoded(certificates.ca),
            "tls.crt": encoded(certificates.certificate),
            "tls.key": encoded(certificates.key),
        },
    };
}
