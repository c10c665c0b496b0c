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
# `recovery-begun` in the marker says that a request is being carried out, `recovered` which one was. From then on that names the cluster's
# new life; a disk that does not carry the same name, because it was away, holds data of the life before: see life.sh.

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

# claim_recovery: the last look before REQUEST is carried out; waits for the API server, as long as it takes. Succeeds when the marker
# says that it has begun. The leader objects by writing into the same marker, and of two writes that have read the same version
# one fails: so a request is either refused or begun, and whoever comes back later finds out which.
claim_recovery() {
    while :; do
        await_marker
        if [ "$(marker_get recovery-begun)" = "$REQUEST" ] && [ "$(newest_life)" = "$REQUEST" ]; then
            if [ -e "$DATA_ROOT/forced" ] || [ "$(marker_get recover-from)" = "$REQUEST" ]; then return 0; fi
            # Taken back while nothing had happened yet.
            marker_swap '"recovery-begun":null' || true
        elif [ "$(pending_request)" != "$REQUEST" ] || quorum_answers "$(known_size)"; then
            return 1
        elif marker_swap "\"recovery-begun\":\"$REQUEST\""; then
            return 0
        fi
        sleep 1
    done
}

# await_marker: reads marker and StatefulSet, for as long as it takes.
await_marker() {
    until read_marker && read_statefulset; do
        status "WAITING to go on with the recovery that was asked for: cannot read ConfigMap $MARKER_NAME: $KUBE_ERROR"
        sleep 2
    done
}

# confirm_recovery: before etcd starts alone; drops the word when it counts no more.
confirm_recovery() {
    REQUEST=$(read_file "$DATA_ROOT/recovering")
    if claim_recovery; then return 0; fi
    if [ -e "$DATA_ROOT/forced" ]; then
        await_refusal
        return
    fi
    log "not going on alone: the recovery was refused, or taken back. Nothing was changed."
    drop_word
}

# drop_word: nobody goes on alone.
drop_word() {
    rm -f "$DATA_ROOT/recovering" "$DATA_ROOT/forced"
    sync "$DATA_ROOT"
}

# await_refusal: etcd may have been started alone for a request that does not count any more. Its data then knows no other member, and
# would end those of the quorum that objected: it never starts again. One look; the data is void once that quorum answers.
await_refusal() {
    if ask_others "$(known_size)" "$(own_cluster)"; then
        log "the recovery from $POD_NAME was refused, and the quorum that objected serves: the data here is set aside"
        write_file "$STATE_DIR/overtaken" yes
        drop_word
        return
    fi
    if consider_recovery; then
        begin_recovery
        return
    fi
    phase waiting
    if [ ! -e "$STATE_DIR/recovery-since" ]; then
        status "HELD: the recovery from $POD_NAME was refused after it had begun, and its data would end the members that objected. It stays where it is, and etcd is not started on it. The pod joins once they have a quorum ($CTL_ERROR); if they are gone for good recover from this ordinal anew, see docs/operations.md, 'Quorum lost'."
    fi
    sleep 2
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

# note_recovery: with a marker just read, writes there which request this disk has carried out, also when it is asked for no more; but
# never over a life that began later. Fails until that is done.
note_recovery() {
    local life
    life=$(read_file "$DATA_ROOT/unnoted")
    if [ -z "$life" ] || [ "$life" != "$(own_life)" ]; then return 0; fi
    if [ "$life" != "$(newest_life)" ] && [ "$life" != "$(pending_request)" ] && [ -n "$(marker_get formed)" ]; then
        log "the recovery that was carried out here ($life) is not the newest one any more"
        return 0
    fi
    # To etcd a restored snapshot is another cluster.
    marker_swap "\"formed\":\"$(cluster_id)\",\"recovered\":\"$life\",\"recovery-begun\":null" && read_marker || return 1
    rm -f "$DATA_ROOT/unnoted"
}
