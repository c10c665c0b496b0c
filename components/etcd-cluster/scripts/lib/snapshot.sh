#!/bin/sh
# A snapshot that a person put onto the volume: whether it is whole, and whether there is room to restore it. The file is only ever
# read. Sourced, never run.

ROOM_KB=${ROOM_KB:-147456}      # two WAL segments of 64 MB that etcd allocates at once, and a little

# utility ARGS...: etcdutl; what it does with snapshots was in etcdctl up to 3.4.
utility() {
    if command -v etcdutl >/dev/null; then etcdutl "$@"; else etcdctl "$@"; fi
}

# complaint FILE: the error in what a program printed, without its log.
complaint() {
    local text
    text=$(grep -m 1 -E '^(Error|panic|fatal error)' "$1" | cut -c 1-200) || true
    printf '%s' "${text:-it was not said why}"
}

# mark_of FILE: changes whenever another file lies there.
mark_of() {
    stat -c '%i %s %Y' "$1"
}

# snapshot_problem NAME: prints why that file of the volume cannot be restored; nothing when it can. It is read from end to end
# once, not at every look; etcdutl checks it again while it restores.
snapshot_problem() {
    local file="$DATA_ROOT/$1" mark
    if [ ! -f "$file" ]; then
        printf '%s is not there' "$file"
        return
    fi
    mark=$(mark_of "$file")
    if [ "$mark" != "$(read_file "$STATE_DIR/snapshot-mark")" ]; then
        status "checking the snapshot $file"
        write_file "$STATE_DIR/snapshot-problem" "$(examine "$file")"
        write_file "$STATE_DIR/snapshot-mark" "$mark"
    fi
    if [ -n "$(read_file "$STATE_DIR/snapshot-problem")" ]; then
        read_file "$STATE_DIR/snapshot-problem"
    elif [ "$(room_for "$file")" -lt 0 ]; then
        printf 'the volume lacks %s MB to restore %s beside the data that is there, which is not deleted before' $((1 - $(room_for "$file") / 1024)) "$file"
    fi
}

# examine FILE: prints what is wrong with a snapshot. It ends with the SHA-256 of all before, which tells a file that is cut short,
# damaged, or a mere copy of a database.
examine() {
    local size
    size=$(stat -c %s "$1")
    if [ $((size % 512)) -ne 32 ]; then
        printf '%s has no hash at its end: it is only a part of a snapshot, or none' "$1"
    elif [ "$(head -c $((size - 32)) "$1" | sha256sum | cut -c 1-64)" != "$(tail -c 32 "$1" | hexdump -v -e '/1 "%02x"')" ]; then
        printf '%s is damaged: it does not have the hash that it ends with' "$1"
    elif ! utility snapshot status "$1" >"$STATE_DIR/snapshot-status" 2>"$STATE_DIR/snapshot-error"; then
        printf '%s cannot be read: %s' "$1" "$(complaint "$STATE_DIR/snapshot-error")"
    else
        awk -F ', ' -v file="$1" 'NF > 2 { print file " (revision " $2 ", " $3 " keys)" }' "$STATE_DIR/snapshot-status" >"$STATE_DIR/snapshot-content"
    fi
}

# room_for FILE [keep]: prints how many KB of the volume would be left beside the restored data; `keep`: with what was set aside
# earlier still there.
room_for() {
    local free needed spare=0
    free=$(df -Pk "$DATA_ROOT" | awk 'NR == 2 { print $4 }')
    needed=$(($(stat -c %s "$1") / 1024 + ROOM_KB))
    if [ "${2:-}" != keep ] && [ -d "$DATA_ROOT/set-aside" ]; then spare=$(du -sk "$DATA_ROOT/set-aside" | cut -f 1); fi
    echo $((free + spare - needed))
}
