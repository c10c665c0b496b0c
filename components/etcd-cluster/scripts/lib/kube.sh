#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# The three objects that a pod may see: its StatefulSet (get), the formation marker (get, patch), in which pods write and Pulumi
# does not, and the recovery request (get), in which Pulumi writes and pods do not. Sourced, never run.
# kubectl verifies the server's certificate with the pod's own CA bundle. It must get no override flag: with one it
# forgets the in-cluster configuration, so the time-out is the shell's.

RECOVER_FROM=etcd-cluster/recover-from    # kept in step with manifests/recovery-request.ts

# kube ARGS...: kubectl, bounded. The last error is kept for the message of whoever gives up.
kube() {
    local code=0
    timeout 5 kubectl --namespace="$POD_NAMESPACE" "$@" 2>"$STATE_DIR/kube-error.$$" || code=$?
    case $code in
        0) return 0 ;;
        124 | 143) KUBE_ERROR='no answer from the API server within 5 s' ;;
        *) KUBE_ERROR=$(tail -n 1 "$STATE_DIR/kube-error.$$" | cut -c 1-300) ;;
    esac
    return 1
}

# read_statefulset: sets STS_UID, STS_LIVE (yes|no), STS_REPLICAS, STS_PODS, STS_SETTLED (yes when the controller has
# seen the newest spec). Fails, with KUBE_ERROR, when the API does not answer or the answer makes no sense.
read_statefulset() {
    local fields
    fields='{.metadata.uid} {.spec.replicas} {.metadata.generation} g{.status.observedGeneration} p{.status.replicas} d{.metadata.deletionTimestamp}'
    kube get statefulset "$SET_NAME" -o "jsonpath=$fields" >"$STATE_DIR/statefulset.$$" || return 1
    # shellcheck disable=SC2046 # the answer is six words by construction
    set -- $(cat "$STATE_DIR/statefulset.$$")
    if [ $# -ne 6 ] || ! is_number "$2" || ! is_number "$3"; then
        KUBE_ERROR="the API server's answer about StatefulSet $SET_NAME makes no sense"
        return 1
    fi
    STS_UID=$1 STS_REPLICAS=$2 STS_PODS=${5#p} STS_LIVE=yes STS_SETTLED=no
    if [ "$6" != d ]; then STS_LIVE=no; fi
    if [ "g$3" = "$4" ]; then STS_SETTLED=yes; fi
    if ! is_number "$STS_PODS"; then STS_PODS=0; fi
}

# remember_statefulset: keeps the UID of the StatefulSet, just read, that this pod belongs to; preStop compares it, so that a pod
# never leaves on the word of another StatefulSet of the same name. One that lives for a while beside another was orphaned, and
# adopted by that one.
remember_statefulset() {
    local known
    known=$(read_file "$STATE_DIR/statefulset-uid")
    if [ -z "$known" ]; then write_file "$STATE_DIR/statefulset-uid" "$STS_UID"; fi
    if [ "${known:-$STS_UID}" = "$STS_UID" ] || [ "$STS_LIVE" != yes ] || [ "$STS_SETTLED" != yes ]; then
        rm -f "$STATE_DIR/adopted-by"
        return
    fi
    if is_over "$(seen_since "$STATE_DIR/adopted-by" "$STS_UID")" 30; then
        log "StatefulSet $SET_NAME is another one ($STS_UID), and has adopted this pod"
        write_file "$STATE_DIR/statefulset-uid" "$STS_UID"
        rm -f "$STATE_DIR/adopted-by"
    fi
}

# read_marker: fetches marker and request in one call; marker_get KEY then reads them. Fails, with KUBE_ERROR, when the marker cannot be
# read, or the API server does not answer. Beside what pods wrote there it has `version` and `announced`, the request that a pod has
# passed on; of the request `size-at-formation`, and `recover-from` and `accept-volumes` when Pulumi was told to ask for that. No request
# object, or no right to read it, is no request: it went with a change of the program that is being taken back. A pod may write into the
# marker whatever it wants, and must not be able to ask for anything by it: its keys never pass for those of the request, and values are
# quoted, so that none has a second line.
read_marker() {
    local template code=0
    # shellcheck disable=SC2016 # the $ signs belong to the template
    {
        template='{{range .items}}{{$marker := eq .metadata.name "'$MARKER_NAME'"}}'
        template=$template'{{if $marker}}{{"version "}}{{.metadata.resourceVersion}}{{"\n"}}{{range $k, $v := .data}}'
        template=$template'{{if not (eq $k "version" "announced" "recover-from" "accept-volumes" "size-at-formation")}}{{$k}} {{printf "%q" $v}}{{"\n"}}{{end}}{{end}}{{end}}'
        template=$template'{{range $k, $v := .metadata.annotations}}{{if eq $k "'$RECOVER_FROM'"}}'
        template=$template'{{if $marker}}announced{{else}}recover-from{{end}} {{$v}}{{"\n"}}{{end}}'
        template=$template'{{if not $marker}}{{if eq $k "etcd-cluster/size-at-formation"}}size-at-formation {{$v}}{{"\n"}}{{end}}'
        template=$template'{{if eq $k "etcd-cluster/accept-volumes"}}accept-volumes {{$v}}{{"\n"}}{{end}}{{end}}{{end}}{{end}}'
    }
    kube get configmap "$MARKER_NAME" "$REQUEST_NAME" --ignore-not-found -o "go-template=$template" >"$STATE_DIR/marker.$$" || code=$?
    if [ "$code" != 0 ]; then
        case $KUBE_ERROR in
            *'(Forbidden)'*"\"$REQUEST_NAME\""*) ;;
            *) return 1 ;;
        esac
    fi
    if [ -z "$(marker_get version)" ]; then
        # Without any rights kubectl complains of both, and of the request last.
        KUBE_ERROR=$(grep -m 1 -F "\"$MARKER_NAME\"" "$STATE_DIR/kube-error.$$" | cut -c 1-300)
        KUBE_ERROR=${KUBE_ERROR:-"Error from server (NotFound): configmaps \"$MARKER_NAME\" not found"}
        return 1
    fi
}

