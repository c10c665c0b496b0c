#!/bin/sh
# The data on this pod's disk: whether there is any, whether it still counts, and what becomes of it when it does not. Sourced, never
# run. Silence, a name, a URL or a line of the marker never makes data void. It takes a quorum that answers at that moment: of the same
# cluster, whose list lacks its ID; of a life that this disk was not part of (life.sh); or, where the disk went back in time (epoch.sh) or
# its recovery was refused (recovery.sh), of those that kept what it may have forgotten. Or a join that never came to a vote.

# has_wal: whether etcd has ever started on this disk. This, not the folder, is what etcd itself means by "initialised". Waits while
# that cannot be told.
has_wal() {
    local wal
    await_readable_volume
    for wal in "$DATA_DIR"/member/wal/*.wal; do
        if [ -e "$wal" ]; then return 0; fi
    done
    return 1
}

# is_void: whether the data counts no more.
is_void() {
    removed_for_good || join_failed || [ -e "$STATE_DIR/overtaken" ]
}

# removed_for_good: whether etcd has just ended by itself and the other members' linearizable list lacks the ID of this data.
removed_for_good() {
    local id
    id=$(read_file "$DATA_ROOT/member-id")
    if [ ! -e "$STATE_DIR/exited" ] || [ -z "$id" ]; then return 1; fi
    ask_cluster || return 1
    [ -n "$LIST" ] && [ -z "$(entry_with_id "$id")" ]
}

# join_failed: whether etcd crashed three times as a learner that, says the list, was never promoted. It has never voted, so
# its data may go and the join starts over (etcd has open bugs that panic a fresh learner).
join_failed() {
    local failures
    failures=$(read_file "$DATA_ROOT/joining")
    if ! is_number "$failures" || [ "$failures" -lt 3 ]; then return 1; fi
    ask_cluster || return 1
    is_learner "$(entry_with_id "$(read_file "$DATA_ROOT/member-id")")"
}

# set_aside: keeps the newest copy of data that counts no more, unless the volume is too small for it. The notes by which
# that was found out go last, so that a run that is killed here is taken up again.
set_aside() {
    local used free
    log "setting aside the data of member $(read_file "$DATA_ROOT/member-id")"
    rm -rf "$DATA_ROOT/set-aside"
    used=$(du -sk "$DATA_DIR" | cut -f 1)
    free=$(df -Pk "$DATA_ROOT" | awk 'NR == 2 { print $4 }')
    if [ "$free" -gt $((used * 2)) ]; then mv "$DATA_DIR" "$DATA_ROOT/set-aside"; else rm -rf "$DATA_DIR"; fi
    forget_member
    rm -f "$DATA_ROOT/life" "$DATA_ROOT/unnoted" "$STATE_DIR/exited" "$STATE_DIR/outlived" "$STATE_DIR/overtaken"
}

# forget_member: the notes about the member whose data is here no more.
forget_member() {
    rm -f "$DATA_ROOT/member-id" "$DATA_ROOT/cluster-id" "$DATA_ROOT/epoch" "$DATA_ROOT/joining" "$DATA_ROOT/recovering" "$DATA_ROOT/forced"
}

# keep_room: the set-aside copy of removed data goes as soon as the volume fills up.
keep_room() {
    local used
    if [ ! -e "$DATA_ROOT/set-aside" ]; then return 0; fi
    every 60 keep-room || return 0
    used=$(df -P "$DATA_ROOT" | awk 'NR == 2 { sub(/%/, "", $5); print $5 }')
    if is_number "$used" && [ "$used" -ge 70 ]; then
        log "the volume is $used% full: deleting the set-aside copy of old data"
        rm -rf "$DATA_ROOT/set-aside"
    fi
}
