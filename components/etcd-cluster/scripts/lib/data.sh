#!/bin/sh
# The data on this pod's disk: whether there is any, whether it still counts, and what becomes of it when it does not. Sourced, never
# run. Silence, a name, a URL or a line of the marker never makes data void. It takes a quorum that answers at that moment: of the same
# cluster, whose list lacks its ID; of a life that this disk was not part of (life.sh); or, where the disk went back in time (epoch.sh) or
# its recovery was refused (recovery.sh), of those that kept what it may have forgotten. Or a join that never came to a vote.

WAL_KB=$((64 * 1024))      # one file of it, which etcd makes whole before it writes

# await_readable_volume: waits, for as long as it takes, until everything on the volume that decides how etcd starts can be listed and
# read. What is there and cannot be read is no lost disk: permissions, a file system that went away, a disk that fails for a moment.
await_readable_volume() {
    local problem
    while :; do
        problem=$(unreadable)
        if [ -z "$problem" ]; then return 0; fi
        phase waiting
        status "WAITING: the volume of $POD_NAME cannot be read as user $(id -u): $problem. It is not taken for empty, and nothing was changed. etcd starts as soon as it can be read; see docs/operations.md, 'A volume that cannot be read or written'."
        sleep 2
    done
}

# unreadable: prints what of the volume exists and cannot be listed or read; nothing when all can. A listing that fails says nothing
# about what is in it.
unreadable() {
    local entries path="$DATA_ROOT" name
    entries=$(entries_of "$path") || {
        echo "$entries"
        return 0
    }
    for name in $NOTES; do
        if is_among "$name" "$entries"; then is_readable "$path/$name" || return 0; fi
    done
    for name in default.etcd member wal; do
        if ! is_among "$name" "$entries"; then return 0; fi
        path=$path/$name
        entries=$(entries_of "$path") || {
            echo "$entries"
            return 0
        }
    done
    for name in $(printf '%s\n' "$entries" | grep '[.]wal$'); do
        is_readable "$path/$name" || return 0
    done
}

# entries_of FOLDER: prints what is in it, a name a line; or, and fails, why it cannot be listed.
entries_of() {
    if ! ls -A "$1/" 2>"$STATE_DIR/volume-error"; then
        cut -c 1-300 "$STATE_DIR/volume-error"
        return 1
    fi
}

# is_among NAME ENTRIES: whether that name is one of those, a name a line.
is_among() {
    case "
$2
" in
        *"
$1
"*) return 0 ;;
    esac
    return 1
}

# is_readable FILE: whether its first byte can be read; prints why not.
is_readable() {
    if ! head -c 1 "$1" >/dev/null 2>"$STATE_DIR/volume-error"; then
        cut -c 1-300 "$STATE_DIR/volume-error"
        return 1
    fi
}

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

# volume_takes_data: whether etcd could begin on this volume: a folder and a file can be made, written and synced, and a write-ahead log
# has room. Whoever joins holds the one place for a learner, so nobody joins before. Proven anew every ten seconds.
volume_takes_data() {
    local free
    if [ -n "${PROVEN:-}" ] && ! is_over "$PROVEN" 10; then return 0; fi
    PROVEN=''
    if ! write_proof 2>"$STATE_DIR/volume-error"; then
        status "WAITING: cannot write to the volume at $DATA_ROOT as user $(id -u) ($(sed -n 1p "$STATE_DIR/volume-error" | cut -c 1-200)); is it full, read-only, or owned by somebody else? Nothing was changed; see docs/operations.md, 'A volume that cannot be read or written'."
        return 1
    fi
    free=$(df -Pk "$DATA_ROOT" | awk 'NR == 2 { print $4 }')
    if is_number "$free" && [ "$free" -lt "$WAL_KB" ]; then
        status "WAITING: the volume at $DATA_ROOT has $((free / 1024)) MB free, and etcd needs $((WAL_KB / 1024)) MB for its write-ahead log alone. Nothing was changed. Make room (a copy of old data may be in set-aside), or use larger volumes; see docs/operations.md, 'A volume that cannot be read or written'."
        return 1
    fi
    PROVEN=$(now)
}

# write_proof: makes a folder with a file on the volume, and takes it away again.
write_proof() {
    local proof="$DATA_ROOT/write-proof"
    rm -rf "$proof" && mkdir "$proof" && head -c 65536 /dev/zero >"$proof/file" && sync "$proof/file" && sync "$DATA_ROOT" && rm -r "$proof"
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
    rm -f "$DATA_ROOT/member-id" "$DATA_ROOT/cluster-id" "$DATA_ROOT/epoch" "$DATA_ROOT/joining" "$DATA_ROOT/life" "$DATA_ROOT/unnoted" "$DATA_ROOT/recovering" "$DATA_ROOT/forced"
    rm -f "$STATE_DIR/exited" "$STATE_DIR/outlived" "$STATE_DIR/overtaken"
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
