#!/bin/sh
# Runs before TERM whenever the pod is stopped: for a restart it hands leadership over, for a scale-down it also takes
# the member out of the cluster. Which of the two is decided by the StatefulSet's spec.replicas, asked of the API server;
# any doubt means restart. All of it ends LIMIT seconds after its begin, so that within the grace period of 60 s etcd has the 14
# that it needs; a member that could not leave in time is taken out by the leader.
set -eu

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
for library in common files kube etcd membership; do
    # shellcheck source=/dev/null
    . "$SCRIPTS_DIR/lib/$library.sh"
done
# What a hook prints is shown nowhere; the container's own log is.
CONSOLE=${CONSOLE:-/proc/1/fd/2}
if (: >>"$CONSOLE") 2>/dev/null; then exec 2>>"$CONSOLE"; fi

LIMIT=${LIMIT:-36}        # the last call that begins before it may take ten seconds more
BEGIN=$(now)

# in_time: whether there is time for another step.
in_time() {
    ! is_over "$BEGIN" "$LIMIT"
}

# leaving: whether this pod is to leave for good.
leaving() {
    if ! read_statefulset; then
        log "stopping as a restart, not leaving: $KUBE_ERROR"
    elif [ "$STS_UID" != "$(read_file "$STATE_DIR/statefulset-uid")" ]; then
        log 'stopping as a restart, not leaving: the StatefulSet is not the one that this pod was started by'
    elif [ "$STS_LIVE" != yes ] || [ "$STS_REPLICAS" -eq 0 ] || [ "$ORDINAL" -lt "$STS_REPLICAS" ]; then
        log "stopping as a restart (replicas $STS_REPLICAS)"
    else
        return 0
    fi
    return 1
}

# hand_over: if this member leads, another started voter that is ready takes over before the clients are cut off.
hand_over() {
    local line id i
    if ! read_metrics || [ "$IS_LEADER" != 1 ]; then return 0; fi
    read_list "$LOCAL_CLIENT_URL" || return 0
    # Lowest ordinal first: it is the last one to be scaled away.
    members_of_this_set | sort -n >"$STATE_DIR/members.$$"
    while read -r i id && in_time; do
        line=$(entry_with_id "$id")
        if [ "$id" = "$SERVER_ID" ] || [ "$(field 2 "$line")" != started ] || [ "$(field 6 "$line")" = true ]; then continue; fi
        if ! serves "$i"; then continue; fi
        if ctl "$LOCAL_CLIENT_URL" move-leader "$id" >/dev/null; then
            log "handed leadership to $SET_NAME-$i"
            return 0
        fi
        log "leadership not handed to $SET_NAME-$i: $CTL_ERROR"
    done <"$STATE_DIR/members.$$"
}

# my_turn: waits, until half of the time is over, for every higher ordinal that leaves as well to be out of the list.
my_turn() {
    local i id higher=unknown
    while ! is_over "$BEGIN" $((LIMIT / 2)); do
        if ! ask_others "$STS_PODS"; then return 1; fi
        members_of_this_set >"$STATE_DIR/members.$$"
        higher=no
        while read -r i id; do
            if [ "$i" -gt "$ORDINAL" ]; then higher=$id; fi
        done <"$STATE_DIR/members.$$"
        if [ "$higher" = no ]; then return 0; fi
        sleep 1
    done
    CTL_ERROR="a member of a higher ordinal ($higher) is still in the list"
    return 1
}

# leave: removes this pod's member; the list decides whether it worked, since a removal that timed out may be committed.
leave() {
    local id mine
    id=$(read_file "$DATA_ROOT/member-id")
    while in_time; do
        if ask_others "$STS_PODS"; then
            mine=$(entry_with_id "${id:-none}")
            if [ -z "$mine" ]; then
                log 'left the cluster'
                return 0
            fi
            if ! remove_member "$VOTER" "$id"; then log "not removed yet: $CTL_ERROR"; fi
        fi
        sleep 0.5
    done
    return 1
}

# main: first the flag, so that nothing adds the member again once it is out.
main() {
    if ! leaving; then
        hand_over
        return
    fi
    log "leaving the cluster: the StatefulSet asks for $STS_REPLICAS replicas"
    write_file "$STATE_DIR/leaving" yes
    if ! my_turn; then log "not leaving by itself: $CTL_ERROR; the leader will remove the member"; return; fi
    hand_over
    leave || log 'not removed in time; the leader will remove the member'
}

main "$@"
