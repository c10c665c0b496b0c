#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# What every script shares: where things are, who this pod is, how it logs and how it says what it is waiting for.
# Sourced, never run. Configuration comes from the environment only; the pod template sets the names in the first block,
# the second block has defaults that only tests override.
set -eu

: "${POD_NAME:?}" "${POD_NAMESPACE:?}" "${SET_NAME:?}" "${SERVICE_NAME:?}" "${CLUSTER_DOMAIN:?}"
: "${MARKER_NAME:?}" "${REQUEST_NAME:?}" "${INITIAL_CLUSTER_TOKEN:?}"

DATA_ROOT=${DATA_ROOT:-/var/run/etcd}     # the persistent volume
STATE_DIR=${STATE_DIR:-/state}            # in memory, lives as long as the pod
SECRETS_DIR=${SECRETS_DIR:-/secrets}
UPTIME=${UPTIME:-/proc/uptime}
LISTEN_ADDRESS=${LISTEN_ADDRESS:-0.0.0.0}
LOCAL_ADDRESS=${LOCAL_ADDRESS:-127.0.0.1}
TLS_DIR=${TLS_DIR:-}                      # ca.crt, tls.crt and tls.key, if members and clients speak TLS
MOST_REPLICAS=${MOST_REPLICAS:-9}         # kept in step with settings/members.ts
CLIENT_PORT=2379
PEER_PORT=2380
METRICS_PORT=2381

DATA_DIR=$DATA_ROOT/default.etcd
PASSWORD_FILE=$SECRETS_DIR/root-password/password
ORDINAL=${POD_NAME##*-}
if [ -n "$TLS_DIR" ]; then
    # busybox can neither verify a certificate nor show one, so etcd listens without TLS as well, for this pod alone.
    SCHEME=https LOCAL_CLIENT_PORT=2378
    export ETCDCTL_CACERT="$TLS_DIR/ca.crt" ETCDCTL_CERT="$TLS_DIR/tls.crt" ETCDCTL_KEY="$TLS_DIR/tls.key"
else
    SCHEME=http LOCAL_CLIENT_PORT=$CLIENT_PORT
fi
LOCAL_CLIENT_URL=http://$LOCAL_ADDRESS:$LOCAL_CLIENT_PORT
LOCAL_METRICS_URL=http://$LOCAL_ADDRESS:$METRICS_PORT

# log TEXT...: one line with the time, to stderr (stdout belongs to results).
log() {
    printf '%s %s: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$POD_NAME" "$*" >&2
}

# status TEXT...: says what this pod is doing; the readiness probe prints it into `kubectl describe pod`.
# Logged only when it changes, so an hour's wait is one line.
status() {
    if [ "$*" != "$(read_file "$STATE_DIR/status")" ]; then
        write_file "$STATE_DIR/status" "$*"
        log "$*"
    fi
}

# phase waiting|starting|running: what the liveness probe may expect of etcd.
phase() {
    write_file "$STATE_DIR/phase" "$1"
}

# fetch URL: prints what a local or peer HTTP endpoint answers; fails on any status but 200, and after three seconds.
fetch() {
    timeout 3 wget -q -O - "$1" 2>/dev/null
}

# host_of ORDINAL: the DNS name of that ordinal's pod, stable over restarts.
host_of() {
    printf '%s-%s.%s.%s.svc.%s' "$SET_NAME" "$1" "$SERVICE_NAME" "$POD_NAMESPACE" "$CLUSTER_DOMAIN"
}

# peer_url_of ORDINAL, client_url_of ORDINAL, metrics_url_of ORDINAL: byte-identical everywhere, so etcd need not resolve
# names to compare them. Health and metrics are no secret and never speak TLS.
peer_url_of() {
    printf '%s://%s:%s' "$SCHEME" "$(host_of "$1")" "$PEER_PORT"
}
client_url_of() {
    printf '%s://%s:%s' "$SCHEME" "$(host_of "$1")" "$CLIENT_PORT"
}
metrics_url_of() {
    printf 'http://%s:%s' "$(host_of "$1")" "$METRICS_PORT"
}

# ordinals COUNT: 0 .. COUNT-1, one a line; nothing for 0.
ordinals() {
    seq 0 $(($1 - 1))
}

# now: seconds on a clock that only goes forward and that nobody sets. It begins anew with the machine, so it is only kept beside files
# that do the same: in memory, never on the volume nor in the marker.
now() {
    local uptime idle
    read -r uptime idle <"$UPTIME"
    printf '%s\n' "${uptime%%.*}"
}

# age SINCE: how many seconds ago that moment of `now` was; nothing when it is none, or ahead: then it is of another boot.
age() {
    local current
    current=$(now)
    if is_number "$1" && [ "$1" -le "$current" ]; then echo $((current - $1)); fi
}

# is_over SINCE SECONDS: whether that long has passed since that moment of `now`.
is_over() {
    local passed
    passed=$(age "$1")
    is_number "$passed" && [ "$passed" -ge "$2" ]
}

# is_number TEXT: whether it is a plain decimal number.
is_number() {
    case $1 in
        '' | *[!0-9]*) return 1 ;;
    esac
}
