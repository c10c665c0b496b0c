#!/bin/sh
# Beside rollout.sh, in the same pod, but in the image that brings the shell: says why the image of etcd, in which rollout.sh runs, cannot
# be pulled, and ends the Job when it never can be: Kubernetes itself would try for ever. Ends as soon as rollout.sh runs, and with a
# certificate of cert-manager when that has been issued: the end of a container makes the kubelet bring what has come into a Secret.
set -eu

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
for library in common files kube verdicts facts hopeless events; do
    # shellcheck source=/dev/null
    . "$SCRIPTS_DIR/lib/$library.sh"
done

LONGEST=${LONGEST:-1200}                  # seconds after which it ends in any case: the pod ends when all its containers have
ROLLOUT_DIR=$STATE_DIR
STATE_DIR=$STATE_DIR/watch                # two process tables, so the numbers of processes do not tell their files apart

# main: looks every few seconds.
main() {
    local began
    trap 'exit 143' TERM INT
    mkdir -p "$STATE_DIR"
    began=$(now)
    until is_needless || is_over "$began" "$LONGEST"; do
        if [ ! -e "$ROLLOUT_DIR/pods" ] && is_due; then look; fi
        sleep 1
    done
}

# is_needless: whether rollout.sh runs, and has its certificate if it needs one of cert-manager, or has ended.
is_needless() {
    if [ ! -e "$ROLLOUT_DIR/pods" ]; then return 1; fi
    [ -z "${CERTIFICATES:-}" ] || [ -e "$ROLLOUT_DIR/certified" ] || [ -e "$ROLLOUT_DIR/ended" ]
}

# look: what the kubelet says of this pod's images.
look() {
    local text
    : >"$STATE_DIR/causes"
    read_events
    text=$(pull_failure)
    if [ -z "$text" ]; then return 0; fi
    printf -- '- image %s the image of etcd cannot be pulled: %s\n' "$(image_verdict "$text")" "$text" >"$STATE_DIR/causes"
    status "waiting: the image of etcd cannot be pulled: $text"
    tell
    text=$(hopeless)
    if [ -n "$text" ]; then end_job "$(printf '%s' "$text" | cut -d ' ' -f 4-)"; fi
}

# pull_failure: what the kubelet said last about an image that did not come.
pull_failure() {
    local text
    text=$(last_event Pod "$POD_NAME" "${POD_UID:-}" Failed 'Failed to pull image')
    if [ -z "$text" ]; then text=$(last_event Pod "$POD_NAME" "${POD_UID:-}" InspectFailed ''); fi
    if [ -z "$text" ]; then text=$(last_event Pod "$POD_NAME" "${POD_UID:-}" ErrImageNeverPull ''); fi
    printf '%s' "$text"
}

# end_job TEXT: there is no container whose end would be the Job's failure, so its time is up.
end_job() {
    status "gave up: $1. No member was restarted. Mend that, and run pulumi up again"
    say Warning Failed "$(read_file "$STATE_DIR/status")"
    printf '%s\n' "$(read_file "$STATE_DIR/status")" >"${VERDICT:-/dev/termination-log}" || true
    kube patch job "$JOB_NAME" --type=merge -p '{"spec":{"activeDeadlineSeconds":1}}' >/dev/null || log "the Job was not ended: $KUBE_ERROR"
}

main "$@"
