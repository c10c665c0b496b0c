#!/bin/sh
# PID 1 of the etcd container: decides how etcd may start, runs it, and judges why it ended.
#
#   WAL on the disk   what                                   then
#   yes               data of another identity               wait beside it, untouched
#   either            the snapshot of a recovery is to be    carry that on
#                     restored here, and no quorum lives
#   yes               the word was given to go on alone      do so, if it still counts
#   yes               etcd ended by itself and its own ID    set the data aside, go on as without a WAL
#                     is absent from a linearizable list
#   yes               the marker names a recovery that     set the data aside, go on as without a WAL
#                     this disk was not part of
#   yes               anything else                          start at once; ask nobody
#   no                marker unreadable                      wait
#   no                never formed, all disks empty          start `new`
#   no                never formed, otherwise                wait
#   no                formed, no voter answers               wait; never form again
#   no                formed, my URL not in the list         add as a learner, start `existing`
#   no                formed, my entry is the one made for   start under that entry
#                     this disk and no etcd ever ran on it
#   no                formed, my entry otherwise             remove it (if a quorum stays), then add
#
# Deciding and duties run in the background, so that TERM is answered at once at every point.
set -eu

TERMINATING=no
ETCD=''      # for the duties
CHILD=''
DUTIES=''

# insist PIDS...: asks children to end until they have. Once is not enough: for a moment after a fork a child of this shell still
# has the shell's trap, which swallows the signal.
insist() {
    local pid alive=yes
    while [ "$alive" = yes ]; do
        alive=no
        for pid in "$@"; do
            if kill "$pid" 2>/dev/null; then alive=yes; fi
        done
        sleep 0.1
    done
}

# on_term: the kubelet asks to stop. etcd hands its leadership over and ends; everything else just ends. Nothing is forked here
# before both are known, lest whoever has just forked finds another process in $!.
on_term() {
    TERMINATING=yes
    # shellcheck disable=SC2086 # either may be none
    if [ -n "$DUTIES$CHILD" ]; then insist $DUTIES $CHILD & fi
}

# First of all: process 1 is not told of a signal that it has no trap for.
trap on_term TERM INT

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
for library in common kube membership formation join auth recovery snapshot duties; do
    # shellcheck source=/dev/null
    . "$SCRIPTS_DIR/lib/$library.sh"
done

# wait_for PID: its exit status. A trapped signal interrupts wait, so it is asked again until the process is gone.
wait_for() {
    local result
    while :; do
        result=0
        wait "$1" || result=$?
        if ! kill -0 "$1" 2>/dev/null; then return "$result"; fi
    done
}

# watch PID: makes it the child that TERM reaches, and waits for it. Also when TERM came just before it was known.
watch() {
    local result=0
    CHILD=$1
    if [ "$TERMINATING" = yes ]; then insist "$CHILD" & fi
    wait_for "$CHILD" || result=$?
    CHILD=''
    return "$result"
}

# plan STATE LIST: what prepare decided, for launch: new, existing or restart, and the --initial-cluster value.
plan() {
    printf '%s\n%s\n' "$1" "$2" >"$STATE_DIR/plan"
}

# prepare: runs until etcd may start.
prepare() {
    local tries
    refuse_foreign_data
    if snapshot_is_the_way_out; then begin_recovery; fi
    if [ -e "$DATA_ROOT/restoring" ]; then carry_out_restore; fi
    if [ -e "$DATA_ROOT/recovering" ]; then confirm_recovery; fi
    if has_wal; then
        if removed_for_good || join_failed || [ -e "$STATE_DIR/outlived" ]; then
            set_aside
        else
            plan restart "$SET_NAME-$ORDINAL=$(peer_url_of "$ORDINAL")"
            return
        fi
    fi
    phase waiting
    # Notes about data that is no more.
    rm -f "$STATE_DIR/exited" "$STATE_DIR/outlived"
    tries=0
    # A pod that waits for long asks less often.
    until start_without_data; do
        tries=$((tries + 1))
        if [ "$tries" -lt 60 ]; then sleep 0.3; else sleep 2; fi
    done
    if [ -e "$DATA_ROOT/restoring" ]; then prepare; fi
}

