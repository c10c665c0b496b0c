#!/bin/sh
# The member list follows the StatefulSet: members that nobody wants and that could not leave by themselves are removed. A duty of
# the leader. Sourced, never run.

# converge: removes, one a round and highest ordinal first, members whose ordinal the StatefulSet no longer wants and
# whose pod is gone for a minute (its preStop did not run: node loss, force deletion). Only ever on the leader.
converge() {
    local i id
    every 10 converge || return 0
    read_statefulset || return 0
    remember_statefulset
    if [ "$STS_LIVE" != yes ] || [ "$STS_SETTLED" != yes ] || [ "$STS_REPLICAS" -eq 0 ]; then return 0; fi
    read_list "$LOCAL_CLIENT_URL" || return 0
    members_of_this_set >"$STATE_DIR/members.$$"
    while read -r i id; do
        if [ "$i" -lt "$STS_REPLICAS" ] || [ "$i" = "$ORDINAL" ]; then
            rm -f "$STATE_DIR/gone-$id"
        elif ! pod_is_gone "$i"; then
            rm -f "$STATE_DIR/gone-$id"
        elif gone_for_a_minute "$id"; then
            log "member $id of $SET_NAME-$i is not wanted (replicas $STS_REPLICAS) and its pod is gone for a minute"
            remove_member "$LOCAL_CLIENT_URL" "$id" || log "not removed: $CTL_ERROR"
            return 0
        fi
    done <"$STATE_DIR/members.$$"
}

# pod_is_gone ORDINAL: the name server knows that there is no such pod, while it knows ours; the headless Service
# publishes every pod that exists, ready or not.
pod_is_gone() {
    no_such_name "$(host_of "$1")" && ! no_such_name "$(host_of "$ORDINAL")"
}

# no_such_name HOST: the name server answered, and the answer is NXDOMAIN.
no_such_name() {
    timeout 5 nslookup "$1" 2>&1 | awk '$NF == "NXDOMAIN" { found = 1 } END { exit !found }'
}

# gone_for_a_minute ID: first seen gone at least 60 s ago, by this pod, without a break.
gone_for_a_minute() {
    local since
    since=$(read_file "$STATE_DIR/gone-$1")
    if [ -z "$(age "$since")" ]; then
        write_file "$STATE_DIR/gone-$1" "$(now)"
        return 1
    fi
    is_over "$since" 60
}
