#!/bin/sh
# Whom the rollout restarts, and how: a sick pod is deleted, a healthy one evicted. Sourced by rollout.sh, never run.

SICK_PATIENCE=${SICK_PATIENCE:-30}        # seconds that an outdated pod gets to become Ready by itself

# dispensable ORDINAL: whether the cluster can do without that member for a while. Not to serve is not to have no vote: a voter that
# waits for others does not serve either, and would be missed; but not when a person has given up the others, and RECOVERS is this one.
dispensable() {
    local serving
    if [ "$1" = "${RECOVERS:-}" ] && ! serves "$1"; then return 0; fi
    # shellcheck disable=SC2046 # one word an ordinal
    serving=$(serving $(ordinals "$STS_REPLICAS"))
    if [ -z "$serving" ]; then
        is_no_voter_that_waits "$1"
    else
        quorum_does_without "$1" "$(printf '%s\n' "$serving" | grep -vcx -e "$1")"
    fi
}

# quorum_does_without ORDINAL OTHERS: whether the quorum that there is stays without that member, when so many others serve: it has no
# vote, they are a majority of all that have one, or there are no more others.
quorum_does_without() {
    local entry voters
    if [ "$2" -ge $((STS_REPLICAS - 1)) ]; then return 0; fi
    if ! ask_others "$STS_REPLICAS"; then return 1; fi
    entry=$(entry_with_name "$SET_NAME-$1")
    if [ -z "$entry" ] || is_learner "$entry"; then return 0; fi
    voters=$(voters_without none | wc -l)
    [ "$2" -gt $((voters / 2)) ]
}

# is_no_voter_that_waits ORDINAL: without any quorum, whether that pod is none of those that could make one. An etcd that answers is one,
# and a container that Kubernetes itself calls not running is none. One that runs, and whose etcd is silent, may be busy or frozen: it is
# replaced only while nothing speaks against the new revision.
is_no_voter_that_waits() {
    if fetch "$(metrics_url_of "$1")/metrics" >/dev/null; then return 1; fi
    if [ "$(pod_field "$1" 5)" != yes ]; then return 0; fi
    ! newest_is_doubtful
}

# newest_is_doubtful: whether a pod of the newest revision does not run, or its etcd is silent.
newest_is_doubtful() {
    local i
    for i in $(ordinals "$STS_REPLICAS"); do
        if [ "$(pod_field "$i" 3)" != "$REVISION" ]; then continue; fi
        if [ "$(pod_field "$i" 5)" != yes ] || ! fetch "$(metrics_url_of "$i")/metrics" >/dev/null; then return 0; fi
    done
    return 1
}

# sick ORDINALS...: prints the first of these outdated pods that is not Ready for a while already, by this script's own clock, and
# that can be done without.
sick() {
    local i uid
    for i in "$@"; do
        uid=$(pod_field "$i" 2)
        case $(pod_field "$i" 4) in
            True | Going)
                rm -f "$STATE_DIR/sick-$uid"
                continue
                ;;
        esac
        if is_over "$(seen_since "$STATE_DIR/sick-$uid")" "$SICK_PATIENCE" && dispensable "$i"; then
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
        if read_metrics "$(metrics_url_of "$i")" && [ "$IS_LEADER" = 1 ]; then
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
