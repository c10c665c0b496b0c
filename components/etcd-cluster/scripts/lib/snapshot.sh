#!/bin/sh
# Recovery from a snapshot: a file on the volume of the named ordinal becomes a cluster of one. Sourced, never run.
#
# Whether it may is decided in recovery.sh; this is how, in steps that can each be killed and gone on with:
#
#   on the volume   means
#   FILE            the snapshot that a person put there; it is only ever read
#   restoring       the request that is being carried out
#   restored        the new data folder, complete and on the disk; the old one is not touched before that
#   life            once it is the request: the old data is set aside, and the new one only needs its place
#
# The request is part of the token, so the member and the cluster get IDs that no disk has carried before: what is left of
# the life before cannot even talk to it. Revisions begin far above those of the snapshot, and all below are compacted: a client
# that watched what is now lost is told to read anew, instead of seeing revisions go back.

REVISION_BUMP=1000000000
ROOM_KB=${ROOM_KB:-147456}      # two WAL segments of 64 MB that etcd allocates at once, and a little

# snapshot_of REQUEST: the name of the file, or nothing when the member's own data is to be gone on from.
snapshot_of() {
    printf '%s' "$1" | cut -d ' ' -f 3
}

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

# restore_beside FILE: makes the new data folder, out of the way of the old one.
restore_beside() {
    status "restoring the snapshot $1"
    rm -rf "$DATA_ROOT/restored.part"
    if [ "$(room_for "$1" keep)" -lt 0 ]; then rm -rf "$DATA_ROOT/set-aside"; fi
    utility snapshot restore "$1" --data-dir="$DATA_ROOT/restored.part" \
        --name="$POD_NAME" --initial-cluster="$POD_NAME=$(peer_url_of "$ORDINAL")" \
        --initial-advertise-peer-urls="$(peer_url_of "$ORDINAL")" \
        --initial-cluster-token="$INITIAL_CLUSTER_TOKEN $REQUEST" \
        --bump-revision="$REVISION_BUMP" --mark-compacted >"$STATE_DIR/snapshot-error" 2>&1 || return 1
    find "$DATA_ROOT/restored.part" -exec sync {} + &&
        mv "$DATA_ROOT/restored.part" "$DATA_ROOT/restored" &&
        sync "$DATA_ROOT"
}

# drop_restore: takes back what restore_beside did; the data that is there was not touched.
drop_restore() {
    rm -rf "$DATA_ROOT/restored" "$DATA_ROOT/restored.part"
    rm -f "$DATA_ROOT/restoring"
    sync "$DATA_ROOT"
}

# carry_out_restore: goes on with the restore that was begun, wherever it was stopped. Without an etcd.
carry_out_restore() {
    local file
    REQUEST=$(read_file "$DATA_ROOT/restoring")
    file=$DATA_ROOT/$(snapshot_of "$REQUEST")
    if [ "$(read_file "$DATA_ROOT/life")" != "$REQUEST" ]; then
        if ! still_asked; then
            log "not restoring $file: it was refused, or taken back. Nothing was changed."
            drop_restore
            return
        fi
        if [ ! -d "$DATA_ROOT/restored" ] && ! restore_beside "$file"; then
            write_file "$STATE_DIR/snapshot-problem" "$file cannot be restored: $(complaint "$STATE_DIR/snapshot-error")"
            mark_of "$file" >"$STATE_DIR/snapshot-mark" || true
            drop_restore
            return
        fi
        if [ -d "$DATA_DIR" ]; then set_aside; fi
        rm -f "$DATA_ROOT/recovering" "$DATA_ROOT/forced" "$DATA_ROOT/joining" "$DATA_ROOT/unlaunched" "$DATA_ROOT/formed" "$DATA_ROOT/member-id"
        write_file "$DATA_ROOT/identity" "$(identity)"
        begin_life "$REQUEST"
    fi
    if [ -d "$DATA_ROOT/restored" ]; then mv "$DATA_ROOT/restored" "$DATA_DIR"; fi
    sync "$DATA_ROOT"
    rm -f "$DATA_ROOT/restoring"
    sync "$DATA_ROOT"
    log "restored $file: $POD_NAME is a cluster of one, and the others may join once it leads"
}
