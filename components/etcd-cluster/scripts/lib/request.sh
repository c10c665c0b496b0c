#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# Quorum lost for good: what a person asks for, and whether it may be done. Nothing here is carried out; that is recovery.sh.
# Sourced, never run.
#
# The request is an annotation of an object that pods only read: "ORDINAL NONCE" to go on from the data of that ordinal,
# "ORDINAL NONCE FILE" from a snapshot on its volume. It is carried out once, and only when no quorum lives: nobody else answers, and
# the leader, which would object in the marker, has not done so for a minute. The two may not see each other; the API server sees both.
# One that was there before the marker, left over in the stack from the cluster before, is noted there as refused: see open_marker.

OBJECTION_SECONDS=${OBJECTION_SECONDS:-60}

# is_open: whether any pod has written into the marker just read what belongs there first; see open_marker.
is_open() {
    [ -n "$(marker_get formed)" ] || is_number "$(marker_get initialClusterSize)"
}

# pending_request: prints the request in the marker just read, if it is neither carried out nor refused.
pending_request() {
    local request
    if ! is_open; then return 0; fi
    request=$(marker_get recover-from)
    if [ "$request" != "$(marker_get recovered)" ] && [ "$request" != "$(marker_get recovery-refused)" ]; then
        printf '%s' "$request"
    fi
}

# snapshot_of REQUEST: the name of the file, or nothing when the member's own data is to be gone on from.
snapshot_of() {
    printf '%s' "$1" | cut -d ' ' -f 3
}

# snapshot_is_asked_for: whether the marker just read has a request for one, whoever is to restore it.
snapshot_is_asked_for() {
    [ -n "$(snapshot_of "$(pending_request)")" ]
}

# object_to_recovery: by the leader, with a marker just read: it has a quorum behind it, so there is nothing to recover from.
object_to_recovery() {
    local request
    request=$(pending_request)
    if [ -z "$request" ] || [ "$request" = "$(own_life)" ] || [ "$request" = "$(newest_life)" ] || ! has_quorum; then return 0; fi
    log "refusing to recover from ordinal ${request%% *}: this cluster has a quorum"
    # Fails when it has begun meanwhile; see claim_recovery.
    marker_swap "\"recovery-refused\":\"$request\"" || true
}

# has_quorum: whether this leader can prove that it leads: one that is suddenly alone calls itself leader for another second or
# two, and what it writes into the marker is for good. etcd itself is asked, without a name server.
has_quorum() {
    fetch "$LOCAL_METRICS_URL/readyz?exclude=data_corruption" >/dev/null
}

# consider_recovery: one look by a member that has no leader, or no data. Sets REQUEST; succeeds when this is the member that it
# names, nothing is in the way, and the time for an objection is over. The file recovery-since is there while the status is its.
consider_recovery() {
    local obstacle
    read_marker && read_statefulset || return 1
    REQUEST=$(pending_request)
    withdraw_announcement
    if ! is_mine || quorum_answers "$(known_size)"; then
        rm -f "$STATE_DIR/recovery-since"
        return 1
    fi
    if ! is_proven_empty; then return 1; fi
    obstacle=$(obstacle_to_recovery)
    tell_hold "$obstacle"
    if [ -n "$obstacle" ]; then
        write_file "$STATE_DIR/recovery-since" held
        status "$(held_recovery "$REQUEST" "$obstacle")"
        return 1
    fi
    wait_for_objection
}

# withdraw_announcement: takes back, from the marker just read, what was passed on and is pending no more: scripts of before would take it
# for an order. Not where the request is not to be read: there the program is one of before, and asks by that very annotation.
withdraw_announcement() {
    local announced
    announced=$(marker_get announced)
    if [ -z "$announced" ] || [ -z "$(marker_get size-at-formation)" ] || [ "$announced" = "$(pending_request)" ]; then return 0; fi
    log "taking back what was announced: the recovery from ordinal ${announced%% *} is done, refused, or asked for no more"
    withdraw || true
}

