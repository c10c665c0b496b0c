#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# Of which life of the cluster the data on this disk is, and what is done when the marker names another one. Sourced, never run.
#
# A life begins with the formation, and anew with each recovery that a person asks for. Two may meet: a majority that was only paused
# comes back beside the member that went on alone. The marker says which one counts, but anybody may edit it, or restore an older copy.
# So it may stop a member, and never more than that:
#
#   the marker names another life, and                                          what is done
#   a member of that life serves, asked now: another cluster ID that the        etcd ends, the data is set aside, the pod joins that life
#     marker has too, or the same one and a list without this member's ID
#   every ordinal serves in this life, or the leader has seen the marker        the marker is wrong: the leader writes it again
#     agree all the time, so that nobody can have recovered meanwhile
#   Pulumi's request, which no pod can write, names it as well                  hold: etcd ends, or does not start; the data stays
#   none of these, for half a minute                                            hold

# newest_life: prints the request that the newest life in the marker just read came of, or nothing. One that has begun counts at once,
# unless it was refused: scripts of before may do that at any time.
newest_life() {
    local begun
    begun=$(marker_get recovery-begun)
    if [ -n "$begun" ] && [ "$begun" != "$(marker_get recovery-refused)" ]; then
        printf '%s' "$begun"
    else
        marker_get recovered
    fi
}

# own_life: prints the request that the life on this disk came of, or nothing.
own_life() {
    read_file "$DATA_ROOT/life"
}

# own_cluster: prints the ID of the cluster that the data here is of; where that was never noted, the one of the marker just read.
own_cluster() {
    local id
    id=$(read_file "$DATA_ROOT/cluster-id")
    printf '%s' "${id:-$(formed_cluster)}"
}

# formed_cluster: prints the ID of the cluster that the marker just read says has formed; nothing when it does not know it.
formed_cluster() {
    marker_get formed | grep -x '[0-9a-f]*' || true
}

# is_other_cluster: whether the marker just read names another cluster than that of the data here.
is_other_cluster() {
    local here there
    here=$(read_file "$DATA_ROOT/cluster-id")
    there=$(formed_cluster)
    [ -n "$here" ] && [ -n "$there" ] && [ "$here" != "$there" ]
}

# outlived: whether the marker just read names another life than that on this disk.
outlived() {
    local newest
    newest=$(newest_life)
    if [ -n "$newest" ] && [ "$newest" != "$(own_life)" ]; then return 0; fi
    is_other_cluster
}

# is_backed: whether Pulumi itself asks for the life that the marker just read names.
is_backed() {
    [ -n "$(newest_life)" ] && [ "$(newest_life)" = "$(marker_get recover-from)" ]
}

# is_overtaken: whether a member of the life that the marker just read names serves at this moment, and that life goes on without the
# data here. Needs STS_..., and a marker that outlived was asked of.
is_overtaken() {
    local i id here
    id=$(read_file "$DATA_ROOT/member-id")
    here=$(read_file "$DATA_ROOT/cluster-id")
    # shellcheck disable=SC2046 # one word an ordinal
    for i in $(serving $(others "$(known_size)")); do
        if ! read_list "$(client_url_of "$i")"; then continue; fi
        if [ -n "$(entry_with_id "${id:-none}")" ]; then continue; fi
        if [ "$CLUSTER" = "$here" ] || [ "$CLUSTER" = "$(formed_cluster)" ]; then return 0; fi
    done
    return 1
}

# all_live_here: whether every ordinal that may hold a voter serves in the cluster of this member, and has it in its list. There is no
# disk left then on which another life could be.
all_live_here() {
    local i
    for i in $(ordinals "$(known_size)"); do
        if ! serves "$i" || ! read_list "$(client_url_of "$i")"; then return 1; fi
        if [ "$CLUSTER" != "$(read_file "$DATA_ROOT/cluster-id")" ] || [ -z "$(entry_with_id "$SERVER_ID")" ]; then return 1; fi
    done
}

