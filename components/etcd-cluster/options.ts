/** The arguments with every default filled in: what the objects are built from. Pure. */
import type { EtcdClusterArgs } from "./args";
import { EACH_SETTING, type SettingsTable } from "./settings";
import type { Key } from "./settings/setting";

type Known = Key & keyof SettingsTable;

type Option<K extends Known> = SettingsTable[K] extends { option: (args: EtcdClusterArgs) => infer Value }
    ? Value
    : SettingsTable[K] extends { defaultText: string }
      ? EtcdClusterArgs[K]
      : NonNullable<EtcdClusterArgs[K]>;

/** All but secrets, which do not pass through here. Undefined is only what is left to Kubernetes, or not there at all. */
export type EtcdOptions = { [K in Known as SettingsTable[K] extends { secret: true } ? never : K]: Option<K> };

/** Fills in the defaults. Expects arguments that validation has passed. */
export function resolve(args: EtcdClusterArgs): EtcdOptions {
    const entries = EACH_SETTING.filter(([, { secret }]) => !secret).map(([key, setting]) => [
        key,
        setting.default === undefined && setting.option ? setting.option(args) : (args[key] ?? setting.default),
    ]);
    return Object.fromEntries(entries) as EtcdOptions;
}
