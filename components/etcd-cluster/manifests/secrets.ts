/** The two Secrets that the pods mount as files: the password of user root, and the key that signs login tokens. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { namesOf } from "../names";
import type { EtcdOptions } from "../options";
import { metadata } from "./metadata";

/** Keys in the Secrets, and file names in the pods. */
export const PASSWORD_KEY = "password";
export const JWT_KEY = "jwt-key";

/** `data`, not `stringData`: what a refresh reads back is then what was written. */
function secret(options: EtcdOptions, name: string, key: string, value: pulumi.Input<string>): k8s.core.v1.SecretArgs {
    const encoded = pulumi.secret(value).apply((text) => Buffer.from(text).toString("base64"));
    return { metadata: metadata(options, name), type: "Opaque", data: { [key]: encoded } };
}

export function rootPasswordSecret(options: EtcdOptions, password: pulumi.Input<string>): k8s.core.v1.SecretArgs {
    return secret(options, namesOf(options.name).rootPasswordSecret, PASSWORD_KEY, password);
}

export function jwtKeySecret(options: EtcdOptions, key: pulumi.Input<string>): k8s.core.v1.SecretArgs {
    return secret(options, namesOf(options.name).jwtKeySecret, JWT_KEY, key);
}
