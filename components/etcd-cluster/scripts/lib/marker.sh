#!/bin/sh
# What a pod with data tells the formation marker: that the cluster exists, and what else the marker must know of it. Duties of a
# running etcd. Sourced, never run.

# mark_formed: a leader has been seen, so the cluster exists: from now on nobody may ever use `new`. The API server is
# needed once per disk; after that the marker is only looked at again once per start of etcd, and while it names another life.
mark_formed() {
    if [ -e "$STATE_DIR/marker-seen" ]; then return 0; fi
    if [ -e "$DATA_ROOT/formed" ] && [ ! -e "$STATE_DIR/outlived-since" ] && ! every 15 mark-formed; then return 0; fi
    remember_cluster || return 1
    if read_marker && read_statefulset; then
        remember_statefulset
        note_recovery && settle_lives || return 1
        if [ -n "$(marker_get formed)" ] || tell_marker; then
            write_durable "$DATA_ROOT/formed" yes
            write_file "$STATE_DIR/marker-seen" yes
            note_agreement
            return 0
        fi
    fi
    if [ -e "$DATA_ROOT/formed" ]; then return 0; fi
    if somebody_wrote; then return 1; fi
    status "WAITING: the cluster has formed, but ConfigMap $MARKER_NAME cannot be written: $KUBE_ERROR"
    return 1
}

# tell_marker: writes into the marker just read what this disk knows of the cluster, all at once, and fails when anybody wrote since. A
# request that is there while nobody can have noted it as new is refused: see open_marker.
tell_marker() {
    local life recovered=null data request
    life=$(own_life)
    if [ -n "$life" ]; then recovered="\"$life\""; fi
    data="\"formed\":\"$(cluster_id)\",\"recovery-begun\":null,\"recovered\":$recovered"
    if [ -e "$STATE_DIR/auth-proof" ]; then data="$data,\"root\":\"made\""; fi
    request=$(marker_get recover-from)
    if ! is_open && [ -n "$request" ] && [ "$request" != "$life" ]; then data="$data,\"recovery-refused\":\"$request\""; fi
    marker_swap "$data"
}

# tend_marker: every voter looks at the marker now and then, so that whoever leads next has watched it as well; the leader does so every few
# seconds, and acts. One that was emptied, made anew, or changed by hand under the living cluster is told again: without it no lost
# disk would heal.
tend_marker() {
    local pause=15
    if [ "$IS_LEADER" = 1 ]; then pause=5; fi
    every "$pause" tend-marker || return 0
    read_marker || return 0
    if [ "$IS_LEADER" != 1 ]; then
        if ! outlived && [ -n "$(marker_get formed)" ]; then note_agreement; fi
        return 0
    fi
    if [ -z "$(marker_get formed)" ]; then
        if has_quorum; then
            log "ConfigMap $MARKER_NAME no longer says that the cluster has formed; writing it again"
            tell_marker || somebody_wrote || log "not written: $KUBE_ERROR"
        fi
        return 0
    fi
    object_to_recovery
    withdraw_announcement
    if settle_lives; then
        correct_cluster
        note_agreement
    fi
}

# note_agreement: the marker just read names the life that is here.
note_agreement() {
    write_file "$STATE_DIR/marker-agreed" "$(now)"
}

# correct_cluster: the marker just read names our life, but not our cluster: it was told when etcd did not say.
correct_cluster() {
    local id
    id=$(read_file "$DATA_ROOT/cluster-id")
    if [ -z "$id" ] || [ "$(marker_get formed)" = "$id" ]; then return 0; fi
    marker_swap "\"formed\":\"$id\"" || true
}

# tell_siblings: a pod that has data but no leader says so in a marker that knows nothing of the cluster (a fresh one,
# beside volumes that were kept), so that nobody forms a second cluster and everybody can say what they wait for.
tell_siblings() {
    every 15 tell-siblings || return 0
    if read_marker && [ -z "$(marker_get formed)" ]; then
        if ! is_open; then open_marker || true; fi
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
