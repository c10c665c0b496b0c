#!/bin/sh
# Why a wanted pod is missing or not Ready, as far as Kubernetes knows: from the pods and their claims, and from the Warnings among the
# namespace's events, where it says why a pod could not be made, scheduled or started, and what a readiness probe has said. Sourced,
# never run.
#
# The file causes has a line for each such ordinal: ORDINAL KIND VERDICT TEXT; see verdicts.sh.

# look_for_causes: while a wanted pod is not Ready, or does not answer, for more than a moment, finds out why, every few seconds.
look_for_causes() {
    local i unwell=''
    for i in $(ordinals "$STS_REPLICAS"); do
        if [ "$(pod_field "$i" 4)" != True ] || grep -qx "$i" "$STATE_DIR/silent" 2>/dev/null; then unwell="$unwell $i"; fi
    done
    if [ -z "$unwell" ]; then
        rm -f "$STATE_DIR/unwell-since" "$STATE_DIR/looked" "$STATE_DIR/causes"
        return
    fi
    if ! is_over "$(seen_since "$STATE_DIR/unwell-since")" 3 || ! is_due; then return 0; fi
    read_events
    # shellcheck disable=SC2086 # one word an ordinal
    read_objects $unwell
    for i in $unwell; do cause_of "$i"; done >"$STATE_DIR/causes-new"
    mv -f "$STATE_DIR/causes-new" "$STATE_DIR/causes"
}

# cause_of ORDINAL: prints its line of the file causes, or nothing.
cause_of() {
    local pod="$SET_NAME-$1" uid why
    uid=$(pod_field "$1" 2)
    if [ -z "$uid" ]; then
        why=$(cause_of_absence "$pod")
    elif [ "$(pod_field "$1" 4)" = True ]; then
        why=$(cause_of_silence "$1")
    elif [ "$(pod_field "$1" 4)" != Going ]; then
        why=$(cause_of_image "$1" "$pod" "$uid")
        if [ -z "$why" ]; then why=$(cause_of_no_node "$pod"); fi
        if [ -z "$why" ] && [ "$(pod_field "$1" 5)" = yes ]; then why=$(cause_within "$1" "$pod" "$uid"); fi
        if [ -z "$why" ]; then why=$(cause_of_start "$pod" "$uid"); fi
    fi
    if [ -n "${why:-}" ]; then printf '%s %s\n' "$1" "$why"; fi
}

# cause_of_absence POD: why the StatefulSet controller cannot make it, or its claim.
cause_of_absence() {
    local event text verdict
    event=$(awk -v set="$SET_NAME" -v pod="$1" '$2 == "StatefulSet" && $3 == set && $5 == "FailedCreate" {
        words = " " $0 " "
        gsub(/[^A-Za-z0-9.-]+/, " ", words)
        if (index(words, " " pod " ")) last = $0
    } END { print last }' "$STATE_DIR/events")
    if [ -z "$event" ]; then return 0; fi
    text=$(text_of 6 "$event")
    verdict=$(admission_verdict "$text")
    # The controller tries again later and later: what it said before this look began may be mended.
    if ! is_news "$event"; then verdict='wait'; fi
    printf 'admission %s %s' "$verdict" "${text#*failed error: }"
}

# cause_of_image ORDINAL POD UID: which image cannot be pulled, and why. That of a revision that is to be replaced says nothing of the new one.
cause_of_image() {
    local line text verdict
    line=$(awk -v pod="$2" '$1 == "waiting" && $2 == pod && $4 ~ /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|RegistryUnavailable|ImageInspectError)$/ { print; exit }' "$STATE_DIR/objects")
    if [ -z "$line" ]; then return 0; fi
    text=$(last_event Pod "$2" "$3" Failed 'Failed to pull image')
    if [ -z "$text" ]; then text=$(text_of 5 "$line"); fi
    verdict=$(image_verdict "$(field_of 4 "$line") $text")
    if is_outdated "$1"; then verdict='wait'; fi
    printf 'image %s the image of container %s cannot be pulled: %s' "$verdict" "$(field_of 3 "$line")" "$text"
}

# cause_of_no_node POD: why it has no node: its claim first, which the scheduler waits for.
cause_of_no_node() {
    local claim="datadir-$1" unscheduled text
    unscheduled=$(awk -v pod="$1" '$1 == "PodScheduled" && $2 == pod' "$STATE_DIR/objects")
    if [ -z "$unscheduled" ]; then return 0; fi
    case $(awk -v claim="$claim" '$1 == "claim" && $2 == claim && $3 == "Pending" { print ($4 ~ /nil/ ? "none" : "named") }' "$STATE_DIR/objects") in
        none)
            printf 'storage final PersistentVolumeClaim %s names no StorageClass, and this Kubernetes cluster has no default one, so no volume is made. Set storageClass to one of those that kubectl get storageclass shows' "$claim"
            return
            ;;
        named)
            text=$(last_event PersistentVolumeClaim "$claim" '' ProvisioningFailed '')
            if [ -n "$text" ]; then
                printf 'storage %s PersistentVolumeClaim %s gets no volume: %s' "$(class_verdict "$text")" "$claim" "$text"
                return
            fi
            ;;
    esac
    printf 'scheduling wait it has no node: %s' "$(text_of 3 "$unscheduled")"
}

# cause_within ORDINAL POD UID: what a pod that runs says itself.
cause_within() {
    local said why
    said=$(last_event Pod "$2" "$3" Unhealthy 'Readiness probe failed: ')
    said=${said#*Readiness probe failed: }
    case $said in
        REFUSED*) printf 'foreign final %s' "$said" && return ;;
    esac
    if [ -z "$(marker_get formed)" ]; then
        case $(marker_get "member-$1") in
            'foreign '*) printf 'foreign final REFUSED: its volume holds data of another cluster (identity %s); nothing was changed. kubectl describe pod %s shows what it says about that' "$(marker_get "member-$1" | cut -d ' ' -f 2)" "$2" && return ;;
        esac
    fi
    why=$(cause_of_silence "$1")
    if [ -z "$why" ] && [ -n "$said" ]; then why="member wait $said"; fi
    printf '%s' "$why"
}

# cause_of_silence ORDINAL: why a pod that runs cannot be asked. Alone, a member does not need the names that others ask it by.
cause_of_silence() {
    local domain
    if ! is_of_no_domain "$1"; then return 0; fi
    domain=$(searched_domain)
    printf 'domain final no name in the domain "%s" exists, neither that of the pod nor kubernetes.default.svc.%s: clusterDomain must be the domain of this Kubernetes cluster%s' \
        "$CLUSTER_DOMAIN" "$CLUSTER_DOMAIN" "${domain:+, which is \"$domain\" here}"
}

# cause_of_start POD UID: why its containers do not run, or are not ready.
cause_of_start() {
    local line text
    line=$(awk -v pod="$1" '$1 == "waiting" && $2 == pod && $4 != "PodInitializing" && $4 != "ContainerCreating" { print; exit }' "$STATE_DIR/objects")
    if [ -n "$line" ]; then
        printf 'start wait container %s: %s %s' "$(field_of 3 "$line")" "$(field_of 4 "$line")" "$(text_of 5 "$line")"
        return
    fi
    text=$(last_event Pod "$1" "$2" '' '')
    if [ -z "$text" ]; then text=$(text_of 3 "$(awk -v pod="$1" '$1 == "Ready" && $2 == pod' "$STATE_DIR/objects")"); fi
    if [ -n "$text" ]; then printf 'start wait %s' "$text"; fi
}
