#!/bin/sh
# What a pod does beside its running etcd, round after round: marker, promotion, auth, URL, and, on the leader, bringing
# the member list back to what the StatefulSet asks for. Sourced, never run; runs in the background of start.sh, which
# ends it with etcd. Each duty is one step that may fail and be tried again.

# duties: the loop. Quick until everything is settled, then every few seconds.
duties() {
    local pause leaderless=0
    until fetch "$LOCAL_METRICS_URL/livez" >/dev/null; do sleep 0.3; done
    phase running
    while :; do
        pause=0.5
        if duty_round; then pause=5; fi
        sleep "$pause"
    done
}

# duty_round: one round; succeeds when nothing is left to do.
duty_round() {
    read_metrics || return 1
    remember_id
    if [ "$HAS_LEADER" != 1 ]; then
        tell_siblings
        leaderless=$((leaderless + 1))
        if [ "$leaderless" -lt 10 ]; then return 1; fi
        if every 5 consider-recovery; then look_for_a_way_out; fi
        if [ -e "$STATE_DIR/recovery-since" ]; then return 1; fi
        status "NOT READY: member $SERVER_ID has no leader; fewer than a quorum of the members are up. The data is safe. The pod becomes Ready by itself when they return; if they are gone for good see docs/operations.md, 'Quorum lost'."
        return 1
    fi
    leaderless=0
    # The time for objections begins anew with the next loss of the quorum.
    rm -f "$STATE_DIR/recovery-since"
    finish_recovery || return 1
    if [ "$IS_LEARNER" = 1 ]; then
        promote
        return 1
    fi
    rm -f "$DATA_ROOT/joining"
    mark_formed || return 1
    # Before auth is proven: what has a quorum may object whatever its password is.
    if [ "$IS_LEADER" = 1 ]; then tend_marker; fi
    prove_auth || return 1
    status "member $SERVER_ID is up"
    mend_url || return 1
    if [ "$IS_LEADER" = 1 ]; then converge; fi
    keep_room
}

# look_for_a_way_out: of having no leader: a recovery in which this member goes on alone, or one that has left it behind. Either
# needs another start of etcd.
look_for_a_way_out() {
    if consider_recovery; then
        begin_recovery
        kill "$ETCD"
    elif overtaken; then
        step_aside
    fi
}

# step_aside: the cluster lives on without this disk; prepare sets its data aside.
step_aside() {
    log "the cluster was recovered from another disk while this one was away; its data is set aside"
    write_file "$STATE_DIR/outlived" yes
    kill "$ETCD"
}

# remember_id: the ID that the data really carries; taken from etcd itself, so data from elsewhere has one too.
remember_id() {
    if [ "$(read_file "$DATA_ROOT/member-id")" != "$SERVER_ID" ]; then write_durable "$DATA_ROOT/member-id" "$SERVER_ID"; fi
}

# every SECONDS NAME: true when that long has passed since it was last true in this pod.
every() {
    local last current
    last=$(read_file "$STATE_DIR/last-$2")
    current=$(date +%s)
    if [ $((current - ${last:-0})) -lt "$1" ]; then return 1; fi
    write_file "$STATE_DIR/last-$2" "$current"
}

# tell_siblings: a pod that has data but no leader says so in a marker that knows nothing of the cluster (a fresh one,
# beside volumes that were kept), so that nobody forms a second cluster and everybody can say what they wait for.
tell_siblings() {
    every 15 tell-siblings || return 0
    if read_marker && [ -z "$(marker_get formed)" ]; then
        case $(marker_get "member-$ORDINAL") in
            'started '* | 'data '*) ;;
            *) marker_set "member-$ORDINAL" "data $(identity | cut -c 1-12)" || true ;;
        esac
    fi
}

# mark_formed: a leader has been seen, so the cluster exists: from now on nobody may ever use `new`. The API server is
# needed once per disk; after that it is only told again when the marker was made anew.
mark_formed() {
    if [ -e "$STATE_DIR/formed" ]; then return 0; fi
    if [ -e "$DATA_ROOT/formed" ] && ! every 15 mark-formed; then return 0; fi
    if read_marker && read_statefulset; then
        remember_statefulset
        note_recovery || return 1
        if outlived; then
            step_aside
            return 1
        fi
        if [ -n "$(marker_get formed)" ] || tell_marker; then
            write_durable "$DATA_ROOT/formed" yes
            write_file "$STATE_DIR/formed" yes
            return 0
        fi
    fi
    if [ -e "$DATA_ROOT/formed" ]; then return 0; fi
    status "WAITING: the cluster has formed, but ConfigMap $MARKER_NAME cannot be written: $KUBE_ERROR"
    return 1
}

# tell_marker: writes into a marker just read, which knows nothing of the cluster, what this disk knows of it. That it has formed
# comes last: whoever is stopped before begins again.
tell_marker() {
    local life
    life=$(read_file "$DATA_ROOT/life")
    if [ -n "$life" ]; then marker_set recovered "$life" || return 1; fi
    if [ -e "$STATE_DIR/auth-proof" ]; then marker_set root made || return 1; fi
    marker_set formed "$(cluster_id)"
}

