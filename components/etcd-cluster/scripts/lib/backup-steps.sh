#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# What the four steps of a backup share: what one has found out for the next, how it fails, how etcd is asked. Sourced, never run.
# Each step is a container of the same pod, and they run one after the other:
#
#   backup-save      takes a snapshot from a follower                  etcd's image
#   backup-copy      sends it to the store, and reads it back          rclone's image, with the keys of the store
#   backup-verify    restores what was read back, and compares         etcd's image
#   backup-publish   writes the manifest, and deletes what is too old  rclone's image, with the keys of the store
#
# A file of the store without a manifest is no backup. The manifest is written last, and only about what was restored.
#
# What they keep, as lib/files.sh has it of the other scripts. On the disk of the node (WORK_DIR), gone with the pod:
#
# file          | set or taken away by              | read by                           | what it means
# facts         | backup-steps                      | backup-steps                      | what one step notes for the next, a key a line
# snapshot.db   | backup-steps                      | backup-steps                      | what was taken; once it was read back, that
# back.db       | backup-copy                       | backup-copy                       | the file on its way back from the store
# proof         | backup-verify                     | backup-verify                     | the data folder of the restored etcd
# etcd.log      | backup-verify                     | backup-verify                     | what that etcd says
# manifest.json | backup-verify                     | backup-publish                    | what was proven
# back.json     | backup-publish                    | backup-publish                    | the manifest as the store has it
# names         | backup-publish                    | backup-publish                    | what lies in the folder of this cluster
# too-old       | backup-publish                    | backup-publish                    | what of that is to be deleted
# left          | backup-publish                    | backup-publish                    | what lies there when a deletion failed
#
# in memory (STATE_DIR), for one process:
#
# answer        | backup-source backup-compare      | backup-source backup-compare      | an answer of etcd, in JSON
# store-error   | backup-store                      | backup-store                      | what rclone complained of
# ctl-error     | backup-steps backup-source        | etcd                              | what etcdctl complained of
# snapshot-status | snapshot                        | backup-save                       | what etcdutl says of the snapshot
# snapshot-error | backup-verify                    | backup-verify                     | what it complains of

WORK_DIR=${WORK_DIR:-/work}               # on the node's disk, lives as long as the pod
VERDICT=${VERDICT:-/dev/termination-log}  # what it says last is shown by `kubectl describe`
SNAPSHOT=$WORK_DIR/snapshot.db            # what was taken; from backup-copy on what was read back

# begin: what each step does first. Process 1 hears TERM only by a trap, and runs it only between commands or in `wait`.
begin() {
    trap 'exit 143' TERM INT
    mkdir -p "$STATE_DIR" "$WORK_DIR"
}

# fail CAUSE TEXT...: ends the step. CAUSE is one word, for alerts; the text says what happened, what is safe and what to do.
fail() {
    local cause="$1"
    shift
    log "FAILED ($cause): $*"
    printf '%s: %s\n' "$cause" "$*" | cut -c 1-1000 >"$VERDICT" || true
    exit 1
}

# note KEY VALUE: keeps what the steps after this one need.
note() {
    printf '%s %s\n' "$1" "$2" >>"$WORK_DIR/facts"
}

# fact KEY: prints what was noted last, or nothing.
fact() {
    if [ -e "$WORK_DIR/facts" ]; then awk -v key="$1" '$1 == key { sub(/^[^ ]+ /, ""); value = $0 } END { print value }' "$WORK_DIR/facts"; fi
}

# object_name: the name of this backup without its ending, below the folder of the cluster. No other pod has this UID, so that two that
# run in the same second never meet.
object_name() {
    printf '%s-%s-%s' "$(fact taken | tr -d ':-')" "$(fact revision)" "$(fact pod)"
}

# bounded SECONDS COMMAND...: a command that is ended when it takes longer; a stop of the pod is heard meanwhile. Its result is the
# command's, or 143 (TERM) or 137 (KILL) when it was ended.
bounded() {
    local limit="$1" code=0
    shift
    timeout -k 5 "$limit" "$@" &
    wait $! || code=$?
    return "$code"
}

# ask SECONDS ENDPOINT ARGS...: etcdctl as root; fails with CTL_ERROR. Like `ctl`, for what takes longer: a hash is made of the whole database.
ask() {
    local limit="$1" endpoint="$2" code=0
    shift 2
    ETCDCTL_USER=root ETCDCTL_PASSWORD=$(cat "$PASSWORD_FILE") \
        timeout -k 5 $((limit + 5)) etcdctl --endpoints="$endpoint" --dial-timeout=5s --command-timeout="${limit}s" "$@" \
        2>"$STATE_DIR/ctl-error.$$" &
    wait $! || code=$?
    case $code in
        0) return 0 ;;
        124 | 137 | 143) CTL_ERROR="no answer from etcd within $limit s" ;;
        *) CTL_ERROR=$(ctl_error) ;;
    esac
    return 1
}

# is_wrong_password: whether that was the reason of the last `ask`.
is_wrong_password() {
    case $CTL_ERROR in
        *'authentication failed'*) return 0 ;;
    esac
    return 1
}

# number_in FILE KEY: a number of an answer in JSON; nothing when there is none. IDs are not read by this: they are too long for some.
number_in() {
    sed -n 's/.*"'"$2"'":\(-\{0,1\}[0-9]*\)[^0-9].*/\1/p' "$1"
}

# voters: the client URL of each started voter of LIST, one a line.
voters() {
    printf '%s\n' "$LIST" | awk -F ', ' '$2 == "started" && $6 != "true" { split($5, urls, ","); print urls[1] }'
}
