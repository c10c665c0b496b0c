#!/bin/sh
# When the rollout ends without having done its work, and what it says then. Sourced by rollout.sh, never run.

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

# give_up_if_hopeless: what is in the way only a person can mend.
give_up_if_hopeless() {
    local cause pod
    cause=$(hopeless)
    if [ -z "$cause" ]; then return 0; fi
    pod=''
    if [ "${cause%% *}" != - ]; then pod="pod $SET_NAME-${cause%% *}: "; fi
    give_up "gave up: $pod$(printf '%s' "$cause" | cut -d ' ' -f 4-). $(untouched)Mend that, and run pulumi up again."
}

# wait_for_recovery: nothing is restarted before it is done, but a sick pod that is to carry it out.
wait_for_recovery() {
    local ordinal hold
    ordinal=$(pending_request | cut -d ' ' -f 1)
    hold=$(marker_get recovery-hold)
    case $hold in
        "$(pending_request): "*) give_up_if_held "$(held_recovery "$(pending_request)" "${hold#*: }")" ;;
        *)
            rm -f "$STATE_DIR/held-since"
            status "waiting for the recovery from ordinal $ordinal$(why_not_begun "$ordinal")"
            ;;
    esac
    # Its scripts may be of before the object that holds the request, and never see it.
    # shellcheck disable=SC2034 # by dispensable
    RECOVERS=$ordinal
    if is_outdated "$ordinal"; then replace_sick "$ordinal" || true; fi
}

# why_not_begun ORDINAL: what is known of the pod that is to carry it out, in brackets.
why_not_begun() {
    if [ "$(pod_field "$1" 4)" != True ]; then why_absent "$1"; fi
}

# give_up_if_held TEXT: what is in the way of a recovery only a person can mend. By this script's own clock, for what the marker says may
# be mended already.
give_up_if_held() {
    status "waiting: $1"
    if is_over "$(seen_since "$STATE_DIR/held-since")" "$SICK_PATIENCE"; then
        give_up "$1 Once it is right run pulumi up again; to ask for something else set recoverFrom and recoverSnapshot anew"
    fi
}

# give_up TEXT: ends the Job with a verdict; what runs goes on running.
give_up() {
    log "$1"
    say Warning Failed "$1"
    printf '%s\n' "$1" >"$VERDICT" || true
    exit 1
}

# held: what to say when nothing has got better for too long.
held() {
    local why
    why=$(read_file "$STATE_DIR/status")
    printf '%s' "gave up after $PATIENCE s in which nothing got better: ${why%.}. $(untouched)kubectl describe pod shows what a pod itself says. Mend the cause, or take the change back, and run pulumi up again."
}

# untouched: what has become of the members.
untouched() {
    if [ "$STS_REPLICAS" -eq 0 ]; then return 0; fi
    printf '%s' "No further member was restarted: $(outdated | wc -l) of $STS_REPLICAS still run the revision before, and serve as they did. "
}
