#!/bin/sh
# Whom the rollout restarts, and how: a sick pod is deleted, a healthy one evicted. Sourced by rollout.sh, never run.

SICK_PATIENCE=${SICK_PATIENCE:-30}        # seconds that an outdated pod gets to become Ready by itself

# dispensable ORDINAL: whether the quorum can do without that member's vote: it has none at this moment, or all others vote.
dispensable() {
    local i
    if ! serves "$1"; then return 0; fi
    for i in $(ordinals "$STS_REPLICAS"); do
        if [ "$i" != "$1" ] && ! serves "$i"; then return 1; fi
    done
}

# sick ORDINALS...: prints the first of these outdated pods that is not Ready for a while already, by this script's own clock, and
# that can be done without.
sick() {
    local i uid since
    for i in "$@"; do
        uid=$(pod_field "$i" 2)
        case $(pod_field "$i" 4) in
            True | Going)
                rm -f "$STATE_DIR/sick-$uid"
                continue
                ;;
        esac
        since=$(read_file "$STATE_DIR/sick-$uid")
        if [ -z "$(age "$since")" ]; then
            write_file "$STATE_DIR/sick-$uid" "$(now)"
        elif is_over "$since" "$SICK_PATIENCE" && dispensable "$i"; then
            echo "$i"
            return
        fi
    done
}

# replace_sick ORDINALS...: deletes the pod of the first of these that is sick; fails when none is.
replace_sick() {
    local ordinal
    ordinal=$(sick "$@")
    if [ -z "$ordinal" ]; then return 1; fi
    status "replacing $SET_NAME-$ordinal, which is outdated and not Ready: $(reason_of "$ordinal")"
    kube delete pod "$SET_NAME-$ordinal" --wait=false >/dev/null || log "not deleted: $KUBE_ERROR"
    # One at a time: the others get their time anew.
    rm -f "$STATE_DIR"/sick-*
}

# next_in_turn: prints the ordinal of the outdated pod to restart now: followers first, the leader last.
next_in_turn() {
    local i leader=''
    for i in $(outdated); do
        if fetch "$(metrics_url_of "$i")/metrics" | awk '$1 == "etcd_server_is_leader" { leads = $2 } END { exit leads != 1 }'; then
            leader=$i
        else
            echo "$i"
            return
        fi
    done
    echo "$leader"
}

# stop ORDINAL: asks for the end of exactly the pod that was surveyed, if the disruption budget allows one now. Of one or two
# members none can stop without the quorum, and the budget would never allow it: there it is a plain deletion.
stop() {
    local path uid
    if [ "$STS_REPLICAS" -le 2 ]; then
        kube delete pod "$SET_NAME-$1" --wait=false >/dev/null
        return
    fi
    uid=$(pod_field "$1" 2)
    path="/api/v1/namespaces/$POD_NAMESPACE/pods/$SET_NAME-$1/eviction"
    printf '{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"%s","namespace":"%s"},"deleteOptions":{"preconditions":{"uid":"%s"}}}' \
        "$SET_NAME-$1" "$POD_NAMESPACE" "$uid" >"$STATE_DIR/eviction"
    kube create --raw "$path" -f "$STATE_DIR/eviction" >/dev/null
}
