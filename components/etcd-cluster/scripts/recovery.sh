#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# Quorum lost for good: one surviving member goes on alone, on a person's word, and the others join it anew. Sourced, never run.
#
# The word is an annotation of the marker, "ORDINAL NONCE". It is carried out once, and only when no quorum lives: nobody else
# answers, and the leader, which would object in the marker, has not done so for a minute. The two may not see each other;
# the API server sees both. From then on "recovered" in the marker names the cluster's new life; a disk that does not carry
# the same name, because it was away, holds data of the life before and must not vote again.

OBJECTION_SECONDS=${OBJECTION_SECONDS:-60}

# pending_request: prints the request in the marker just read, if it is neither carried out nor refused.
pending_request() {
    local request
    request=$(marker_get recover-from)
    if [ "$request" != "$(marker_get recovered)" ] && [ "$request" != "$(marker_get recovery-refused)" ]; then
        printf '%s' "$request"
    fi
}

# object_to_recovery: the leader has a quorum behind it, so there is nothing to recover from.
object_to_recovery() {
    local request
    every 10 object-to-recovery || return 0
    read_marker || return 0
    request=$(pending_request)
    if [ -z "$request" ] || [ "$request" = "$(read_file "$DATA_ROOT/life")" ]; then return 0; fi
    log "refusing to recover from ordinal ${request%% *}: this cluster has a quorum"
    marker_set recovery-refused "$request" || true
}

# consider_recovery: one look by a member with data that has no leader. The one that was named waits for an objection, and
# in the end has etcd started again alone.
consider_recovery() {
    local request since
    read_marker && read_statefulset || return 0
    request=$(pending_request)
    if [ "${request%% *}" != "$ORDINAL" ] || ask_others "$(known_size)"; then
        rm -f "$STATE_DIR/recovery-since"
        return 0
    fi
    since=$(read_file "$STATE_DIR/recovery-since")
    if [ -z "$since" ]; then
        since=$(date +%s)
        write_file "$STATE_DIR/recovery-since" "$since"
    fi
    status "RECOVERY from the data of $POD_NAME was asked for; it begins $OBJECTION_SECONDS s after $(date -u -d "@$since" +%H:%M:%S), unless a quorum turns up that objects"
    if [ $(($(date +%s) - since)) -ge "$OBJECTION_SECONDS" ]; then
        log "no quorum answers and none objects: going on alone from the data of member $SERVER_ID"
        write_durable "$DATA_ROOT/recovering" "$request"
        kill "$CHILD"
    fi
}

# finish_recovery: etcd leads alone, so it must never again be started that way.
finish_recovery() {
    if [ ! -e "$DATA_ROOT/recovering" ]; then return 0; fi
    write_durable "$DATA_ROOT/life" "$(cat "$DATA_ROOT/recovering")"
    rm -f "$DATA_ROOT/recovering" "$STATE_DIR/recovery-since"
    sync "$DATA_ROOT"
    log "recovered: member $SERVER_ID is a cluster of one, and the others may join"
}

# note_recovery: with a marker just read, writes there which request this disk has carried out. Fails until that is done.
note_recovery() {
    local life
    life=$(read_file "$DATA_ROOT/life")
    if [ -z "$life" ] || [ "$life" != "$(marker_get recover-from)" ] || [ "$life" = "$(marker_get recovered)" ]; then return 0; fi
    marker_set recovered "$life" && read_marker
}

# outlived: whether the marker just read says that the cluster was recovered from another disk than this one's.
outlived() {
    [ -n "$(marker_get recovered)" ] && [ "$(marker_get recovered)" != "$(read_file "$DATA_ROOT/life")" ]
}
