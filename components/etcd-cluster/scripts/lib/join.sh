#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# How a pod without data becomes a member of a formed cluster: always as a learner, under an ID that the cluster has
# never known. Sourced, never run. Every step looks at the list again, so each may be killed and repeated.

# join: one step, with a formed marker just read. Succeeds when etcd may start.
join() {
    local mine
    if ! read_statefulset; then
        status "WAITING to join: cannot read StatefulSet $SET_NAME: $KUBE_ERROR"
        return 1
    fi
    remember_statefulset
    if ! wanted; then
        status "not joining: StatefulSet $SET_NAME asks for $STS_REPLICAS replicas and $POD_NAME is beyond them"
        return 1
    fi
    if [ -n "$(pending_request)" ]; then
        await_recovery
        return 1
    fi
    if ! ask_others "$(known_size)" "$(formed_cluster)"; then
        status "WAITING to join: no voter with a quorum answers ($CTL_ERROR). The cluster has formed before, so no new one is made, and what the other members' volumes hold is left as it is. If they, or all volumes, are gone for good see docs/operations.md, 'Quorum lost'."
        return 1
    fi
    mine=$(entry_with_url "$(peer_url_of "$ORDINAL")")
    # Under another URL (another cluster domain, say) it is still the entry of this pod, and its data is as lost.
    if [ -z "$mine" ]; then mine=$(entry_with_name "$POD_NAME"); fi
    if [ -z "$mine" ]; then
        add_learner
    elif is_late_for_formation "$mine"; then
        marker_set "member-$ORDINAL" "started $(disk_nonce)" "$(marker_get version)" && plan_late_start
    elif never_launched "$(field 1 "$mine")"; then
        plan_join "$(field 1 "$mine")"
    else
        replace_entry "$mine"
        return 1
    fi
}

# wanted: whether the StatefulSet still wants this ordinal. A pod whose preStop has begun is never wanted.
wanted() {
    [ ! -e "$STATE_DIR/leaving" ] && [ "$STS_LIVE" = yes ] && [ "$ORDINAL" -lt "$STS_REPLICAS" ]
}

# ask_cluster: ask_others of all ordinals that may hold a voter of the cluster that the data here is of, as marker and StatefulSet, which
# are read for it, know them.
ask_cluster() {
    read_marker && read_statefulset && ask_others "$(known_size)" "$(own_cluster)"
}

# known_size: how many ordinals may hold a voter now.
known_size() {
    local size initial
    size=$STS_REPLICAS
    if [ "$STS_PODS" -gt "$size" ]; then size=$STS_PODS; fi
    initial=$(marker_get initialClusterSize)
    if is_number "$initial" && [ "$initial" -gt "$size" ]; then size=$initial; fi
    printf '%s' "$size"
}

# is_late_for_formation LINE: whether that is the entry which the others counted on when they formed the cluster, and no etcd ever ran
# under it: they were quicker, that is all.
is_late_for_formation() {
    was_made_by_formation "$1" && never_served "$1" && was_reported_empty
}

# was_made_by_formation LINE: whether the entry has the ID that formation gave this ordinal.
was_made_by_formation() {
    [ "$(field 1 "$1")" = "$(first_member_id)" ]
}

# never_served LINE: whether no etcd has told the cluster that it runs under that entry. One of formation has its name from the
# beginning, so that it looks started; client URLs are what a member adds itself.
never_served() {
    [ -z "$(field 5 "$1")" ]
}

# was_reported_empty: whether the marker says that this very disk was empty. An ordinal says "started" before its first etcd, so none
# ever ran on it.
was_reported_empty() {
    [ "$(marker_get "member-$ORDINAL")" = "empty $(disk_nonce)" ]
}

# plan_late_start: etcd is to start under the ID that formation gave this ordinal, in the cluster that the others formed.
plan_late_start() {
    status 'the others have formed the cluster; starting as the member that they counted on'
    note_member "$(first_member_id)" || return 1
    plan existing "$(initial_cluster)"
}

# never_launched ID: whether this disk itself added that entry and no etcd ran under it yet. An entry that this disk
# does not know may have been acknowledged things on a disk that is lost.
never_launched() {
    [ "$(read_file "$DATA_ROOT/unlaunched")" = "$1" ]
}

# replace_entry LINE: my URL is taken by an ID whose data is lost. It must go before I come back under another ID, and not before I can.
replace_entry() {
    local id
    id=$(field 1 "$1")
    if ! slot_is_free "$id"; then return 0; fi
    status "the data of member $id at $POD_NAME's address is lost; replacing the member"
    if ! remove_member "$VOTER" "$id"; then
        status "WAITING to replace member $id of $POD_NAME, whose data is lost: $CTL_ERROR. The other members keep the data."
    fi
}

# add_learner: adds this pod, or waits for its turn: etcd takes one learner at a time, which is what keeps joins apart.
# The list, not the answer, says whether it worked: an add that timed out may have been committed.
add_learner() {
    local mine
    if ! slot_is_free none; then return 1; fi
    rm -rf "$DATA_DIR"
    if ! ctl "$VOTER" member add "$POD_NAME" --learner --peer-urls="$(peer_url_of "$ORDINAL")" >/dev/null; then
        status "waiting for a turn to join: $CTL_ERROR"
        return 1
    fi
    if ! read_list "$VOTER"; then return 1; fi
    mine=$(entry_with_url "$(peer_url_of "$ORDINAL")")
    if [ "$(field 2 "$mine")" != unstarted ]; then return 1; fi
    log "added as learner $(field 1 "$mine")"
    plan_join "$(field 1 "$mine")"
}

# plan_join ID: etcd is to start as that fresh entry.
plan_join() {
    status "joining the cluster as member $1"
    write_file "$DATA_ROOT/formed" yes && write_file "$DATA_ROOT/joining" 0 &&
        write_file "$DATA_ROOT/life" "$(marker_get recovered)" && write_file "$DATA_ROOT/unlaunched" "$1" &&
        note_member "$1" || return 1
    plan existing "$(initial_cluster)"
}

# promote: makes the local learner a voter once it is started and healthy but for being a learner. etcd would promote
# one that has not published its name yet, and count a voter that serves nobody; so the list must show it as started.
promote() {
    local mine i
    status "member $SERVER_ID is a learner, catching up"
    if ! read_statefulset; then return 1; fi
    if ! wanted || ! fetch "$LOCAL_METRICS_URL/readyz?exclude=non_learner" >/dev/null; then return 1; fi
    if ! read_marker || ! ask_others "$(known_size)" "$(formed_cluster)"; then return 1; fi
    mine=$(entry_with_id "$SERVER_ID")
    if [ "$(field 2 "$mine")" != started ]; then return 1; fi
    # The leader decides; before 3.5.28 and 3.6.6 a follower cannot pass the call on when auth is on. So each is asked.
    for i in $(ordinals "$(known_size)"); do
        if [ "$i" != "$ORDINAL" ] && ctl "$(client_url_of "$i")" member promote "$SERVER_ID" >/dev/null; then
            log 'promoted to voter'
            return
        fi
    done
    log "not promoted yet: $CTL_ERROR"
}
