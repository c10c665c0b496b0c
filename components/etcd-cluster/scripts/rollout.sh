#!/bin/sh
# Brings all members to the newest revision of the StatefulSet, one at a time, and ends. Runs as a Job, once for each
# revision; the StatefulSet itself replaces nothing (update strategy OnDelete), because its own rolling update looks at the
# pod that it has just replaced and at no other.
#
#   an outdated pod that is not Ready, for a while   goes first: it serves nobody, and the new revision may be its cure;
#                                                    but not when it still votes and another member does not
#   anything else not well                           wait; give up, say why, and leave the rest on the old revision
#   all well, a follower is outdated                 the one of the highest ordinal goes
#   all well, the leader is outdated                 goes last; its preStop hands leadership over
#   all well, nothing is outdated                    done
#
# Well means: every wanted pod is Ready, and the member list is exactly them, all started voters. A Ready pod is evicted,
# not deleted, so that the API server asks the PodDisruptionBudget at that very instant.
set -eu

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
for library in lib kube membership recovery; do
    # shellcheck source=/dev/null
    . "$SCRIPTS_DIR/$library.sh"
done

PATIENCE=${PATIENCE:-600}                 # seconds without any change after which a hold is a failure
SICK_PATIENCE=${SICK_PATIENCE:-30}        # seconds that an outdated pod gets to become Ready by itself
VERDICT=${VERDICT:-/dev/termination-log}  # what it says last is shown by `kubectl describe` and by Pulumi

# survey: sets REVISION, STS_REPLICAS, and the file pods, one pod a line: ORDINAL UID REVISION STATE; STATE is True for a
# Ready pod, Going for one on its way out. Fails, with KUBE_ERROR, when the API server does not answer.
survey() {
    local columns names i
    read_statefulset || return 1
    if [ "$STS_SETTLED" != yes ]; then
        KUBE_ERROR="the StatefulSet controller has not seen the newest revision of $SET_NAME yet"
        return 1
    fi
    # Not in a substitution, whose shell would take KUBE_ERROR with it.
    kube get statefulset "$SET_NAME" -o 'jsonpath={.status.updateRevision}' >"$STATE_DIR/revision" || return 1
    REVISION=$(cat "$STATE_DIR/revision")
    # Without a name kubectl would ask for all pods there are, which this account may not.
    if [ "$STS_REPLICAS" -eq 0 ]; then
        : >"$STATE_DIR/pods"
        return
    fi
    names=''
    for i in $(ordinals "$STS_REPLICAS"); do names="$names $SET_NAME-$i"; done
    columns='NAME:.metadata.name,UID:.metadata.uid,REVISION:.metadata.labels.controller-revision-hash'
    columns="$columns,READY:.status.conditions[?(@.type==\"Ready\")].status,GOING:.metadata.deletionTimestamp"
    # shellcheck disable=SC2086 # one word a pod
    kube get pods $names --ignore-not-found --no-headers -o "custom-columns=$columns" >"$STATE_DIR/rows" || return 1
    awk '{ sub(/^.*-/, "", $1); print $1, $2, $3, ($5 == "<none>" ? $4 : "Going") }' "$STATE_DIR/rows" >"$STATE_DIR/pods"
}

# pod_field ORDINAL N: one field of that pod's line, or nothing when there is no such pod.
pod_field() {
    awk -v ordinal="$1" -v n="$2" '$1 == ordinal { print $n }' "$STATE_DIR/pods"
}

# is_outdated ORDINAL: whether the pod exists and is of another revision.
is_outdated() {
    local revision
    revision=$(pod_field "$1" 3)
    [ -n "$revision" ] && [ "$revision" != "$REVISION" ]
}

# outdated: prints the ordinals of outdated pods, highest first.
outdated() {
    local i
    for i in $(ordinals "$STS_REPLICAS" | sort -rn); do
        if is_outdated "$i"; then echo "$i"; fi
    done
}

