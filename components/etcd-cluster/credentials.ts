/**
 * What is generated once and must never change by accident: the root password, the key that signs login tokens, and the
 * identity of the cluster. Their inputs are ignored afterwards, so that a later default here cannot regenerate them.
 */
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { createHmac } from "crypto";

import type { EtcdClusterArgs } from "./args";
import { jwtKeyName } from "./names";
import type { EtcdOptions } from "./options";

export interface Credentials {
    /** None where a Secret of the user's has it. */
    rootPassword?: pulumi.Output<string>;
    /** What it replaces, while it is rotated. */
    previousRootPassword?: pulumi.Output<string>;
    /** Another one for each password that is rotated to; tells nothing of it. */
    rotation?: pulumi.Output<string>;
    jwtKey: pulumi.Output<string>;
    initialClusterToken: pulumi.Output<string>;
}

const FROZEN = ["length", "special", "overrideSpecial", "lower", "upper", "numeric"];

/** Generates what the arguments do not give. The token is no secret; the others are. */
export function credentials(
    name: string,
    args: EtcdClusterArgs,
    { jwtKeyGeneration }: EtcdOptions,
    parent: pulumi.Resource,
): Credentials {
    const opts = { parent, ignoreChanges: FROZEN };
    const jwtKey = new random.RandomPassword(jwtKeyName(name, jwtKeyGeneration), { length: 64, special: false }, opts)
        .result;
    const rootPassword = rootPasswordOf(name, args, opts);
    const { previousRootPassword } = args;
    const previous = previousRootPassword === undefined ? undefined : pulumi.secret(previousRootPassword);
    const initialClusterToken = args.initialClusterToken
        ? pulumi.output(args.initialClusterToken)
        : new random.RandomString(`${name}-cluster-token`, { length: 32, special: false }, opts).result;
    return {
        rootPassword: rootPassword && pulumi.secret(rootPassword),
        previousRootPassword: previous,
        rotation: previous && rootPassword && fingerprint(rootPassword, jwtKey),
        jwtKey: pulumi.secret(jwtKey),
        initialClusterToken,
    };
}

function rootPasswordOf(
    name: string,
    { rootPassword, rootPasswordSecret }: EtcdClusterArgs,
    opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> | undefined {
    if (rootPasswordSecret !== undefined) {
        return undefined;
    }
    return rootPassword
        ? pulumi.output(rootPassword)
        : new random.RandomPassword(`${name}-root-password`, { length: 32, special: false }, opts).result;
}

/** Of a password, under a key that nobody can guess: whoever reads it cannot try passwords against it. */
function fingerprint(password: pulumi.Output<string>, key: pulumi.Output<string>): pulumi.Output<string> {
    return pulumi.unsecret(
        pulumi.all([password, key]).apply(([text, secret]) => createHmac("sha256", secret).update(text).digest("hex")),
    );
}

/**
 * "ORDINAL NONCE" or "ORDINAL NONCE FILE", when a recovery is asked for. The nonce lives as long as the request stays configured:
 * an `up` that repeats it asks for nothing new, and one that was taken out and set again does.
 */
export function recoveryAsked(
    name: string,
    { recoverFrom, recoverSnapshot }: EtcdOptions,
    parent: pulumi.Resource,
): pulumi.Output<string> | undefined {
    if (recoverFrom === undefined) {
        return undefined;
    }
    const keepers = { recoverFrom: String(recoverFrom), ...(recoverSnapshot && { recoverSnapshot }) };
    const nonce = new random.RandomString(`${name}-recovery`, { length: 8, special: false, keepers }, { parent });
    return nonce.result.apply((word) => [recoverFrom, word, recoverSnapshot].filter(isSet).join(" "));
}

const isSet = (part: unknown) => part !== undefined;