# snapshot_is_the_way_out: whether this is the member to restore a snapshot, and its etcd ended by itself: one that cannot even
# start never gets to its duties, and wrecked data is what snapshots are for.
snapshot_is_the_way_out() {
    [ -e "$STATE_DIR/exited" ] && has_wal && [ ! -e "$DATA_ROOT/restoring" ] && read_marker && [ -n "$(snapshot_of "$(pending_request)")" ] && consider_recovery
}

# start_without_data: one step of the lower half of the table above.
start_without_data() {
    if ! read_marker; then
        status "WAITING: cannot read ConfigMap $MARKER_NAME: $KUBE_ERROR. Without it nobody knows whether the cluster ever formed, and this pod has no data; nothing is started."
        return 1
    fi
    if [ -n "$(snapshot_of "$(pending_request)")" ]; then
        # Also in a cluster that never formed: nothing does before the snapshot is there.
        if consider_recovery; then
            begin_recovery
            return
        fi
        if [ ! -e "$STATE_DIR/recovery-since" ]; then await_recovery; fi
        return 1
    fi
    if [ -n "$(marker_get formed)" ]; then join; else form; fi
}

# removed_for_good: whether etcd has just ended by itself and the other members' linearizable list lacks the ID of this
# data. But for a recovery nothing else may set data aside: not a URL, not a name, not silence.
removed_for_good() {
    local id
    id=$(read_file "$DATA_ROOT/member-id")
    [ -e "$STATE_DIR/exited" ] && [ -n "$id" ] && read_marker && read_statefulset && ask_others "$(known_size)" || return 1
    [ -n "$LIST" ] && [ -z "$(entry_with_id "$id")" ]
}

# join_failed: whether etcd crashed three times as a learner that, says the list, was never promoted. It has never voted, so
# its data may go and the join starts over (etcd has open bugs that panic a fresh learner).
join_failed() {
    local failures
    failures=$(read_file "$DATA_ROOT/joining")
    is_number "$failures" && [ "$failures" -ge 3 ] && read_marker && read_statefulset && ask_others "$(known_size)" || return 1
    [ "$(field 6 "$(entry_with_id "$(read_file "$DATA_ROOT/member-id")")")" = true ]
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
    rm -f "$DATA_ROOT/member-id" "$DATA_ROOT/joining" "$DATA_ROOT/life" "$DATA_ROOT/unnoted" "$DATA_ROOT/recovering" "$DATA_ROOT/forced" "$STATE_DIR/exited" "$STATE_DIR/outlived"
}

# tls_flags: prints etcd's flags for TLS, if there is any. A peer must have a certificate of the CA that is made out to the
# members' Service: one that the same CA made for a client opens nothing here. The files are read anew at every handshake.
tls_flags() {
    if [ -z "$TLS_DIR" ]; then return 0; fi
    printf -- '%s ' --cert-file="$TLS_DIR/tls.crt" --key-file="$TLS_DIR/tls.key" \
        --peer-cert-file="$TLS_DIR/tls.crt" --peer-key-file="$TLS_DIR/tls.key" --peer-trusted-ca-file="$TLS_DIR/ca.crt" \
        --peer-client-cert-auth --peer-cert-allowed-hostname="$SERVICE_NAME.$POD_NAMESPACE.svc"
    # The CA alone would be enough for etcd to ask clients for a certificate.
    if [ "${TLS_CLIENT_AUTH:-no}" = yes ]; then printf -- '%s ' --client-cert-auth --trusted-ca-file="$TLS_DIR/ca.crt"; fi
}