# marker_get KEY: prints the value that the last read_marker saw, or nothing.
marker_get() {
    awk -v key="$1" '$1 == key {
        sub(/^[^ ]+ /, "")
        if ($0 ~ /^".*"$/) { $0 = substr($0, 2, length($0) - 2); gsub(/\\"/, "\"") }
        print
        exit
    }' "$STATE_DIR/marker.$$"
}

# patch_marker JSON: changes part of it. Pods write under a name of their own: Pulumi's Kubernetes plugin takes over what writers called
# kubectl-... have written.
patch_marker() {
    kube patch configmap "$MARKER_NAME" --field-manager=etcd-pods --type=merge -p "$1" >/dev/null
}

# marker_set KEY VALUE [VERSION]: writes one key. With VERSION it fails when anybody wrote since that version was read.
marker_set() {
    local precondition=''
    if [ -n "${3:-}" ]; then precondition="\"metadata\":{\"resourceVersion\":\"$3\"},"; fi
    patch_marker "{$precondition\"data\":{\"$1\":\"$2\"}}"
}

# marker_swap DATA: writes several keys, as JSON without its braces, into the marker just read; fails when anybody wrote since.
marker_swap() {
    patch_marker "{\"metadata\":{\"resourceVersion\":\"$(marker_get version)\"},\"data\":{$1}}"
}

# somebody_wrote: whether the last write failed because somebody wrote since the marker was read: then the next look will do.
somebody_wrote() {
    case $KUBE_ERROR in
        *'(Conflict)'*) return 0 ;;
    esac
    return 1
}

# announce REQUEST: passes a request on in an annotation of the marker, where pods look that run the scripts of before this object.
announce() {
    patch_marker "{\"metadata\":{\"annotations\":{\"$RECOVER_FROM\":\"$1\"}}}"
}

# withdraw: takes it back.
withdraw() {
    patch_marker "{\"metadata\":{\"annotations\":{\"$RECOVER_FROM\":null}}}"
}
