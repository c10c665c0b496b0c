#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# The store: a folder of a volume, or a bucket. rclone is its client, configured by the environment alone, so that no key of the store is in
# a file, an argument or a log. Sourced, never run.

: "${DESTINATION:?}"                      # where the folders of clusters are: store:BUCKET/PREFIX, or a path
STORE_SECONDS=${STORE_SECONDS:-1200}      # longest transfer of one file
STORE_SECRET=$SECRETS_DIR/store           # access-key-id, secret-access-key; session-token and ca.crt where there are such

# open_store: gives rclone what it needs. Of the remote called "store" the pod template has set all that is no secret.
open_store() {
    export RCLONE_ASK_PASSWORD=false RCLONE_LOG_LEVEL=ERROR
    export RCLONE_RETRIES="${STORE_RETRIES:-3}" RCLONE_LOW_LEVEL_RETRIES="${STORE_RETRIES:-3}" RCLONE_CONTIMEOUT="${STORE_PAUSE:-60}s" RCLONE_TIMEOUT="${STORE_PAUSE:-60}s"
    # A file that is not complete has its last name all the same: without a manifest it counts for nothing, and is deleted one day.
    export RCLONE_INPLACE=true
    if [ ! -d "$STORE_SECRET" ]; then return 0; fi
    RCLONE_CONFIG_STORE_ACCESS_KEY_ID=$(cat "$STORE_SECRET/access-key-id") || fail store "the Secret of the store has no access-key-id"
    RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY=$(cat "$STORE_SECRET/secret-access-key") || fail store "the Secret of the store has no secret-access-key"
    export RCLONE_CONFIG_STORE_ACCESS_KEY_ID RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY
    if [ -e "$STORE_SECRET/session-token" ]; then
        RCLONE_CONFIG_STORE_SESSION_TOKEN=$(cat "$STORE_SECRET/session-token")
        export RCLONE_CONFIG_STORE_SESSION_TOKEN
    fi
    if [ -e "$STORE_SECRET/ca.crt" ]; then export RCLONE_CA_CERT="$STORE_SECRET/ca.crt"; fi
}

# store SECONDS ARGS...: rclone, bounded; fails with STORE_ERROR.
store() {
    local limit="$1" code=0
    shift
    bounded "$limit" rclone --config '' "$@" 2>"$STATE_DIR/store-error.$$" || code=$?
    case $code in
        0) return 0 ;;
        124 | 137 | 143) STORE_ERROR="it was not done within $limit s" ;;
        *) STORE_ERROR=$(store_complaint) ;;
    esac
    return 1
}

# store_complaint: the last thing that rclone complained of, without its clock.
store_complaint() {
    local text
    text=$(sed 's/^[0-9/]* [0-9:]* //' "$STATE_DIR/store-error.$$" | grep -v '^$' | tail -n 1 | cut -c 1-400) || true
    printf '%s' "${text:-it was not said why}"
}

# folder: where this cluster's backups are, and those of no other: a cluster ID is never used twice.
folder() {
    printf '%s/%s/%s' "${DESTINATION%/}" "$SET_NAME" "$(fact cluster)"
}

# put FILE NAME: sends a file; one that is there already is never written over.
put() {
    store "$STORE_SECONDS" copyto --immutable --no-traverse "$1" "$(folder)/$2" && settle "$2"
}

# settle NAME: on a volume it is on the disk when this returns; a bucket says by itself when it is.
settle() {
    case $DESTINATION in
        /*) sync "$(folder)/$1" ;;
    esac
}

# get NAME FILE: reads a file back, as the store has it now.
get() {
    rm -f "$2"
    store "$STORE_SECONDS" copyto --ignore-times "$(folder)/$1" "$2" && [ -e "$2" ]
}

# names: prints what lies in the folder of this cluster, one a line. Folders in it are nobody's.
names() {
    store 120 lsf --files-only "$(folder)"
}

# drop NAME: deletes one file of that folder.
drop() {
    store 120 deletefile "$(folder)/$1"
}
