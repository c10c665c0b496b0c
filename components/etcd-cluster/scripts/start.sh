#!/bin/sh
# Process 1 of the etcd container: decides how etcd may start, runs it, and judges why it ended.
#
#      what is found                                      what is done
#   0  what cannot be listed or read                      wait; it is not taken for empty
#   1  a WAL, of another identity                         wait beside it, untouched
#   2  etcd ended by itself, its data is there, and a     restore that
#      snapshot is to be restored here instead
#   3  the restore of a snapshot was begun                carry it on
#   4  the word was given to go on alone                  claim it in the marker, if it still counts, until etcd starts
#                                                         that way
#   5  a WAL, but for row 6                               one look at the marker, if there is an API server: hold, where it
#                                                         names another life of the cluster, or a later time of this disk;
#                                                         else start; ask nobody
#   6  a WAL that counts no more, and a quorum that       set it aside, and go on as without one
#      says so now: its own ID is absent from the list
#      of its own cluster; a life that it was not part
#      of serves; the disk went back in time; or the
#      join failed
#   7  none, and the marker is unreadable                 wait
#   8  none, and a snapshot is to be restored             restore it if it is here, else wait
#   9  none, never formed, all disks empty                start `new`
#  10  none, never formed, otherwise                      wait
#  11  none, formed, no voter answers                     wait; never form again
#  12  none, formed, my URL not in the list               add as a learner, start `existing`
#  13  none, formed, my entry is the one made for this    start under that entry
#      disk and no etcd ever ran on it
#  14  none, formed, my entry otherwise                   remove it (if a quorum stays), then 12
#
# 9 and 10 are `form` (lib/formation.sh), 11 to 14 `join` (lib/join.sh). Deciding and duties run in the background, so that TERM
# is answered at once at every point.
set -eu

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
for library in processes common files kube etcd membership volume data life epoch identity reports formation learner-slot join auth request recovery snapshot restore marker address convergence duties launch; do
    # shellcheck source=/dev/null
    . "$SCRIPTS_DIR/lib/$library.sh"
done

# main: decide, launch, judge, for ever.
main() {
    local result began
    mkdir -p "$STATE_DIR"
    phase waiting
    rm -f "$STATE_DIR"/last-* "$STATE_DIR/beyond" "$STATE_DIR/converged" "$STATE_DIR/starting"
    PAUSE=1
    while :; do
        if [ "$TERMINATING" = yes ]; then exit 0; fi
        if [ -e "$STATE_DIR/leaving" ]; then
            rest
            continue
        fi
        rm -f "$STATE_DIR/plan"
        decide &
        result=0
        run_child $! || result=$?
        if [ "$TERMINATING" = yes ]; then exit 0; fi
        if ! is_planned; then
            log "deciding how to start failed with status $result; trying again"
            sleep 1
            continue
        fi
        began=$(now)
        result=0
        launch || result=$?
        judge "$result" "$(age "$began")"
    done
}

# decide: walks the rows of the table, again and again, until one of them has planned how etcd starts. A row that finds nothing, or
# has done its part, leaves the rest to those below. Not in functions of their own whose result is asked for: there errexit would not
# hold, and what cannot be written must end all this.
decide() {
    local looks=0
    # What makes data void is asked anew each time.
    rm -f "$STATE_DIR/overtaken"
    forget_lost_data
    while :; do
        await_readable_volume                                              # 0
        refuse_foreign_data                                                # 1
        if snapshot_is_the_way_out; then begin_recovery; fi                # 2
        if [ -e "$DATA_ROOT/restoring" ]; then carry_out_restore; fi       # 3
        if [ -e "$DATA_ROOT/recovering" ]; then                            # 4
            confirm_recovery
            if [ ! -e "$DATA_ROOT/recovering" ]; then continue; fi
        fi
        if has_wal; then
            if [ ! -e "$DATA_ROOT/recovering" ]; then                      # 5
                await_life
                await_time
                if is_word_given; then continue; fi
            fi
            if ! is_void; then
                plan restart "$SET_NAME-$ORDINAL=$(peer_url_of "$ORDINAL")"
                return
            fi
            set_aside                                                      # 6
        fi
        if start_without_data && is_planned; then return; fi               # 7 to 14
        looks=$((looks + 1))
        # A pod that waits for long asks less often.
        if [ "$looks" -lt 60 ]; then sleep 0.3; else sleep 2; fi
    done
}