# launch: runs etcd as planned, with the duties beside it, until it ends; its status is the result.
launch() {
    local state members alone='' result=0
    { read -r state && read -r members; } <"$STATE_DIR/plan"
    if [ "$state" = restart ]; then state=existing; fi
    rm -f "$STATE_DIR/auth-proof" "$STATE_DIR/url-mended" "$STATE_DIR/exited" "$STATE_DIR/formed"
    rm -f "$DATA_ROOT/unlaunched"
    sync "$DATA_ROOT"
    if [ ! -e "$DATA_ROOT/identity" ]; then write_file "$DATA_ROOT/identity" "$(identity)"; fi
    if [ -e "$DATA_ROOT/recovering" ]; then
        alone=yes
        write_durable "$DATA_ROOT/forced" yes || return 1
    fi
    phase starting
    # shellcheck disable=SC2046 # one flag a word, and no path has a space
    set -- $(tls_flags)
    etcd --name="$POD_NAME" --data-dir="$DATA_DIR" \
        --listen-peer-urls="$SCHEME://$LISTEN_ADDRESS:$PEER_PORT" \
        --listen-client-urls="$SCHEME://$LISTEN_ADDRESS:$CLIENT_PORT${TLS_DIR:+,$LOCAL_CLIENT_URL}" \
        --listen-metrics-urls="http://$LISTEN_ADDRESS:$METRICS_PORT" \
        --initial-advertise-peer-urls="$(peer_url_of "$ORDINAL")" \
        --advertise-client-urls="$(client_url_of "$ORDINAL")" \
        --initial-cluster-token="$INITIAL_CLUSTER_TOKEN" \
        --initial-cluster-state="$state" --initial-cluster="$members" \
        --pre-vote=true ${alone:+--force-new-cluster} "$@" \
        --auth-token="jwt,sign-method=HS256,priv-key=$SECRETS_DIR/jwt-key/jwt-key,ttl=10m" &
    ETCD=$!
    duties &
    DUTIES=$!
    watch "$ETCD" || result=$?
    insist "$DUTIES" &
    wait_for "$DUTIES" || true
    DUTIES=''
    return "$result"
}

# judge STATUS SECONDS: etcd has ended after that long. Returns when it is to be started again.
judge() {
    local failures
    rm -f "$STATE_DIR/auth-proof"
    if [ "$TERMINATING" = yes ]; then exit 0; fi
    if [ -e "$STATE_DIR/leaving" ]; then rest; fi
    write_file "$STATE_DIR/exited" "$1"
    failures=$(read_file "$DATA_ROOT/joining")
    if is_number "$failures" && [ "$1" -ne 0 ]; then write_file "$DATA_ROOT/joining" $((failures + 1)) || true; fi
    if [ "$2" -ge 60 ]; then PAUSE=1; fi
    status "etcd ended by itself with status $1 after $2 s; starting it again in $PAUSE s"
    phase waiting
    sleep "$PAUSE" &
    watch $! || true
    if [ "$PAUSE" -lt 15 ]; then PAUSE=$((PAUSE * 2)); fi
}

# rest: this member has left the cluster; nothing may start until the kubelet ends the pod.
rest() {
    status 'left the cluster; waiting for the pod to be stopped'
    phase waiting
    while [ "$TERMINATING" = no ]; do
        sleep 3600 &
        watch $! || true
    done
    exit 0
}

# main: prepare, launch, judge, for ever.
main() {
    local result began
    mkdir -p "$STATE_DIR"
    phase waiting
    rm -f "$STATE_DIR"/last-* "$STATE_DIR"/gone-*
    PAUSE=1
    while :; do
        if [ "$TERMINATING" = yes ]; then exit 0; fi
        if [ -e "$STATE_DIR/leaving" ]; then rest; fi
        rm -f "$STATE_DIR/plan"
        prepare &
        result=0
        watch $! || result=$?
        if [ "$TERMINATING" = yes ]; then exit 0; fi
        if [ ! -s "$STATE_DIR/plan" ]; then
            log "deciding how to start failed with status $result; trying again"
            sleep 1
            continue
        fi
        began=$(date +%s)
        result=0
        launch || result=$?
        judge "$result" $(($(date +%s) - began))
    done
}

main "$@"