# was_watched: whether this member saw the marker agree so lately that nobody can have waited for its objection since.
was_watched() {
    local passed
    passed=$(age "$(read_file "$STATE_DIR/marker-agreed")")
    is_number "$passed" && [ "$passed" -lt $((OBJECTION_SECONDS * 3 / 4)) ]
}

# remember_cluster: the ID of the cluster that the data here is of, taken from etcd itself.
remember_cluster() {
    local id
    id=$(cluster_id)
    if [ "$id" = unknown ] || [ "$id" = "$(read_file "$DATA_ROOT/cluster-id")" ]; then return 0; fi
    write_durable "$DATA_ROOT/cluster-id" "$id"
}

# settle_lives: what a member with a leader does, with a marker just read. Succeeds when that names the life that is here.
settle_lives() {
    if ! outlived; then
        rm -f "$STATE_DIR/outlived-since"
        return 0
    fi
    read_statefulset || return 1
    if is_overtaken; then
        step_aside
        return 1
    fi
    if [ "$IS_LEADER" = 1 ] && { all_live_here || { was_watched && ! is_backed; }; } && has_quorum; then
        log "ConfigMap $MARKER_NAME names a life of the cluster that is none; writing it again"
        rm -f "$STATE_DIR/outlived-since"
        tell_marker || somebody_wrote || log "not written: $KUBE_ERROR"
        return 1
    fi
    if is_backed || is_over "$(seen_since "$STATE_DIR/outlived-since")" $((OBJECTION_SECONDS / 2)); then
        step_aside
    else
        status "NOT READY: ConfigMap $MARKER_NAME names another life of the cluster than the data of $POD_NAME is of; asking the others"
    fi
    return 1
}

# step_aside: the marker names another life: etcd ends, and what is decided then finds out what that means for its data.
step_aside() {
    log "the marker names another life of the cluster than the data here is of; etcd ends, and its data stays where it is for now"
    write_file "$STATE_DIR/outlived" yes
    kill "$ETCD"
}

# await_life: before etcd starts on the data that is here. Looks at the marker once, if the API server answers (LOOKED); while that names
# another life it waits, and returns when the data may be started, or when something else is to be decided.
await_life() {
    LOOKED=no
    if [ -e "$STATE_DIR/overtaken" ]; then return 0; fi
    while is_held; do
        if is_overtaken; then
            log 'a member of the life that the marker names serves, and goes on without the data here'
            write_file "$STATE_DIR/overtaken" yes
            return
        fi
        if consider_recovery; then
            begin_recovery
            return
        fi
        if [ ! -e "$STATE_DIR/recovery-since" ]; then tell_held; fi
        sleep 2
    done
    rm -f "$STATE_DIR/outlived"
}

# is_held: whether the marker names another life, and either etcd was ended for that or Pulumi asks for the same. An API server that is
# away holds nobody who was not held before.
is_held() {
    if ! read_marker || ! read_statefulset; then
        [ -e "$STATE_DIR/outlived" ] || return 1
        status "HELD: the marker named another life of the cluster, and cannot be read now: $KUBE_ERROR. The data of $POD_NAME stays where it is."
        until read_marker && read_statefulset; do sleep 2; done
    fi
    LOOKED=yes
    outlived && { [ -e "$STATE_DIR/outlived" ] || is_backed; }
}

# tell_held: what is held, why it is safe, and what to do.
tell_held() {
    phase waiting
    status "HELD: ConfigMap $MARKER_NAME says that the cluster lives on from another disk ($(newest_life), cluster $(marker_get formed)), and no member of that life answers. etcd is not started, lest two clusters take writes; the data of $POD_NAME stays where it is. It joins once that life serves. If that life is lost, or never was, see docs/operations.md, 'Members from before a recovery': correct the line, or recover from this ordinal."
}
