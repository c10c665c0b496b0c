#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# How etcd is started, and with what. Sourced by start.sh, never run.

# plan STATE LIST [TOKEN]: how etcd is to be started: new, existing or restart, and the values for --initial-cluster and, where etcd is to
# make IDs of it, --initial-cluster-token.
plan() {
    printf '%s\n%s\n%s\n' "$1" "$2" "${3:-$INITIAL_CLUSTER_TOKEN}" >"$STATE_DIR/plan"
}

# launch: runs etcd as planned, with the duties beside it, until it ends; its status is the result.
launch() {
    local state members token alone='' result=0
    { read -r state && read -r members && read -r token; } <"$STATE_DIR/plan"
    if [ "$state" = restart ]; then state=existing; fi
    forget_last_start
    if [ ! -e "$DATA_ROOT/identity" ]; then write_file "$DATA_ROOT/identity" "$(identity)"; fi
    if [ -e "$DATA_ROOT/recovering" ]; then
        alone=yes
        write_durable "$DATA_ROOT/forced" yes || return 1
    fi
    raise_epoch || return 1
    phase starting
    # shellcheck disable=SC2046 # one flag a word, and no path has a space
    set -- $(tls_flags)
    etcd --name="$POD_NAME" --data-dir="$DATA_DIR" \
        --listen-peer-urls="$SCHEME://$LISTEN_ADDRESS:$PEER_PORT" \
        --listen-client-urls="$SCHEME://$LISTEN_ADDRESS:$CLIENT_PORT${TLS_DIR:+,$LOCAL_CLIENT_URL}" \
        --listen-metrics-urls="http://$LISTEN_ADDRESS:$METRICS_PORT" \
        --initial-advertise-peer-urls="$(peer_url_of "$ORDINAL")" \
        --advertise-client-urls="$(client_url_of "$ORDINAL")" \
        --initial-cluster-token="$token" \
        --initial-cluster-state="$state" --initial-cluster="$members" \
        --pre-vote=true ${alone:+--force-new-cluster} "$@" \
        --auth-token="jwt,sign-method=HS256,priv-key=$SECRETS_DIR/jwt-key/jwt-key,ttl=10m" &
    ETCD=$!
    duties &
    DUTIES=$!
    run_child "$ETCD" || result=$?
    end_duties
    return "$result"
}

# forget_last_start: what was only about the etcd before this one. The entry that this disk added is used from now on.
forget_last_start() {
    rm -f "$STATE_DIR/auth-proof" "$STATE_DIR/url-mended" "$STATE_DIR/exited" "$STATE_DIR/marker-seen" "$STATE_DIR/epoch-told" "$STATE_DIR/marker-agreed"
    rm -f "$DATA_ROOT/unlaunched"
    sync "$DATA_ROOT"
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