# trouble: prints why no healthy pod may be restarted now; nothing when all is well.
trouble() {
    local i entry
    for i in $(ordinals "$STS_REPLICAS"); do
        case $(pod_field "$i" 4) in
            True) if ! serves "$i"; then printf '%s-%s does not serve; ' "$SET_NAME" "$i"; fi ;;
            Going) printf 'pod %s-%s is being stopped; ' "$SET_NAME" "$i" ;;
            '') printf 'pod %s-%s does not exist; ' "$SET_NAME" "$i" ;;
            *) printf 'pod %s-%s is not Ready (%s); ' "$SET_NAME" "$i" "$(reason_of "$i")" ;;
        esac
    done
    if ! ask_others "$STS_REPLICAS"; then
        printf 'no member answers: %s; ' "$CTL_ERROR"
        return
    fi
    for i in $(ordinals "$STS_REPLICAS"); do
        entry=$(entry_with_name "$SET_NAME-$i")
        if [ "$(field 2 "$entry")" != started ] || [ "$(field 6 "$entry")" != false ]; then
            printf '%s-%s is no started voter in the member list; ' "$SET_NAME" "$i"
        fi
    done
    members_of_this_set | while read -r i entry; do
        if [ "$i" -ge "$STS_REPLICAS" ]; then printf 'member %s of %s-%s has not left yet; ' "$entry" "$SET_NAME" "$i"; fi
    done
}

# reason_of ORDINAL: what Kubernetes says about a pod that is not Ready.
reason_of() {
    local template text
    template='{.status.conditions[?(@.type=="PodScheduled")].message} {.status.conditions[?(@.type=="Ready")].message}'
    template="$template {.status.containerStatuses[*].state.waiting.reason}"
    text=$(kube get pod "$SET_NAME-$1" --ignore-not-found -o "jsonpath=$template" | tr '\n' ' ' | cut -c 1-300) || true
    printf '%s' "${text:-see kubectl describe pod $SET_NAME-$1}"
}

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
        if [ -z "$since" ]; then
            write_file "$STATE_DIR/sick-$uid" "$(date +%s)"
        elif [ $(($(date +%s) - since)) -ge "$SICK_PATIENCE" ] && dispensable "$i"; then
            echo "$i"
            return
        fi
    done
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

# step: one look and at most one act. Returns 0 when everything is done.
step() {
    local ordinal why
    if ! survey; then
        case $KUBE_ERROR in
            *'NotFound'*) give_up "there is nothing to roll out: $KUBE_ERROR" ;;
        esac
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
    if [ -n "$(marker_get recover-from)" ] && [ "$(marker_get recover-from)" = "$(marker_get recovery-refused)" ]; then
        give_up "refused to recover from ordinal $(marker_get recover-from | cut -d ' ' -f 1): the cluster has a quorum, and going on alone would lose what it acknowledged. Nothing was changed. Run pulumi config rm recoverFrom (and recoverSnapshot), and pulumi up"
    fi
    if [ -n "$(pending_request)" ]; then
        ordinal=$(pending_request | cut -d ' ' -f 1)
        status "waiting for the recovery from ordinal $ordinal"
        give_up_if_held
        # Its scripts may be of before the object that holds the request, and never see it.
        if is_outdated "$ordinal"; then replace_sick "$ordinal" || true; fi
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
    if [ ! -e "$STATE_DIR/held-since" ]; then write_file "$STATE_DIR/held-since" "$(date +%s)"; fi
    if [ $(($(date +%s) - $(read_file "$STATE_DIR/held-since"))) -ge "$SICK_PATIENCE" ]; then
        give_up "the recovery from ordinal $(pending_request | cut -d ' ' -f 1) is held: ${hold#*: }. Nothing was changed. Mend that, and run pulumi up again; to ask for something else set recoverFrom and recoverSnapshot anew"
    fi
}

# give_up TEXT: ends the Job with a verdict; what runs goes on running.
give_up() {
    log "$1"
    printf '%s\n' "$1" >"$VERDICT" || true
    exit 1
}

# held: what to say when nothing has changed for too long.
held() {
    local why
    why=$(read_file "$STATE_DIR/status")
    printf '%s' "gave up after $PATIENCE s without any change: ${why%.}. No further member was restarted: $(outdated | wc -l) of $STS_REPLICAS still run the revision before, and serve as they did. kubectl describe pod shows what a pod itself says. Mend the cause, or take the change back, and run pulumi up again."
}

# main: step by step; the clock starts anew whenever a pod has changed.
main() {
    local seen='' now changed
    trap 'exit 143' TERM INT
    mkdir -p "$STATE_DIR"
    STS_REPLICAS=0 REVISION=''
    : >"$STATE_DIR/pods"
    changed=$(date +%s)
    until step; do
        now=$(date +%s)
        if [ "$seen" != "$(cat "$STATE_DIR/pods")" ]; then
            seen=$(cat "$STATE_DIR/pods")
            changed=$now
        fi
        if [ $((now - changed)) -ge "$PATIENCE" ]; then give_up "$(held)"; fi
        sleep 1
    done
    read_file "$STATE_DIR/status" >"$VERDICT" || true
}

main "$@"
