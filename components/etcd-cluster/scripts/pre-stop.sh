#!/bin/sh
# Runs before TERM whenever the pod is stopped: for a restart it hands leadership over, for a scale-down it also takes
# the member out of the cluster. Which of the two is decided by the StatefulSet's spec.replicas, asked of the API server;
# any doubt that lasts means restart.
#
# A pod that is deleted dies at the end of its grace period, whatever it wants. So those that leave do not wait for each other: who
# does not serve goes first, then the highest ordinal, and whose turn does not come by itself is taken out by the others. All of it
# ends LIMIT seconds after its begin, however silent others are, so that etcd has 30 of the 180 of the grace period.
set -eu

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
for library in common files kube etcd membership; do
    # shellcheck source=/dev/null
    . "$SCRIPTS_DIR/lib/$library.sh"
done
# What a hook prints is shown nowhere; the container's own log is.
CONSOLE=${CONSOLE:-/proc/1/fd/2}
if (: >>"$CONSOLE") 2>/dev/null; then exec 2>>"$CONSOLE"; fi

LIMIT=${LIMIT:-145}       # all of it
TURN=${TURN:-20}          # how long others that leave get to do so by themselves, from the begin
DOUBT=${DOUBT:-60}        # how long an API server that does not answer is asked, while the leader, which it may answer, takes this member out
BEGIN=$(now)

# in_time: whether there is time for another step; its last call may take as long as that.
in_time() {
    ! is_over "$BEGIN" $((LIMIT - 15))
}

# beyond: whether the StatefulSet just read wants fewer members than that this one could be one of them.
beyond() {
    [ "$STS_LIVE" = yes ] && [ "$STS_REPLICAS" -gt 0 ] && [ "$ORDINAL" -ge "$STS_REPLICAS" ]
}

# is_ours: whether the StatefulSet just read is the one that this pod belongs to.
is_ours() {
    [ "$STS_UID" = "$(read_file "$STATE_DIR/statefulset-uid")" ]
}

# is_to_stay: whether the StatefulSet just read does not tell this pod to leave.
is_to_stay() {
    ! beyond || ! is_ours
}

# leaving: whether this pod is to leave for good. Where that cannot be told for the moment it is asked again for a while: who stops as a
# voter that nobody wants may take the quorum with it.
leaving() {
    local why
    while :; do
        if ! read_statefulset; then
            why=$KUBE_ERROR
            # It went before its pods.
            case $why in
                *'(NotFound)'*) break ;;
            esac
        elif ! beyond; then
            log "stopping as a restart (replicas $STS_REPLICAS)"
            return 1
        elif is_ours; then
            return 0
        else
            why='the StatefulSet is not the one that this pod was started by'
        fi
        if is_over "$BEGIN" "$DOUBT" || is_out; then break; fi
        sleep 1
    done
    log "stopping as a restart, not leaving: $why"
    return 1
}

# is_out: whether the others' list no longer has this member.
is_out() {
    local id
    id=$(read_file "$DATA_ROOT/member-id")
    ask_cluster && [ -z "$(entry_with_id "${id:-none}")" ]
}

# ask_cluster: ask_others of all that may serve, and are of the cluster that the data here is of.
ask_cluster() {
    ask_others "$(most_pods)" "$(read_file "$DATA_ROOT/cluster-id")"
}

# most_pods: how many ordinals may serve, as far as it is known.
most_pods() {
    local most=$((ORDINAL + 1))
    if [ "${STS_PODS:-0}" -gt "$most" ]; then most=$STS_PODS; fi
    if [ "${STS_REPLICAS:-0}" -gt "$most" ]; then most=$STS_REPLICAS; fi
    echo "$most"
}

# hand_over: if this member leads, another started voter that is ready takes over before the clients are cut off.
hand_over() {
    local began line id i serving
    began=$(now)
    if ! read_metrics || [ "$IS_LEADER" != 1 ]; then return 0; fi
    read_list "$LOCAL_CLIENT_URL" || return 0
    # Lowest ordinal first: it is the last one to be scaled away.
    members_of_this_set | sort -n >"$STATE_DIR/members.$$"
    # shellcheck disable=SC2046 # one word an ordinal
    serving=" $(serving $(cut -d ' ' -f 1 "$STATE_DIR/members.$$") | tr '\n' ' ')"
    while read -r i id && ! is_over "$began" 20; do
        line=$(entry_with_id "$id")
        if [ "$id" = "$SERVER_ID" ] || [ "$(field 2 "$line")" != started ] || is_learner "$line"; then continue; fi
        case $serving in
            *" $i "*) ;;
            *) continue ;;
        esac
        if ctl "$LOCAL_CLIENT_URL" move-leader "$id" >/dev/null; then
            log "handed leadership to $SET_NAME-$i"
            return 0
        fi
        log "leadership not handed to $SET_NAME-$i: $CTL_ERROR"
    done <"$STATE_DIR/members.$$"
}

# leave: step by step, until this pod's member is out of the list, wanted again, or the time is over. The list decides whether a
# removal worked, for one that timed out may be committed.
leave() {
    local id mine
    id=$(read_file "$DATA_ROOT/member-id")
    while in_time; do
        if ! ask_cluster; then
            status "leaving the cluster, but not yet: $CTL_ERROR"
            # Out of the list etcd ends, and may be the only one that could have told.
            if [ "$(read_file "$STATE_DIR/phase")" = waiting ]; then return 0; fi
        else
            mine=$(entry_with_id "${id:-none}")
            if [ -z "$mine" ]; then
                log 'left the cluster'
                return 0
            fi
            # Asked as late as can be: what is out cannot be taken back.
            if read_statefulset && is_to_stay; then
                stay
                return 0
            fi
            take_out_next "$id"
        fi
        sleep 1
    done
    log 'not removed in time; another member will remove it'
}

# take_out_next ID: one step: removes from LIST whose turn it is, for ID is this pod's own member.
take_out_next() {
    next_to_leave "$STS_REPLICAS" || return 0
    if [ "$LEAVER_ID" = "$1" ]; then
        hand_over
        # Another list, since leadership was handed over.
        read_list "$VOTER" || return 0
    elif [ "$LEAVER_STATE" = serves ] && ! is_over "$BEGIN" "$TURN"; then
        return 0
    fi
    if ! remove_member "$VOTER" "$LEAVER_ID"; then status "leaving the cluster, but not yet: $CTL_ERROR"; fi
}

# stay: the StatefulSet wants this ordinal again, before its member was removed.
stay() {
    rm -f "$STATE_DIR/leaving"
    log "not leaving after all: the StatefulSet asks for $STS_REPLICAS replicas; stopping as a restart"
    hand_over
}

# stop: first the flag, so that nothing adds the member again once it is out.
stop() {
    if ! leaving; then
        hand_over
        return
    fi
    log "leaving the cluster: the StatefulSet asks for $STS_REPLICAS replicas"
    write_file "$STATE_DIR/leaving" "$(now)"
    leave
}

# watch PID: ends that process when the time is over.
watch() {
    until is_over "$BEGIN" "$LIMIT"; do sleep 1; done
    kill "$1"
}

# main: all of it, in time. Whoever runs the hook waits until nobody holds its output any more.
main() {
    local worker watcher result=0
    stop >/dev/null &
    worker=$!
    watch "$worker" >/dev/null 2>&1 &
    watcher=$!
    wait "$worker" || result=$?
    if [ "$result" != 0 ]; then log "the hook ended with status $result; etcd is stopped"; fi
    kill "$watcher" 2>/dev/null || true
}

main "$@"
