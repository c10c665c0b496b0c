#!/bin/sh
# Brings all members to the newest revision of the StatefulSet, one at a time, and ends. Runs as a Job, once for each
# revision; the StatefulSet itself replaces nothing (update strategy OnDelete), because its own rolling update looks at the
# pod that it has just replaced and at no other.
#
#   an outdated pod that is not Ready, for a while   goes first: it serves nobody, and the new revision may be its cure;
#                                                    but not when it is a voter that the others need
#   anything else not well                           wait, and say what for; give up, say why, and leave the rest on the old
#                                                    revision: after ten minutes, or sooner when only a person can mend it
#   all well, a follower is outdated                 the one of the highest ordinal goes
#   all well, the leader is outdated                 goes last; its preStop hands leadership over
#   all well, nothing is outdated                    done
#
# Well means: every wanted pod is Ready, and the member list is exactly them, all started voters. A Ready pod is evicted,
# not deleted, so that the API server asks the PodDisruptionBudget at that very instant.
set -eu

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
for library in common files kube etcd membership request names verdicts facts causes certificate hopeless events rollout-look rollout-choice rollout-ends; do
    # shellcheck source=/dev/null
    . "$SCRIPTS_DIR/lib/$library.sh"
done

PATIENCE=${PATIENCE:-600}                 # seconds in which nothing gets better after which a hold is a failure
VERDICT=${VERDICT:-/dev/termination-log}  # what it says last is shown by `kubectl describe` and by Pulumi

# main: step by step; the clock starts anew whenever something got better.
main() {
    local changed
    trap 'exit 143' TERM INT
    # The container beside this one ends when this one has.
    trap 'write_file "$STATE_DIR/ended" yes || true' EXIT
    mkdir -p "$STATE_DIR"
    STS_REPLICAS=0 REVISION=''
    : >"$STATE_DIR/pods"
    : >"$STATE_DIR/progress"
    changed=$(now)
    until step; do
        tell
        if progressed; then changed=$(now); fi
        if is_over "$changed" "$PATIENCE"; then give_up "$(held)"; fi
        sleep 1
    done
    tell
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
    # shellcheck disable=SC2034 # by dispensable
    RECOVERS=''
    if ! has_certificate; then
        look_for_certificate
        give_up_if_hopeless
        return 1
    fi
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
    look_for_causes
    if [ -n "$(pending_request)" ]; then
        wait_for_recovery
        return 1
    fi
    # shellcheck disable=SC2046 # one word an ordinal
    if replace_sick $(outdated); then return 1; fi
    give_up_if_hopeless
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

main "$@"
