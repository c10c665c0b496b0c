/** The Secrets that the pods mount as files: root's password, the key that signs login tokens, and generated certificates. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { jwtKeyName, namesOf, tlsName } from "../names";
import type { EtcdOptions } from "../options";
import type { Certificates } from "../tls/generated-certificates";
import { metadata } from "./metadata";

/** Keys in the Secrets, and file names in the pods. */
export const PASSWORD_KEY = "password";
/** The password before it, while one is rotated. */
export const PREVIOUS_KEY = "previous";
export const JWT_KEY = "jwt-key";

/** `data`, not `stringData`: what a refresh reads back is then what was written. */
const encoded = (value: pulumi.Input<string>) =>
    pulumi.secret(value).apply((text) => Buffer.from(text).toString("base64"));

function secret(
    options: EtcdOptions,
    name: string,
    values: Record<string, pulumi.Input<string>>,
    type = "Opaque",
): k8s.core.v1.SecretArgs {
    const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encoded(value)]));
    return { metadata: metadata(options, name), type, data };
}

export function rootPasswordSecret(
    options: EtcdOptions,
    password: pulumi.Input<string>,
    previous?: pulumi.Input<string>,
): k8s.core.v1.SecretArgs {
    return secret(options, namesOf(options.name).rootPasswordSecret, {
        [PASSWORD_KEY]: password,
        ...(previous !== undefined && { [PREVIOUS_KEY]: previous }),
    });
}

export function jwtKeySecret(options: EtcdOptions, key: pulumi.Input<string>): k8s.core.v1.SecretArgs {
    return secret(options, jwtKeyName(options.name, options.jwtKeyGeneration), { [JWT_KEY]: key });
}

/** With the keys that cert-manager uses as well. */
export function tlsSecret(options: EtcdOptions, { ca, certificate, key }: Certificates): k8s.core.v1.SecretArgs {
    const files = { "ca.crt": ca, "tls.crt": certificate, "tls.key": key };
    return secret(options, tlsName(options.name, options.tlsCaGenerations), files, "kubernetes.io/tls");
}
