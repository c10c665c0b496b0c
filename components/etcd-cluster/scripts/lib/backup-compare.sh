#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# Whether a restored etcd holds what the living members hold. Sourced, never run.
#
# etcd's hash is made of all keys and values up to a revision, as far as history goes back. So it is the same on two members only when both
# have forgotten the same: COMPACTED. The restored one can forget as much as a living one has by now, not the other way round.
# Of the very revision at which it compacted etcd (3.5 and later) tells a hash that it has kept, of before it forgot, unless it is asked for
# its newest one: so a member whose newest revision is the one that is asked for is asked again like that. A cluster where
# nothing was written for as long as history goes back is always there.

TRIES=${TRIES:-3}
HASH_SECONDS=${HASH_SECONDS:-120}         # for the hash of a whole database

# read_hash URL REVISION: sets HASH and COMPACTED, what that etcd holds up to that revision, and NEWEST, its own; fails with CTL_ERROR.
read_hash() {
    ask "$HASH_SECONDS" "$1" endpoint hashkv --rev="$2" -w json >"$STATE_DIR/answer.$$" || return 1
    HASH=$(number_in "$STATE_DIR/answer.$$" hash)
    COMPACTED=$(number_in "$STATE_DIR/answer.$$" compact_revision)
    NEWEST=$(number_in "$STATE_DIR/answer.$$" revision)
    # One that never forgot anything says -1, or nothing.
    if ! is_number "$COMPACTED"; then COMPACTED=0; fi
    if [ -z "$HASH" ]; then
        CTL_ERROR='its answer has no hash'
        return 1
    fi
}

# read_revision: sets REVISION, up to which hashes are compared: that of the newest key of the snapshot, or where its history begins, if the
# newest was a deletion that is forgotten. Not the restored etcd's own: a lease that runs out there deletes keys.
read_revision() {
    REVISION=$(fact revision)
    if ! read_hash "$OWN" 0; then return 1; fi
    if [ "$COMPACTED" -gt "$REVISION" ]; then REVISION=$COMPACTED; fi
}

# compare_hashes: asks all voters; succeeds when more than half of those that answer, and a quorum do, agree with the restored etcd. Sets
# AGREED and ANSWERED; else WHY, and CAUSE.
compare_hashes() {
    local url own forgotten ahead='' differs='' all
    all=$(voters | wc -l)
    AGREED=0 ANSWERED=0
    if ! read_hash "$OWN" "$REVISION"; then
        CAUSE=restore WHY="the restored etcd does not tell its hash: $CTL_ERROR"
        return 1
    fi
    own=$HASH forgotten=$COMPACTED
    for url in $(voters); do
        if ! read_like "$url" "$forgotten"; then
            log "$url does not tell its hash: $CTL_ERROR"
            case $CTL_ERROR in
                *'has been compacted'*) ahead=beyond ;;
            esac
            continue
        fi
        ANSWERED=$((ANSWERED + 1))
        if [ "$COMPACTED" != "$forgotten" ]; then
            if [ "$COMPACTED" -gt "$forgotten" ]; then ahead=$COMPACTED; fi
        elif [ "$HASH" = "$own" ]; then
            AGREED=$((AGREED + 1))
        else
            differs=$url
        fi
    done
    HASH=$own
    COMPACTED=$forgotten
    if [ "$ANSWERED" -lt $((AGREED * 2)) ] && [ "$all" -lt $((ANSWERED * 2)) ]; then
        if [ -n "$differs" ]; then log "WARNING: $differs holds something else than the others at revision $REVISION; see docs/operations.md"; fi
        return 0
    fi
    explain "$all" "$ahead" "$differs"
    return 1
}

# read_like URL COMPACTED: read_hash of REVISION, of an etcd that has forgotten that much if it can tell it.
read_like() {
    read_hash "$1" "$REVISION" || return 1
    if [ "$COMPACTED" = "$2" ] || [ "$NEWEST" != "$REVISION" ]; then return 0; fi
    read_hash "$1" 0 || return 1
    # Somebody wrote in between.
    if [ "$NEWEST" != "$REVISION" ]; then read_hash "$1" "$REVISION"; fi
}

# explain VOTERS AHEAD DIFFERS: sets CAUSE and WHY, and lets the restored etcd forget what the living have forgotten.
explain() {
    if [ "$2" = beyond ]; then
        CAUSE=compacted WHY="the members have compacted beyond revision $REVISION while this backup was made, so that it cannot be compared with them any more"
    elif [ "$1" -ge $((ANSWERED * 2)) ]; then
        CAUSE=no-quorum WHY="only $ANSWERED of $1 voters tell their hash"
    elif [ -n "$2" ]; then
        CAUSE=compacted WHY="the members have compacted at $2, and the restored etcd at $COMPACTED"
        ask 60 "$OWN" compact --physical "$2" >/dev/null || log "compacting the restored etcd at $2: $CTL_ERROR"
    elif [ -n "$3" ]; then
        CAUSE=hash WHY="the restored etcd holds something else than the members at revision $REVISION: hash $HASH, and $AGREED of $ANSWERED that answered agree$(count_of_keys "$3")"
    else
        CAUSE=compacted WHY="the snapshot ends at revision $REVISION, where the members have compacted, and they have gone on since: they do not tell the hash of that revision any more. The next one can be compared"
    fi
}

# count_of_keys URL: how many keys either side has, in words; nothing when it cannot be told.
count_of_keys() {
    local here there
    here=$(keys_at "$OWN")
    there=$(keys_at "$1")
    if [ -n "$here" ] && [ -n "$there" ]; then printf '; it has %s keys, %s has %s' "$here" "$1" "$there"; fi
}

# keys_at URL: how many keys that etcd has at REVISION.
keys_at() {
    if ask 60 "$1" get '' --prefix --count-only --rev="$REVISION" -w fields >"$STATE_DIR/answer.$$"; then
        awk '$1 == "\"Count\"" { print $3 }' "$STATE_DIR/answer.$$"
    fi
}