# is_word_given: whether a recovery has just begun here.
is_word_given() {
    [ -e "$DATA_ROOT/recovering" ] || [ -e "$DATA_ROOT/restoring" ]
}

# forget_lost_data: notes about data that is no more, lest they are taken for notes about what comes.
forget_lost_data() {
    if ! has_wal; then rm -f "$STATE_DIR/exited" "$STATE_DIR/outlived"; fi
}

# snapshot_is_the_way_out: whether this is the member to restore a snapshot, and its etcd ended by itself: one that cannot even
# start never gets to its duties, and wrecked data is what snapshots are for.
snapshot_is_the_way_out() {
    if [ ! -e "$STATE_DIR/exited" ] || ! has_wal || [ -e "$DATA_ROOT/restoring" ]; then return 1; fi
    read_marker && snapshot_is_asked_for && consider_recovery
}

# start_without_data: one look by a pod that has none. Succeeds when etcd may start, or a restore was begun.
start_without_data() {
    if ! volume_takes_data; then return 1; fi
    if ! read_marker; then
        status "WAITING: cannot read ConfigMap $MARKER_NAME: $KUBE_ERROR. Without it nobody knows whether the cluster ever formed, and this pod has no data; nothing is started."
        return 1
    fi
    if ! is_open; then
        open_marker
        return 1
    fi
    # Also in a cluster that never formed: nothing does before the snapshot is there.
    if snapshot_is_asked_for; then
        restore_or_wait
    elif [ -n "$(marker_get formed)" ]; then
        join
    else
        form
    fi
}

# is_planned: whether it is decided how etcd starts.
is_planned() {
    [ -s "$STATE_DIR/plan" ]
}

# judge STATUS SECONDS: etcd has ended after that long. Returns when it is to be started again.
judge() {
    rm -f "$STATE_DIR/auth-proof"
    if [ "$TERMINATING" = yes ]; then
        note_orderly_stop
        exit 0
    fi
    if [ -e "$STATE_DIR/leaving" ]; then return; fi
    write_file "$STATE_DIR/exited" "$1"
    count_failed_join "$1"
    if [ "$2" -ge 60 ]; then PAUSE=1; fi
    status "etcd ended by itself with status $1 after $2 s; starting it again in $PAUSE s"
    phase waiting
    sleep "$PAUSE" &
    run_child $! || true
    if [ "$PAUSE" -lt 15 ]; then PAUSE=$((PAUSE * 2)); fi
}

# note_orderly_stop: a copy of the volume from before this moment is older than what the member acknowledged.
note_orderly_stop() {
    if raise_epoch; then tell_epoch || true; fi
}

# count_failed_join STATUS: a learner that crashes before it is a voter; see join_failed.
count_failed_join() {
    local failures
    failures=$(read_file "$DATA_ROOT/joining")
    if is_number "$failures" && [ "$1" -ne 0 ]; then write_file "$DATA_ROOT/joining" $((failures + 1)) || true; fi
}

# rest: this member has left the cluster; nothing may start until the kubelet ends the pod. It may have had another end: a container
# that is restarted while `replicas` is lower for a moment takes the flag along, and the pod lives on.
rest() {
    status 'left the cluster; waiting for the pod to be stopped'
    phase waiting
    while [ "$TERMINATING" = no ] && [ -e "$STATE_DIR/leaving" ]; do
        sleep 10 &
        run_child $! || true
        forget_leaving &
        run_child $! || true
    done
}

# forget_leaving: takes the flag back when the pod lives well past its grace period, and its ordinal is wanted.
forget_leaving() {
    local since
    since=$(read_file "$STATE_DIR/leaving")
    if ! is_over "$since" 240 || ! read_statefulset; then return 0; fi
    if [ "$STS_LIVE" = yes ] && [ "$ORDINAL" -lt "$STS_REPLICAS" ]; then
        log "this pod was to leave, was not stopped, and is wanted (replicas $STS_REPLICAS): starting again"
        rm -f "$STATE_DIR/leaving"
    fi
}

main "$@"
