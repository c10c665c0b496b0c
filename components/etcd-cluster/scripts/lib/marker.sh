#!/bin/sh
# What a pod with data tells the formation marker: that the cluster exists, and what else the marker must know of it. Duties of a
# running etcd. Sourced, never run.

# mark_formed: a leader has been seen, so the cluster exists: from now on nobody may ever use `new`. The API server is
# needed once per disk; after that it is only told again when the marker was made anew.
mark_formed() {
    if [ -e "$STATE_DIR/marker-seen" ]; then return 0; fi
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
            write_file "$STATE_DIR/marker-seen" yes
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
    withdraw_announcement
    if [ -z "$(marker_get formed)" ] && has_quorum; then
        log "ConfigMap $MARKER_NAME no longer says that the cluster has formed; writing it again"
        tell_marker || log "not written: $KUBE_ERROR"
    fi
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
