#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# What the rollout sees: the pods, their revisions, and what speaks against restarting a healthy one now. Sourced by rollout.sh, never
# run.

# survey: sets REVISION, STS_REPLICAS, and the file pods, one pod a line: ORDINAL UID REVISION STATE RUNS; STATE is True for a
# Ready pod, Going for one on its way out, and RUNS is yes or no, as Kubernetes says of its container. Fails, with KUBE_ERROR, when the API server does not answer.
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
    columns="$columns,RUNS:.status.containerStatuses[?(@.name==\"etcd\")].state.running.startedAt"
    # shellcheck disable=SC2086 # one word a pod
    kube get pods $names --ignore-not-found --no-headers -o "custom-columns=$columns" >"$STATE_DIR/rows" || return 1
    awk '{ sub(/^.*-/, "", $1); print $1, $2, $3, ($5 == "<none>" ? $4 : "Going"), ($6 == "<none>" ? "no" : "yes") }' "$STATE_DIR/rows" >"$STATE_DIR/pods"
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
    local i entry serving
    : >"$STATE_DIR/silent"
    # shellcheck disable=SC2046 # one word an ordinal
    serving=" $(serving $(ordinals "$STS_REPLICAS") | tr '\n' ' ')"
    for i in $(ordinals "$STS_REPLICAS"); do
        case $(pod_field "$i" 4) in
            True)
                case $serving in
                    *" $i "*) ;;
                    *)
                        echo "$i" >>"$STATE_DIR/silent"
                        printf '%s-%s does not serve%s; ' "$SET_NAME" "$i" "$(why_absent "$i")"
                        ;;
                esac
                ;;
            Going) printf 'pod %s-%s is being stopped; ' "$SET_NAME" "$i" ;;
            '') printf 'pod %s-%s does not exist%s; ' "$SET_NAME" "$i" "$(why_absent "$i")" ;;
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

# known_cause ORDINAL: prints what is known of why that pod is missing or not Ready, or nothing; see causes.sh.
known_cause() {
    awk -v ordinal="$1" '$1 == ordinal' "$STATE_DIR/causes" 2>/dev/null | cut -d ' ' -f 4- | cut -c 1-300 || true
}

# reason_of ORDINAL: that, or else where to look.
reason_of() {
    local text
    text=$(known_cause "$1")
    printf '%s' "${text:-see kubectl describe pod $SET_NAME-$1}"
}

# why_absent ORDINAL: that about one that could not be made, or does not answer, in brackets; nothing when nothing is known.
why_absent() {
    local text
    text=$(known_cause "$1")
    if [ -n "$text" ]; then printf ' (%s)' "$text"; fi
}
