/** What the program knows of one argument: everything but what the objects of Kubernetes make of it. */
import type * as pulumi from "@pulumi/pulumi";

import type { EtcdClusterArgs } from "../args";
import type { Check } from "../validation/checks";
import type { Problem } from "../validation/problem";

export type Key = keyof EtcdClusterArgs;
type Value<K extends Key> = NonNullable<EtcdClusterArgs[K]>;

/** How `pulumi config` holds a value. The type of the argument decides it, but for one that may be known only later: that is a text. */
type KindOf<V> = [V] extends [boolean]
    ? "boolean"
    : [V] extends [number]
      ? "integer"
      : [string] extends [V]
        ? "text"
        : [V] extends [string]
          ? "text"
          : [V] extends [number[]]
            ? "integers"
            : [V] extends [string[]]
              ? "texts"
              : [pulumi.Output<string[]>] extends [V]
                ? "texts"
                : // A map of texts, or maps of them; what has numbers and switches in it is taken as it is.
                  "object" | "structure";

/** Whether the argument may be an output of another resource, as its type says. */
type LaterOf<V> = [pulumi.Output<string>] extends [V]
    ? { later: true }
    : [pulumi.Output<string[]>] extends [V]
      ? { later: true }
      : { later?: undefined };

/** A value that stands for the argument when it is not set. Pulumi.yaml has the same. */
interface Fixed<K extends Key> {
    default: Value<K>;
}

/** Otherwise the default follows from other arguments, or there is none. */
interface Derived {
    default?: undefined;
    /** In words, for the table in the README; markdown. */
    defaultText: string;
    /** What the objects are built from, instead of the argument as it is. */
    option?: (args: EtcdClusterArgs) => unknown;
    /** What means "not set" in Pulumi.yaml: an integer where 0 does not, and of a structure whether it is a list or a map. */
    unset?: number | object;
}

interface Common<K extends Key> {
    kind: KindOf<Value<K>>;
    /** Whether a value is fine by itself; one that is known only later (`later`) is checked when it is. */
    check: Check;
    /** What passes it, for the error about one that does not. */
    allowed: string;
    /** Of a value with parts: what is wrong with each, instead of an error about the whole. */
    problems?: (value: unknown) => Problem[];
    /** One line of markdown for the README and Pulumi.yaml; links begin at the root of the repository. */
    description: string;
    /** Goes on after "A change ". */
    change: string;
    /** Why a change is refused under a running cluster, and what to do instead. Refused by changes/immutable.ts. */
    wayOut?: string;
    /** Shown nowhere, and not handed to those who build objects. */
    secret?: true;
}

export type Setting<K extends Key> = Common<K> & LaterOf<Value<K>> & (Fixed<K> | Derived);

/** A setting for each argument: one that is missing is an error of the type check. */
export type Settings = { [K in Key]-?: Setting<K> };

export type AnySetting = Settings[Key];

/** What is allowed, of forms that several arguments have. */
export const LABELS = "a map of label names to label values";
export const ANNOTATIONS = "a map of annotation names to texts; etcd-cluster/ is the program's";
export const QUANTITIES =
    "requests and limits, each a map of cpu, memory, ephemeral-storage to positive quantities; a memory limit of at least 128Mi";

/** What changes do most often. */
export const RESTARTS = "restarts one member at a time";
export const REFUSED = "is refused";
export const IN_PLACE = "is made in place";