# is_proven_empty: whether REQUEST may begin as far as other disks go. Where no cluster has formed yet a snapshot forms one, and that takes
# what any formation takes: that no disk may hold data. What is asked for on a marker that is new may be left over from before it.
is_proven_empty() {
    local missing
    if [ -n "$(marker_get formed)" ] || [ -z "$(snapshot_of "$REQUEST")" ]; then return 0; fi
    missing=$(missing_reports "$(known_size)")$(unreported_claims)$(begun_reports)
    if [ -z "$missing" ]; then return 0; fi
    write_file "$STATE_DIR/recovery-since" held
    status "WAITING to restore $(snapshot_of "$REQUEST"): ${missing%; }. No new cluster is made while data may exist. See docs/operations.md, 'Formation waits'."
    return 1
}

# is_mine: whether REQUEST names this pod, and its disk has not carried it out.
is_mine() {
    [ "${REQUEST%% *}" = "$ORDINAL" ] && [ "$REQUEST" != "$(own_life)" ]
}

# quorum_answers COUNT: whether any other of so many ordinals serves, and so has a quorum behind it. It says so without a login: who
# has another password is a quorum all the same.
quorum_answers() {
    # shellcheck disable=SC2046 # one word an ordinal
    [ -n "$(serving $(others "$1"))" ]
}

# obstacle_to_recovery: prints what is wrong with the snapshot that REQUEST names; nothing when it is right, or it names none.
obstacle_to_recovery() {
    if [ -n "$(snapshot_of "$REQUEST")" ]; then snapshot_problem "$(snapshot_of "$REQUEST")"; fi
}

# wait_for_objection: begins the time for one, or looks whether it is over.
wait_for_objection() {
    local since subject="the data of $POD_NAME"
    if [ -n "$(snapshot_of "$REQUEST")" ]; then subject="the snapshot $(read_file "$STATE_DIR/snapshot-content")"; fi
    since=$(read_file "$STATE_DIR/recovery-since")
    if [ -z "$(age "$since")" ]; then
        # A leader whose scripts are of before could not object otherwise.
        if [ "$(marker_get announced)" != "$REQUEST" ] && ! announce "$REQUEST"; then
            write_file "$STATE_DIR/recovery-since" held
            status "RECOVERY from $subject waits: it cannot be announced in ConfigMap $MARKER_NAME: $KUBE_ERROR"
            return 1
        fi
        since=$(now)
        write_file "$STATE_DIR/recovery-since" "$since"
    fi
    status "RECOVERY from $subject was asked for; it begins once no quorum has turned up to object for $OBJECTION_SECONDS s"
    is_over "$since" "$OBJECTION_SECONDS"
}

# held_recovery REQUEST OBSTACLE: the sentence for people that a recovery is held, the same in the pod and in the Job that waits for it.
held_recovery() {
    printf "RECOVERY from ordinal %s is held: %s. Nothing was changed. It goes on by itself once the file is right; see docs/operations.md, 'Quorum lost'." "${1%% *}" "${2%.}"
}

# tell_hold WHY: what is in the way of REQUEST, or nothing, stands in the marker, where the rollout finds it.
tell_hold() {
    local hold=''
    if [ -n "$1" ]; then hold="$REQUEST: $(printf '%s' "$1" | tr -d '"\134' | tr -s '[:cntrl:]' ' ')"; fi
    if [ "$(marker_get recovery-hold)" != "$hold" ]; then marker_set recovery-hold "$hold" || true; fi
}

# await_recovery: says what a pod without data waits for while a request is pending.
await_recovery() {
    local request
    request=$(pending_request)
    if [ "${request%% *}" = "$ORDINAL" ] && [ -z "$(snapshot_of "$request")" ]; then
        status "WAITING: a recovery from the data of $POD_NAME was asked for, and it has none. Name an ordinal that has, or a snapshot; see docs/operations.md, 'Quorum lost'."
    else
        status "WAITING to join until the recovery from ordinal ${request%% *} is done or refused"
    fi
}