# tend_marker: what the leader does about the marker, every few seconds. One that was emptied, or made anew, under the living cluster
# is told again: without it no lost disk would heal.
tend_marker() {
    every 5 tend-marker || return 0
    read_marker || return 0
    object_to_recovery
    if [ -z "$(marker_get formed)" ] && has_quorum; then
        log "ConfigMap $MARKER_NAME no longer says that the cluster has formed; writing it again"
        tell_marker || log "not written: $KUBE_ERROR"
    fi
}

# cluster_id: as etcd's peers tell it each other, without a login. With TLS they tell nobody else; there it is asked as root.
cluster_id() {
    local decimal
    if [ -n "$TLS_DIR" ]; then
        decimal=$(ctl "$LOCAL_CLIENT_URL" endpoint status -w fields | awk '$1 == "\"ClusterID\"" { print $3 }')
        if is_number "$decimal"; then printf '%x' "$decimal"; else echo unknown; fi
        return
    fi
    timeout 3 wget -S -q -O /dev/null "http://$LOCAL_ADDRESS:$PEER_PORT/members" 2>&1 |
        awk 'tolower($1) == "x-etcd-cluster-id:" { print $2; found = 1 } END { if (!found) print "unknown" }' | tr -d '\r'
}

# mend_url: once per start, our entry gets the URL under which we are found now (another cluster domain, a take-over).
# One voter at a time: whoever has the lowest ordinal with an outdated entry goes first, and needs every peer started.
mend_url() {
    local mine
    if [ -e "$STATE_DIR/url-mended" ]; then return 0; fi
    read_list "$LOCAL_CLIENT_URL" || return 1
    mine=$(entry_with_id "$SERVER_ID")
    if [ -z "$mine" ]; then return 1; fi
    if [ "$(field 4 "$mine")" != "$(peer_url_of "$ORDINAL")" ]; then
        if outdated_before_me || somebody_unstarted; then return 1; fi
        log "peer URL of member $SERVER_ID: $(field 4 "$mine") becomes $(peer_url_of "$ORDINAL")"
        ctl "$LOCAL_CLIENT_URL" member update "$SERVER_ID" --peer-urls="$(peer_url_of "$ORDINAL")" >/dev/null || log "member update: $CTL_ERROR"
        return 1
    fi
    write_file "$STATE_DIR/url-mended" yes
}

# outdated_before_me: whether a lower ordinal's entry still carries an outdated URL.
outdated_before_me() {
    local i id
    members_of_this_set >"$STATE_DIR/members.$$"
    while read -r i id; do
        if [ "$i" -lt "$ORDINAL" ] && [ "$(field 4 "$(entry_with_id "$id")")" != "$(peer_url_of "$i")" ]; then return 0; fi
    done <"$STATE_DIR/members.$$"
    return 1
}

# somebody_unstarted: whether LIST has a member that never started.
somebody_unstarted() {
    printf '%s\n' "$LIST" | awk -F ', ' '$2 != "started" { found = 1 } END { exit !found }'
}

# converge: removes, one a round and highest ordinal first, members whose ordinal the StatefulSet no longer wants and
# whose pod is gone for a minute (its preStop did not run: node loss, force deletion). Only ever on the leader.
converge() {
    local i id
    every 10 converge || return 0
    read_statefulset || return 0
    remember_statefulset
    if [ "$STS_LIVE" != yes ] || [ "$STS_SETTLED" != yes ] || [ "$STS_REPLICAS" -eq 0 ]; then return 0; fi
    read_list "$LOCAL_CLIENT_URL" || return 0
    members_of_this_set >"$STATE_DIR/members.$$"
    while read -r i id; do
        if [ "$i" -lt "$STS_REPLICAS" ] || [ "$i" = "$ORDINAL" ]; then
            rm -f "$STATE_DIR/gone-$id"
        elif ! pod_is_gone "$i"; then
            rm -f "$STATE_DIR/gone-$id"
        elif gone_for_a_minute "$id"; then
            log "member $id of $SET_NAME-$i is not wanted (replicas $STS_REPLICAS) and its pod is gone for a minute"
            remove_member "$LOCAL_CLIENT_URL" "$id" || log "not removed: $CTL_ERROR"
            return 0
        fi
    done <"$STATE_DIR/members.$$"
}

# pod_is_gone ORDINAL: the name server knows that there is no such pod, while it knows ours; the headless Service
# publishes every pod that exists, ready or not.
pod_is_gone() {
    no_such_name "$(host_of "$1")" && ! no_such_name "$(host_of "$ORDINAL")"
}

# no_such_name HOST: the name server answered, and the answer is NXDOMAIN.
no_such_name() {
    timeout 5 nslookup "$1" 2>&1 | awk '$NF == "NXDOMAIN" { found = 1 } END { exit !found }'
}

# gone_for_a_minute ID: first seen gone at least 60 s ago, by this pod, without a break.
gone_for_a_minute() {
    local since
    since=$(read_file "$STATE_DIR/gone-$1")
    if [ -z "$since" ]; then
        write_file "$STATE_DIR/gone-$1" "$(date +%s)"
        return 1
    fi
    [ $(($(date +%s) - since)) -ge 60 ]
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
