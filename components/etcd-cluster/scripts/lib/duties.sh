#!/bin/sh
# What a pod does beside its running etcd, round after round: marker, promotion, auth, URL, and, on the leader, bringing
# the member list back to what the StatefulSet asks for. Sourced, never run; runs in the background of start.sh, which
# ends it with etcd. Each duty is one step that may fail and be tried again.

LEADERLESS=0      # rounds without a leader, one after the other

# duties: the loop. Quick until everything is settled, then every few seconds.
duties() {
    local pause
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
        wait_for_leader
        return 1
    fi
    LEADERLESS=0
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
    tend_marker
    tend_epoch
    prove_auth || return 1
    status "member $SERVER_ID is up"
    mend_url || return 1
    keep_room
    converge
}

# wait_for_leader: one more round without one. An election takes a few; after ten it is a lost quorum, or a member that the others went
# on without.
wait_for_leader() {
    tell_siblings
    LEADERLESS=$((LEADERLESS + 1))
    if [ "$LEADERLESS" -lt 10 ]; then return; fi
    if every 5 consider-recovery; then look_for_a_way_out; fi
    if [ -e "$STATE_DIR/recovery-since" ]; then return; fi
    if every 5 tell-scaled-down; then read_statefulset || true; fi
    if was_scaled_down; then
        status "NOT READY: member $SERVER_ID has no leader: $PEERS of the cluster's members may vote, and StatefulSet $SET_NAME asks for $STS_REPLICAS; those that were to leave could not. Nothing is lost. Scale up again, to $PEERS or to the number of before: kubectl scale statefulset $SET_NAME --replicas=$PEERS (or pulumi config set replicas $PEERS and pulumi up). Once all are Ready, scale down again."
        return
    fi
    status "NOT READY: member $SERVER_ID has no leader; fewer than a quorum of the members are up. The data is safe. The pod becomes Ready by itself when they return; if they are gone for good see docs/operations.md, 'Quorum lost'."
}

# was_scaled_down: whether the StatefulSet, as last read, asks for fewer replicas than the cluster has members, PEERS, as the metrics
# just read tell. Then members are not lost: their pods are.
was_scaled_down() {
    PEERS=$(read_file "$STATE_DIR/metrics.$$" | awk '
        /^etcd_network_known_peers[{]/ && $2 == 1 {
            n = split($0, part, "\"")
            for (i = 2; i <= n; i += 2) ids[part[i]] = 1
        }
        END { for (id in ids) count++; print count + 0 }')
    [ "${STS_LIVE:-no}" = yes ] && [ "$STS_REPLICAS" -gt 0 ] && [ "$STS_REPLICAS" -lt "$PEERS" ]
}

# look_for_a_way_out: of having no leader: a recovery in which this member goes on alone, or one that has left it behind. Either
# needs another start of etcd.
look_for_a_way_out() {
    if consider_recovery; then
        begin_recovery
        kill "$ETCD"
    elif outlived && is_overtaken; then
        step_aside
    fi
}

# remember_id: the ID that the data really carries; taken from etcd itself, so data from elsewhere has one too.
remember_id() {
    if [ "$(read_file "$DATA_ROOT/member-id")" != "$SERVER_ID" ]; then write_durable "$DATA_ROOT/member-id" "$SERVER_ID"; fi
}

# every SECONDS NAME: true when that long has passed since it was last true in this pod.
every() {
    local last
    last=$(read_file "$STATE_DIR/last-$2")
    if [ -n "$(age "$last")" ] && ! is_over "$last" "$1"; then return 1; fi
    write_file "$STATE_DIR/last-$2" "$(now)"
}
