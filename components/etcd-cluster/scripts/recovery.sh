#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# Quorum lost for good: one member goes on alone, on a person's word, and the others join it anew. Sourced, never run.
#
# The word is an annotation of the request, an object that pods only read: "ORDINAL NONCE" to go on from the data of that ordinal,
# "ORDINAL NONCE FILE" from a snapshot on its volume (snapshot.sh). It is carried out once, and only when no quorum lives: nobody
# else answers, and the leader, which would object in the marker, has not done so for a minute. The two may not see each other;
# the API server sees both. From then on "recovered" in the marker names the cluster's new life; a disk that does not carry the same name, because
# it was away, holds data of the life before and must not vote again.

OBJECTION_SECONDS=${OBJECTION_SECONDS:-60}

# pending_request: prints the request in the marker just read, if it is neither carried out nor refused.
pending_request() {
    local request
    request=$(marker_get recover-from)
    if [ "$request" != "$(marker_get recovered)" ] && [ "$request" != "$(marker_get recovery-refused)" ]; then
        printf '%s' "$request"
    fi
}

# object_to_recovery: by the leader, with a marker just read: it has a quorum behind it, so there is nothing to recover from.
object_to_recovery() {
    local request
    request=$(pending_request)
    if [ -z "$request" ] || [ "$request" = "$(read_file "$DATA_ROOT/life")" ] || ! has_quorum; then return 0; fi
    log "refusing to recover from ordinal ${request%% *}: this cluster has a quorum"
    marker_set recovery-refused "$request" || true
}

# has_quorum: whether this leader can prove that it leads: one that is suddenly alone calls itself leader for another second or
# two, and what it writes into the marker is for good. etcd itself is asked, without a name server.
has_quorum() {
    fetch "$LOCAL_METRICS_URL/readyz?exclude=data_corruption" >/dev/null
}

# consider_recovery: one look by a member that has no leader, or no data. Sets REQUEST; succeeds when this is the member that it
# names, nothing is in the way, and the time for an objection is over. The file recovery-since is there while the status is its.
consider_recovery() {
    local since subject="the data of $POD_NAME" why=''
    read_marker && read_statefulset || return 1
    REQUEST=$(pending_request)
    if [ "${REQUEST%% *}" != "$ORDINAL" ] || [ "$REQUEST" = "$(read_file "$DATA_ROOT/life")" ] || quorum_answers "$(known_size)"; then
        rm -f "$STATE_DIR/recovery-since"
        return 1
    fi
    if [ -n "$(snapshot_of "$REQUEST")" ]; then
        why=$(snapshot_problem "$(snapshot_of "$REQUEST")")
        subject="the snapshot $(read_file "$STATE_DIR/snapshot-content")"
    fi
    tell_hold "$why"
    if [ -n "$why" ]; then
        write_file "$STATE_DIR/recovery-since" held
        status "RECOVERY is held: $why. Nothing was changed. It goes on by itself once the file is right; see docs/operations.md, 'Quorum lost'."
        return 1
    fi
    since=$(read_file "$STATE_DIR/recovery-since")
    if ! is_number "$since"; then
        # A leader whose scripts are of before could not object otherwise.
        if [ "$(marker_get announced)" != "$REQUEST" ]; then announce "$REQUEST" || return 1; fi
        since=$(date +%s)
        write_file "$STATE_DIR/recovery-since" "$since"
    fi
    status "RECOVERY from $subject was asked for; it begins $OBJECTION_SECONDS s after $(date -u -d "@$since" +%H:%M:%S), unless a quorum turns up that objects"
    [ $(($(date +%s) - since)) -ge "$OBJECTION_SECONDS" ]
}

# quorum_answers COUNT: whether any other of so many ordinals serves, and so has a quorum behind it. It says so without a login: who
# has another password is a quorum all the same.
quorum_answers() {
    local i
    for i in $(ordinals "$1"); do
        if [ "$i" != "$ORDINAL" ] && serves "$i"; then return 0; fi
    done
    return 1
}

# tell_hold WHY: what is in the way of REQUEST, or nothing, stands in the marker, where the rollout finds it.
tell_hold() {
    local hold=''
    if [ -n "$1" ]; then hold="$REQUEST: $(printf '%s' "$1" | tr -d '"\134' | tr -s '[:cntrl:]' ' ')"; fi
    if [ "$(marker_get recovery-hold)" != "$hold" ]; then marker_set recovery-hold "$hold" || true; fi
}

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

# await_recovery: says what a pod without data waits for while a request is pending.
await_recovery() {
    local request
    request=$(pending_request)
    if [ "${request%% *}" = "$ORDINAL" ] && [ -z "$(snapshot_of "$request")" ]; then
        status "WAITING: a recovery from the data of $POD_NAME was asked for, and it has none. Name an ordinal that has, or a snapshot; see docs/operations.md, 'Quorum lost'."
    else
        status "WAITING to join until the recovery from ordinal ${request%% *} is done or refused"
    fi
}

# still_asked: whether REQUEST is still to be carried out. What was stopped after the word was given may find, much later, that a
# quorum came back and objected. Waits for the API server, for as long as it takes.
still_asked() {
    until read_marker; do
        status "WAITING to go on with the recovery that was asked for: cannot read ConfigMap $MARKER_NAME: $KUBE_ERROR"
        sleep 2
    done
    [ "$(pending_request)" = "$REQUEST" ]
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
