/** Backups by a schedule. */
import type { Settings } from "./setting";
import { backupOption, backupProblems } from "./backup-options";

export const BACKUP = {
    backup: {
        kind: "object",
        check: (value) => backupProblems(value).length === 0,
        problems: backupProblems,
        allowed: "schedule, and volume or s3",
        defaultText: "none",
        option: backupOption,
        description:
            "[Backups](docs/backups.md) by a `schedule` into an existing `volume` or an `s3` bucket, each restored once and compared with the members before it counts (`pulumi config set --path backup.schedule '0 * * * *'`)",
        change: "is made in place; no member is touched",
    },
} satisfies Partial<Settings>;
