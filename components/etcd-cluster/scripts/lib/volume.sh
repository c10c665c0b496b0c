#!/bin/sh
# The volume itself: whether what is on it can be read, and whether it takes what etcd writes. Sourced by start.sh, never run.

WAL_KB=$((64 * 1024))      # one file of the write-ahead log, which etcd makes whole before it writes

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
