#!/bin/sh
# The member list follows the StatefulSet: members that nobody wants and that do not leave by themselves are removed. A duty of every
# wanted member, of the leader first. Sourced, never run.
#
# Once the controller has settled, a pod that is not wanted is being deleted, and dies whatever it wants. One that dies as a voter
# makes the quorum smaller, so nobody waits for it for long: not for one that does not serve, whatever the reason, and not for one
# that still does.

# converge: one look, when it is time for one; fails while members beyond the StatefulSet's replicas are in the list.
converge() {
    if every "$(look_pause)" converge; then look_beyond; fi
    [ ! -e "$STATE_DIR/beyond" ]
}

# look_pause: seconds between two looks: few while somebody is leaving, but not for ever.
look_pause() {
    local since rest
    if [ ! -e "$STATE_DIR/beyond" ]; then
        if [ "$IS_LEADER" = 1 ]; then echo 5; else echo 15; fi
    else
        read -r since rest <"$STATE_DIR/beyond"
        if is_over "$since" 90; then echo 10; else echo 2; fi
    fi
}

# look_beyond: reads StatefulSet and list, and takes out whose turn it is, if it has had time to leave. The file beyond notes since when
# anybody is there, and who was the next one to go at the last look.
look_beyond() {
    local since='' state='' id=''
    read_statefulset || return 0
    remember_statefulset
    if [ "$STS_LIVE" != yes ] || [ "$STS_SETTLED" != yes ] || [ "$ORDINAL" -ge "$STS_REPLICAS" ]; then
        rm -f "$STATE_DIR/beyond" "$STATE_DIR/converged"
        return 0
    fi
    if was_converged; then return 0; fi
    read_list "$LOCAL_CLIENT_URL" || return 0
    if ! next_to_leave "$STS_REPLICAS"; then
        rm -f "$STATE_DIR/beyond"
        write_file "$STATE_DIR/converged" "$(now) $STS_REPLICAS"
        return 0
    fi
    rm -f "$STATE_DIR/converged"
    if [ -e "$STATE_DIR/beyond" ]; then read -r since state id <"$STATE_DIR/beyond"; fi
    if [ -z "$(age "$since")" ]; then since=$(now); fi
    write_file "$STATE_DIR/beyond" "$since $LEAVER_STATE $LEAVER_ID"
    if ! has_had_time "$since" "$state $id"; then return 0; fi
    log "member $LEAVER_ID of $SET_NAME-$LEAVER is not wanted (replicas $STS_REPLICAS), and has not left"
    remove_member "$LOCAL_CLIENT_URL" "$LEAVER_ID" || log "not removed: $CTL_ERROR"
}

# was_converged: whether nobody was beyond these very replicas when the list was last read, less than a minute ago. To read it takes a
# login, a tenth of a second of CPU, and mostly who is beyond came there by other replicas.
was_converged() {
    local at='' replicas=''
    if [ -e "$STATE_DIR/converged" ]; then read -r at replicas <"$STATE_DIR/converged"; fi
    [ "$replicas" = "$STS_REPLICAS" ] && [ -n "$(age "$at")" ] && ! is_over "$at" 60
}

# has_had_time SINCE BEFORE: whether the next one to go, which was in that state at the look before, is not waited for any longer. One
# that does not serve must not have done so at two looks. Others than the leader act when it does not: it may not be able to log in.
has_had_time() {
    local grace=0
    if [ "$IS_LEADER" != 1 ]; then grace=12; fi
    if [ "$LEAVER_STATE" = silent ]; then
        [ "$2" = "silent $LEAVER_ID" ] && is_over "$1" "$grace"
    else
        is_over "$1" $((grace + 8))
    fi
}
