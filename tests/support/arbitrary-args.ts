// Arguments as somebody might write them: all of them fine by themselves, or a few of them spoilt. Every argument takes part,
// with all values of its cases and, where there are infinitely many, generated ones.
import * as fc from "fast-check";

import type { EtcdClusterArgs } from "../../components";
import { CASES, HOSTILE, type Cases } from "./argument-cases";

type Key = keyof EtcdClusterArgs;
const KEYS = Object.keys(CASES) as Key[];

/** Fixed: a failure is seen again by whoever looks for it. */
export const SEED = 20240229;

const quantity = fc
    .tuple(
        fc.oneof(
            fc.integer({ min: 0, max: 5000 }).map(String),
            fc.constantFrom("0.5", "1.", ".5", "1.0000000001", "+2"),
        ),
        fc.constantFrom(
            "",
            "n",
            "u",
            "m",
            "k",
            "M",
            "G",
            "T",
            "P",
            "E",
            "Ki",
            "Mi",
            "Gi",
            "Ti",
            "Pi",
            "Ei",
            "e3",
            "E-3",
        ),
    )
    .map((parts) => parts.join(""));

const label = fc.stringMatching(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,20}[A-Za-z0-9])?$/);
const list = fc.dictionary(fc.constantFrom("cpu", "memory", "ephemeral-storage"), quantity);

/** Mostly fine, and where not, the API server and validation must agree. */
const GENERATED: Partial<Record<Key, fc.Arbitrary<unknown>>> = {
    name: fc.stringMatching(/^[a-z]([-a-z0-9]{0,30}[a-z0-9])?$/),
    storageSize: quantity,
    quotaBackendBytes: quantity,
    storageSelector: fc.dictionary(
        fc.oneof(
            label,
            fc.tuple(fc.domain(), label).map((both) => both.join("/")),
        ),
        label,
    ),
    resources: fc.record({ requests: list, limits: list }, { requiredKeys: [] }),
    clusterDomain: fc.domain(),
    externalHost: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
    rootPassword: fc.string({ minLength: 8, maxLength: 128, unit: "grapheme-ascii" }),
};

const fine = (key: Key): fc.Arbitrary<unknown> => {
    const { good, together = [] } = CASES[key];
    const known = fc.constantFrom(...good, ...together);
    const generated = GENERATED[key];
    return generated ? fc.oneof({ arbitrary: known, weight: 2 }, { arbitrary: generated, weight: 1 }) : known;
};

function spoilt(key: Key): fc.Arbitrary<unknown> {
    const { type, range, carry = (text) => [text] }: Cases = CASES[key];
    return fc.oneof(fc.constantFrom(...type, ...range), fc.constantFrom(...HOSTILE.flatMap(carry)), fc.jsonValue());
}

const each = (of: (key: Key) => fc.Arbitrary<unknown>) => Object.fromEntries(KEYS.map((key) => [key, of(key)]));

/** Each argument is there in one of six, so that defaults and few at a time are met as well. */
const sparse = (of: (key: Key) => fc.Arbitrary<unknown>) =>
    fc
        .record(
            each((key) =>
                fc.oneof({ arbitrary: fc.constant(undefined), weight: 5 }, { arbitrary: of(key), weight: 1 }),
            ),
        )
        .map((args) => Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined)));

/** What needs another argument gets it. */
function completed(args: EtcdClusterArgs): EtcdClusterArgs {
    const needs: EtcdClusterArgs = {
        ...(args.tlsClientAuth && { tls: "generated" }),
        ...(args.tlsCaGenerations && { tls: "generated" }),
        ...((args.tls === "secret" || args.tlsSecret !== undefined) && { tls: "secret", tlsSecret: "certificates" }),
        ...(args.tlsIssuer !== undefined && { tls: "cert-manager", tlsSecret: undefined }),
        ...(args.rootPasswordSecret !== undefined && { rootPassword: undefined, previousRootPassword: undefined }),
        ...(args.recoverSnapshot !== undefined && { recoverFrom: 0 }),
        ...(args.quotaBackendBytes !== undefined && { storageSize: "64Gi" }),
        ...(args.version !== undefined && { allowVulnerableVersion: true }),
        ...(args.nodePort !== undefined && { clientServiceType: "NodePort" }),
        ...((args.loadBalancerClass !== undefined || args.loadBalancerSourceRanges !== undefined) && {
            clientServiceType: "LoadBalancer",
        }),
        ...(args.etcdFlags !== undefined && {
            version: undefined,
            image: undefined,
            tls: undefined,
            tlsSecret: undefined,
        }),
    };
    return { ...args, ...needs };
}

/** All fine by themselves; together they may contradict each other, but mostly one comes with what it needs. */
const single = sparse(fine) as fc.Arbitrary<EtcdClusterArgs>;
export const plausibleArgs = fc.oneof(
    { arbitrary: single.map(completed), weight: 3 },
    { arbitrary: single, weight: 1 },
);

const spoiltKeys = fc
    .subarray(KEYS, { minLength: 1, maxLength: 3 })
    .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, spoilt(key)]))));

/** Anything: of three, two are plausible, one is not. */
export const arbitraryArgs = fc.oneof(
    { arbitrary: plausibleArgs, weight: 2 },
    { arbitrary: fc.tuple(plausibleArgs, spoiltKeys).map(([args, bad]) => ({ ...args, ...bad })), weight: 1 },
) as fc.Arbitrary<EtcdClusterArgs>;
