#!/bin/sh
# From which member a snapshot is taken, and how it is taken. Sourced, never run.

PATIENCE=${PATIENCE:-60}                  # seconds for a quorum and a follower to be there
SAVE_SECONDS=${SAVE_SECONDS:-900}         # longest snapshot
STALL_SECONDS=${STALL_SECONDS:-60}        # longest pause in which nothing of it arrives

# find_source: sets SOURCE, the client URL of a follower that serves, and LIST and CLUSTER. The leader is taken only when there is no other
# voter. Fails the step when nobody serves: with auth on a snapshot needs a login, and that a quorum.
find_source() {
    local since
    since=$(now)
    until choose_source; do
        if is_wrong_password; then
            fail login "user root does not accept the password in Secret $SET_NAME-root-password ($CTL_ERROR). Nothing was saved; backups of before are untouched. See docs/operations.md, 'Wrong root password'"
        fi
        if is_over "$since" "$PATIENCE"; then
            fail no-source "no snapshot can be taken: $CTL_ERROR. Without a quorum nobody can log in. Nothing was saved; backups of before are untouched. See docs/operations.md, 'Quorum lost', if the members do not come back by themselves"
        fi
        sleep 2
    done
}

# choose_source: one look; fails with CTL_ERROR.
choose_source() {
    local i ready followers='' found=no
    CTL_ERROR='no member serves'
    # shellcheck disable=SC2046 # one word an ordinal
    ready=$(serving $(ordinals "$MOST_REPLICAS"))
    for i in $ready; do
        if [ "$found" = no ] && read_list "$(client_url_of "$i")"; then found=yes; fi
        if is_follower "$i"; then followers="$followers $i"; fi
    done
    if [ "$found" = no ]; then return 1; fi
    if [ -z "$followers" ] && [ "$(voters | wc -l)" -eq 1 ]; then followers=$ready; fi
    if [ -z "$followers" ]; then
        CTL_ERROR='no follower serves'
        return 1
    fi
    SOURCE=$(client_url_of "${followers##* }")
    # What was acknowledged before this moment is in the snapshot: a read that is linearizable makes the member as new as that.
    ask 10 "$SOURCE" get --limit=1 --keys-only / >/dev/null
}

# is_follower ORDINAL: whether that member is a voter with a leader that it is not itself.
is_follower() {
    read_metrics "$(metrics_url_of "$1")" && [ "$HAS_LEADER $IS_LEADER $IS_LEARNER" = '1 0 0' ]
}

# refuse_without_room: fails the step when the node's disk has no room for two copies and what etcd writes beside the second one.
refuse_without_room() {
    local size free
    ask 10 "$SOURCE" endpoint status -w json >"$STATE_DIR/answer.$$" || fail save "$SOURCE does not tell its size: $CTL_ERROR. Nothing was saved; backups of before are untouched"
    size=$(number_in "$STATE_DIR/answer.$$" dbSize)
    free=$(df -Pk "$WORK_DIR" | awk 'NR == 2 { print $4 }')
    if [ "$free" -lt $((${size:-0} / 512 + ROOM_KB)) ]; then
        fail room "the node has $((free / 1024)) MB for the work of a backup, and a database of $((size / 1048576)) MB needs $((size / 524288 + ROOM_KB / 1024)) MB. Nothing was saved; backups of before are untouched"
    fi
}

# save_snapshot: writes $SNAPSHOT, or nothing. etcdctl itself never gives up on a member that stops answering half way.
save_snapshot() {
    local child code=0
    rm -f "$SNAPSHOT" "$SNAPSHOT.part"
    STALLED=no
    ETCDCTL_USER=root ETCDCTL_PASSWORD=$(cat "$PASSWORD_FILE") \
        timeout -k 5 "$SAVE_SECONDS" etcdctl --endpoints="$SOURCE" --dial-timeout=5s \
        snapshot save "$SNAPSHOT" >/dev/null 2>"$STATE_DIR/ctl-error.$$" &
    child=$!
    watch_save "$child"
    wait "$child" || code=$?
    if [ "$code" = 0 ] && [ -s "$SNAPSHOT" ]; then return 0; fi
    rm -f "$SNAPSHOT" "$SNAPSHOT.part"
    if [ "$STALLED" = yes ]; then
        CTL_ERROR="nothing came for $STALL_SECONDS s"
    else
        CTL_ERROR=$(ctl_error)
    fi
    return 1
}

# watch_save PID: ends it when nothing arrives any more; returns when it has ended.
watch_save() {
    local size='' seen='' since
    since=$(now)
    while kill -0 "$1" 2>/dev/null; do
        size=$(stat -c %s "$SNAPSHOT.part" 2>/dev/null || true)
        if [ "$size" != "$seen" ]; then
            seen=$size
            since=$(now)
        elif is_over "$since" "$STALL_SECONDS"; then
            STALLED=yes
            kill "$1" 2>/dev/null || true
            return
        fi
        sleep 1
    done
}
