#!/bin/sh
# Whether the disk went back in time: a volume that was put back from an older copy, under the same member ID. Such a member has forgotten
# what it acknowledged, and its vote may lose writes. Sourced, never run.
#
# A number on the volume is raised before each start of etcd, after each orderly stop, and every ten minutes; then, and only then, it is
# told to the marker. So a disk is never behind the marker, unless it went back. etcd does not start on one that is: it is replaced when a
# quorum of its own cluster answers at that moment, and waits otherwise, as all of them may have been put back on purpose. Where the API
# server is away it starts: a restart needs nobody.

# own_epoch: prints the number on the volume.
own_epoch() {
    local epoch
    epoch=$(read_file "$DATA_ROOT/epoch")
    if is_number "$epoch"; then echo "$epoch"; else echo 0; fi
}

# raise_epoch: one more, on the disk when it returns.
raise_epoch() {
    write_durable "$DATA_ROOT/epoch" $(($(own_epoch) + 1))
}

# tell_epoch: the marker knows it as well: with the member's ID, since another member begins anew.
tell_epoch() {
    local line
    line="$(read_file "$DATA_ROOT/member-id") $(own_epoch)"
    if [ "$line" = "$(read_file "$STATE_DIR/epoch-told")" ]; then return 0; fi
    if marker_set "epoch-$ORDINAL" "$line"; then write_file "$STATE_DIR/epoch-told" "$line"; fi
}

# tend_epoch: a duty: raised every ten minutes, and told soon after each time that it was raised.
tend_epoch() {
    if every 600 raise-epoch && [ -e "$STATE_DIR/epoch-told" ]; then raise_epoch || return 0; fi
    if every 5 tell-epoch; then tell_epoch || true; fi
}

# told_epoch: prints what the marker just read knows of the member whose data is here; 0 when it knows nothing.
told_epoch() {
    local id epoch
    id=$(read_file "$DATA_ROOT/member-id")
    epoch=$(marker_get "epoch-$ORDINAL")
    if [ -n "$id" ] && [ "${epoch%% *}" = "$id" ] && is_number "${epoch##* }"; then echo "${epoch##* }"; else echo 0; fi
}

# is_set_back: whether the marker just read has seen this member's disk at a later time.
is_set_back() {
    [ "$(told_epoch)" -gt "$(own_epoch)" ]
}

# await_time: before etcd starts on the data that is here, after await_life. Waits while the disk has gone back; returns when it may be
# started, or when it is void.
await_time() {
    if [ "$LOOKED" = no ] || [ -e "$STATE_DIR/overtaken" ]; then return 0; fi
    while is_set_back; do
        # Whether its ID is in their list or not: what is here is not what that member acknowledged.
        if ask_others "$(known_size)" "$(own_cluster)"; then
            log "the volume of $POD_NAME went back in time (epoch $(own_epoch), the marker knows $(told_epoch)), and the others have a quorum: the member is replaced"
            write_file "$STATE_DIR/overtaken" yes
            return
        fi
        if is_accepted; then return; fi
        phase waiting
        status "HELD: the volume of $POD_NAME went back in time: it is at epoch $(own_epoch), and ConfigMap $MARKER_NAME has seen it at $(told_epoch). It may lack writes that this member acknowledged, so etcd is not started on it; nothing was changed. It is replaced as soon as the other members have a quorum. If the volumes were restored on purpose, all of them, set acceptVolumes to a new word and run pulumi up; see docs/operations.md, 'A volume that went back in time'."
        sleep 2
        until read_marker && read_statefulset; do sleep 2; done
    done
}

# is_accepted: whether a person takes the disks as they are: Pulumi has another word for it than when this one was first held, which stands
# in the marker. A word that was there already was about something else. Then the disk counts as of the time that the marker knows.
is_accepted() {
    local word held
    word=$(marker_get accept-volumes)
    held="$(own_epoch)-$(told_epoch)"
    case $(marker_get "held-$ORDINAL") in
        "$held $word") return 1 ;;
        "$held "*) ;;
        *)
            marker_set "held-$ORDINAL" "$held $word" || true
            return 1
            ;;
    esac
    if [ -z "$word" ]; then return 1; fi
    log "taking the volume as it is (acceptVolumes: $word): epoch $(own_epoch), the marker knows $(told_epoch)"
    write_durable "$DATA_ROOT/epoch" "$(told_epoch)"
}
