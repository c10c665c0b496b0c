#!/bin/sh
# Quorum lost for good: one member goes on alone, and the others join it anew. Whether it may is decided in request.sh; this is how it
# is carried out, and noted. Sourced, never run.
#
#   on the volume   means
#   restoring       the word was given to restore a snapshot; the rest is in restore.sh
#   recovering      the word was given to go on alone from the data that is here
#   forced          etcd may have been started that way: there is no way back
#   unnoted, life   the cluster's new life is this disk's; unnoted goes when the marker says so too
#
# From then on "recovered" in the marker names the cluster's new life; a disk that does not carry the same name, because it was away,
# holds data of the life before and must not vote again.

# begin_recovery: the word is given, and REQUEST is on the disk before anything else happens.
begin_recovery() {
    rm -f "$STATE_DIR/recovery-since"
    if [ -n "$(snapshot_of "$REQUEST")" ]; then
        log "no quorum answers and none objects: restoring the snapshot $(read_file "$STATE_DIR/snapshot-content")"
        write_durable "$DATA_ROOT/restoring" "$REQUEST"
    else
        log "no quorum answers and none objects: going on alone from the data of member $(read_file "$DATA_ROOT/member-id")"
        write_durable "$DATA_ROOT/recovering" "$REQUEST"
    fi
}

# confirm_recovery: before etcd starts alone; drops the word when it counts no more. Once etcd may have started that way, its data
# knows no other member, and there is no way back.
confirm_recovery() {
    if [ -e "$DATA_ROOT/forced" ]; then return 0; fi
    REQUEST=$(read_file "$DATA_ROOT/recovering")
    if ! still_asked; then
        log "not going on alone: the recovery was refused, or taken back. Nothing was changed."
        rm -f "$DATA_ROOT/recovering"
        sync "$DATA_ROOT"
    fi
}

# begin_life REQUEST: this disk is the cluster's new life; unnoted stays there until the marker says so too.
begin_life() {
    write_durable "$DATA_ROOT/unnoted" "$1" && write_durable "$DATA_ROOT/life" "$1"
}

# finish_recovery: etcd leads alone, so it must never again be started that way.
finish_recovery() {
    if [ ! -e "$DATA_ROOT/recovering" ]; then return 0; fi
    begin_life "$(cat "$DATA_ROOT/recovering")" || return 1
    rm -f "$DATA_ROOT/recovering" "$DATA_ROOT/forced"
    sync "$DATA_ROOT"
    log "recovered: member $SERVER_ID is a cluster of one, and the others may join"
}

# note_recovery: with a marker just read, writes there which request this disk has carried out, also when it is asked for no more.
# Fails until that is done.
note_recovery() {
    local life
    life=$(read_file "$DATA_ROOT/unnoted")
    if [ -z "$life" ] || [ "$life" != "$(read_file "$DATA_ROOT/life")" ]; then return 0; fi
    # To etcd a restored snapshot is another cluster.
    marker_set formed "$(cluster_id)" && marker_set recovered "$life" && read_marker || return 1
    rm -f "$DATA_ROOT/unnoted"
}

# outlived: whether the marker just read says that the cluster was recovered from another disk than this one's.
outlived() {
    [ -n "$(marker_get recovered)" ] && [ "$(marker_get recovered)" != "$(read_file "$DATA_ROOT/life")" ]
}

# overtaken: whether a member without a leader can wait for one no longer: the marker just read names a recovery that this disk
# was not part of, and the voters that came of it do not have its ID in their list.
overtaken() {
    outlived && read_statefulset && ask_others "$(known_size)" && [ -z "$(entry_with_id "$SERVER_ID")" ]
}

# step_aside: the cluster lives on without this disk: etcd ends, and what is decided then sets its data aside.
step_aside() {
    log "the cluster was recovered from another disk while this one was away; its data is set aside"
    write_file "$STATE_DIR/outlived" yes
    kill "$ETCD"
}
