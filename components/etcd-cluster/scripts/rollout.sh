#!/bin/sh
# Brings all members to the newest revision of the StatefulSet, one at a time, and ends. Runs as a Job, once for each
# revision; the StatefulSet itself replaces nothing (update strategy OnDelete), because its own rolling update looks at the
# pod that it has just replaced and at no other.
#
#   an outdated pod that is not Ready, for a while   goes first: it serves nobody, and the new revision may be its cure;
#                                                    but not when it is a voter that the others need
#   anything else not well                           wait; give up, say why, and leave the rest on the old revision
#   all well, a follower is outdated                 the one of the highest ordinal goes
#   all well, the leader is outdated                 goes last; its preStop hands leadership over
#   all well, nothing is outdated                    done
#
# Well means: every wanted pod is Ready, and the member list is exactly them, all started voters. A Ready pod is evicted,
# not deleted, so that the API server asks the PodDisruptionBudget at that very instant.
set -eu

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
for library in common files kube etcd membership request rollout-look rollout-choice; do
    # shellcheck source=/dev/null
    . "$SCRIPTS_DIR/lib/$library.sh"
done

PATIENCE=${PATIENCE:-600}                 # seconds in which nothing gets better after which a hold is a failure
VERDICT=${VERDICT:-/dev/termination-log}  # what it says last is shown by `kubectl describe` and by Pulumi

# main: step by step; the clock starts anew whenever something got better.
main() {
    local changed
    trap 'exit 143' TERM INT
    mkdir -p "$STATE_DIR"
    STS_REPLICAS=0 REVISION=''
    : >"$STATE_DIR/pods"
    : >"$STATE_DIR/progress"
    changed=$(now)
    until step; do
        if progressed; then changed=$(now); fi
        if is_over "$changed" "$PATIENCE"; then give_up "$(held)"; fi
        sleep 1
    done
    read_file "$STATE_DIR/status" >"$VERDICT" || true
}

# progressed: whether something has got better: a pod of the newest revision is Ready that was not before, or another number is wanted.
# A pod that comes and goes, or is made anew again and again, is no progress.
progressed() {
    local line result=1
    {
        echo "replicas $STS_REPLICAS"
        awk -v revision="$REVISION" '$3 == revision && $4 == "True" { print "pod", $2 }' "$STATE_DIR/pods"
    } >"$STATE_DIR/good"
    while read -r line; do
        if grep -Fqx -e "$line" "$STATE_DIR/progress"; then continue; fi
        printf '%s\n' "$line" >>"$STATE_DIR/progress"
        result=0
    done <"$STATE_DIR/good"
    return "$result"
}

# step: one look and at most one act. Returns 0 when everything is done.
step() {
    local ordinal why
    RECOVERS=''
    if ! survey; then
        give_up_if_gone
        give_up_if_too_many
        status "waiting: $KUBE_ERROR"
        return 1
    fi
    if [ "$STS_REPLICAS" -eq 0 ]; then
        status "$SET_NAME is scaled to 0; there is nothing to restart"
        return 0
    fi
    if ! read_marker; then
        status "waiting: $KUBE_ERROR"
        return 1
    fi
    give_up_if_refused
    if [ -n "$(pending_request)" ]; then
        wait_for_recovery
        return 1
    fi
    # shellcheck disable=SC2046 # one word an ordinal
    if replace_sick $(outdated); then return 1; fi
    why=$(trouble)
    if [ -n "$why" ]; then
        status "waiting: ${why%; }"
        return 1
    fi
    ordinal=$(next_in_turn)
    if [ -z "$ordinal" ]; then
        status "all $STS_REPLICAS members run revision $REVISION"
        return 0
    fi
    if stop "$ordinal"; then status "restarting $SET_NAME-$ordinal"; else status "waiting to restart $SET_NAME-$ordinal: $KUBE_ERROR"; fi
    return 1
}

# give_up_if_gone: the StatefulSet was deleted.
give_up_if_gone() {
    case $KUBE_ERROR in
        *'NotFound'*) give_up "there is nothing to roll out: $KUBE_ERROR" ;;
    esac
}

# give_up_if_too_many: the StatefulSet was scaled, with kubectl, beyond what the program allows.
give_up_if_too_many() {
    if [ "$STS_REPLICAS" -le "$MOST_REPLICAS" ]; then return 0; fi
    give_up "StatefulSet $SET_NAME asks for $STS_REPLICAS replicas, and $MOST_REPLICAS is the most that is supported: no member was restarted. Scale it to at most $MOST_REPLICAS (kubectl scale statefulset $SET_NAME --replicas=$MOST_REPLICAS, or pulumi up --refresh, which takes it back to the configured number), and run pulumi up again"
}

# give_up_if_refused: a recovery was asked for, and a living quorum objected.
give_up_if_refused() {
    if [ -n "$(marker_get recover-from)" ] && [ "$(marker_get recover-from)" = "$(marker_get recovery-refused)" ]; then
        give_up "refused to recover from ordinal $(marker_get recover-from | cut -d ' ' -f 1): the cluster has a quorum, and going on alone would lose what it acknowledged; or the request is older than the cluster, left in the stack. Nothing was changed. Run pulumi config rm recoverFrom (and recoverSnapshot), and pulumi up"
    fi
}

# wait_for_recovery: nothing is restarted before it is done, but a sick pod that is to carry it out.
wait_for_recovery() {
    local ordinal
    ordinal=$(pending_request | cut -d ' ' -f 1)
    status "waiting for the recovery from ordinal $ordinal"
    give_up_if_held
    # Its scripts may be of before the object that holds the request, and never see it.
    # shellcheck disable=SC2034 # by dispensable
    RECOVERS=$ordinal
    if is_outdated "$ordinal"; then replace_sick "$ordinal" || true; fi
}

# give_up_if_held: what is in the way of a recovery only a person can mend. By this script's own clock, for what the marker says may
# be mended already.
give_up_if_held() {
    local hold
    hold=$(marker_get recovery-hold)
    case $hold in
        "$(pending_request): "*) ;;
        *)
            rm -f "$STATE_DIR/held-since"
            return
            ;;
    esac
    if is_over "$(seen_since "$STATE_DIR/held-since")" "$SICK_PATIENCE"; then
        give_up "the recovery from ordinal $(pending_request | cut -d ' ' -f 1) is held: ${hold#*: }. Nothing was changed. Mend that, and run pulumi up again; to ask for something else set recoverFrom and recoverSnapshot anew"
    fi
}

# give_up TEXT: ends the Job with a verdict; what runs goes on running.
give_up() {
    log "$1"
    printf '%s\n' "$1" >"$VERDICT" || true
    exit 1
}

# held: what to say when nothing has got better for too long.
held() {
    local why
    why=$(read_file "$STATE_DIR/status")
    printf '%s' "gave up after $PATIENCE s in which nothing got better: ${why%.}. No further member was restarted: $(outdated | wc -l) of $STS_REPLICAS still run the revision before, and serve as they did. kubectl describe pod shows what a pod itself says. Mend the cause, or take the change back, and run pulumi up again."
}

main "$@"
