/** The Secrets that the pods mount as files: root's password, the key that signs login tokens, and generated certificates. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Certificates } from "../certificates";
import { namesOf } from "../names";
import type { EtcdOptions } from "../options";
import { metadata } from "./metadata";

/** Keys in the Secrets, and file names in the pods. */
export const PASSWORD_KEY = "password";
export const JWT_KEY = "jwt-key";

/** `data`, not `stringData`: what a refresh reads back is then what was written. */
const encoded = (value: pulumi.Input<string>) =>
    pulumi.secret(value).apply((text) => Buffer.from(text).toString("base64"));

function secret(options: EtcdOptions, name: string, key: string, value: pulumi.Input<string>): k8s.core.v1.SecretArgs {
    return { metadata: metadata(options, name), type: "Opaque", data: { [key]: encoded(value) } };
}

export function rootPasswordSecret(options: EtcdOptions, password: pulumi.Input<string>): k8s.core.v1.SecretArgs {
    return secret(options, namesOf(options.name).rootPasswordSecret, PASSWORD_KEY, password);
}

export function jwtKeySecret(options: EtcdOptions, key: pulumi.Input<string>): k8s.core.v1.SecretArgs {
    return secret(options, namesOf(options.name).jwtKeySecret, JWT_KEY, key);
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
