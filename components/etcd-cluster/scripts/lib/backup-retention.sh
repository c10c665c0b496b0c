#!/bin/sh
# Which backups are too old. Pure: names in, names out. Sourced, never run.
#
# Kept are the newest KEEP_LAST, and the newest of each of the last KEEP_HOURLY hours, KEEP_DAILY days and KEEP_WEEKLY weeks that have one,
# in UTC. Never too old is the one that was just made, the one with the newest time, and the one with the highest revision: of these two, one
# is the newest whatever a wrong clock made of the names. Where the one just made is not in the list, the list is not to be trusted, and
# nothing is too old.

# too_old NAME: reads the names of a folder, prints those to delete; NAME is the backup just made, without an ending. A manifest comes
# before its file: killed in between, that is a file without a manifest. Such a file is deleted as well when it is a day older than NAME: no
# run takes that long. What is not named like a backup is somebody else's.
too_old() {
    sort -r | awk -v made="$1" -v last="${KEEP_LAST:-6}" -v hourly="${KEEP_HOURLY:-24}" -v daily="${KEEP_DAILY:-7}" -v weekly="${KEEP_WEEKLY:-4}" '
        function days(stamp,   y, m, d) {
            y = substr(stamp, 1, 4) + 0; m = substr(stamp, 5, 2) + 0; d = substr(stamp, 7, 2) + 0
            if (m <= 2) { y--; m += 12 }
            return 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + d
        }
        function seconds(stamp) {
            return days(stamp) * 86400 + substr(stamp, 10, 2) * 3600 + substr(stamp, 12, 2) * 60 + substr(stamp, 14, 2)
        }
        function is_first(kind, span, most) {
            if ((kind, span) in seen) return 0
            seen[kind, span] = 1
            return ++spans[kind] <= most
        }
        function revision(stem,   part) { split(stem, part, "-"); return part[2] + 0 }
        /^[0-9]{8}T[0-9]{6}Z-[0-9]+-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}[.](db|json)$/ {
            stem = $0; sub(/[.].*$/, "", stem)
            if (!(stem in there)) { there[stem] = 1; stems[++n] = stem }
            has[$0] = 1
        }
        END {
            for (i = 1; i <= n; i++) {
                stem = stems[i]
                proven[stem] = has[stem ".db"] && has[stem ".json"]
                if (proven[stem] && (highest == "" || revision(stem) > revision(highest))) highest = stem
            }
            if (!proven[made]) exit
            for (i = 1; i <= n; i++) {
                stem = stems[i]
                if (!proven[stem]) {
                    if (seconds(stem) + 86400 < seconds(made)) remove(stem)
                    continue
                }
                keep = ++rank <= last || rank == 1
                if (is_first("hour", substr(stem, 1, 11), hourly)) keep = 1
                if (is_first("day", substr(stem, 1, 8), daily)) keep = 1
                if (is_first("week", int((days(stem) + 1) / 7), weekly)) keep = 1
                if (!keep && stem != made && stem != highest) remove(stem)
            }
        }
        function remove(stem) {
            if (has[stem ".json"]) print stem ".json"
            if (has[stem ".db"]) print stem ".db"
        }'
}
