#!/bin/sh
# Recovery from a snapshot: a file on the volume of the named ordinal becomes a cluster of one. Sourced, never run.
#
# Whether it may is decided in request.sh; this is how, in steps that can each be killed and gone on with:
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

# restore_or_wait: one look by a pod without data while a snapshot is asked for; succeeds when it was begun here.
restore_or_wait() {
    if [ -z "$(marker_get formed)" ] && ! report_empty; then return 1; fi
    if consider_recovery; then
        begin_recovery
        return
    fi
    if [ ! -e "$STATE_DIR/recovery-since" ]; then await_recovery; fi
    return 1
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

# note_failure FILE: why it cannot be restored, for as long as that file lies there.
note_failure() {
    write_file "$STATE_DIR/snapshot-problem" "$1 cannot be restored: $(complaint "$STATE_DIR/snapshot-error")"
    mark_of "$1" >"$STATE_DIR/snapshot-mark" || true
}

# leave_old_life: the new data is on the disk, so the old is set aside, and what was noted about it goes.
leave_old_life() {
    if [ -d "$DATA_DIR" ]; then set_aside; fi
    forget_member
    rm -f "$DATA_ROOT/unlaunched" "$DATA_ROOT/formed"
    write_file "$DATA_ROOT/identity" "$(identity)"
}

# carry_out_restore: goes on with the restore that was begun, wherever it was stopped. Without an etcd.
carry_out_restore() {
    local file
    REQUEST=$(read_file "$DATA_ROOT/restoring")
    file=$DATA_ROOT/$(snapshot_of "$REQUEST")
    if [ "$(read_file "$DATA_ROOT/life")" != "$REQUEST" ]; then
        if [ ! -d "$DATA_ROOT/restored" ] && ! restore_beside "$file"; then
            note_failure "$file"
            drop_restore
            return
        fi
        if ! claim_recovery; then
            log "not restoring $file: it was refused, or taken back. Nothing was changed."
            drop_restore
            return
        fi
        leave_old_life
        begin_life "$REQUEST"
    fi
    if [ -d "$DATA_ROOT/restored" ]; then mv "$DATA_ROOT/restored" "$DATA_DIR"; fi
    sync "$DATA_ROOT"
    rm -f "$DATA_ROOT/restoring"
    sync "$DATA_ROOT"
    log "restored $file: $POD_NAME is a cluster of one, and the others may join once it leads"
}
