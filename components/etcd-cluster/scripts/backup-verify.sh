#!/bin/sh
# Third step of a backup: restores what was read back from the store into an etcd of its own, on loopback, logs in with the password of the
# Secret, and compares what it holds with the living members. Only then a manifest is made. The steps are told in lib/backup-steps.sh.
set -eu

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
for library in common files etcd snapshot backup-steps backup-compare; do
    # shellcheck source=/dev/null
    . "$SCRIPTS_DIR/lib/$library.sh"
done

START_SECONDS=${START_SECONDS:-300}       # for the restored etcd to answer
OWN=http://$LOCAL_ADDRESS:$CLIENT_PORT
NO_BACKUP="It is no backup, and has no manifest; backups of before are untouched"

# main: restore, log in, compare.
main() {
    begin
    restore_alone
    await_login
    refuse_without_auth
    prove
    write_manifest
    note proven "$(fact sha256)"
    log "proven: revision $REVISION, hash $HASH; $AGREED of $ANSWERED members that answered hold the same"
}

# restore_alone: a cluster of one of the snapshot, which nobody else can reach, and its etcd in the background. The revision is not raised:
# it is compared.
restore_alone() {
    local peer="http://$LOCAL_ADDRESS:$PEER_PORT"
    rm -rf "$WORK_DIR/proof"
    log "restoring what was read back"
    if ! utility snapshot restore "$SNAPSHOT" --data-dir="$WORK_DIR/proof" --name=proof --initial-cluster="proof=$peer" \
        --initial-advertise-peer-urls="$peer" --initial-cluster-token="$POD_NAME" >"$STATE_DIR/snapshot-error" 2>&1; then
        fail restore "what was read back cannot be restored: $(complaint "$STATE_DIR/snapshot-error"). $NO_BACKUP"
    fi
    etcd --data-dir="$WORK_DIR/proof" --name=proof --listen-client-urls="$OWN" --advertise-client-urls="$OWN" \
        --listen-peer-urls="$peer" >"$WORK_DIR/etcd.log" 2>&1 &
    RESTORED=$!
}

# await_login: until the restored etcd accepts the password of the Secret.
await_login() {
    local since
    since=$(now)
    until ask 10 "$OWN" get --limit=1 --keys-only / >/dev/null; do
        if is_wrong_password; then
            fail login "the restored etcd does not accept the password in Secret $SET_NAME-root-password: $CTL_ERROR. Where the password was rotated while this backup was made, the next one will do. $NO_BACKUP"
        fi
        if ! kill -0 "$RESTORED" 2>/dev/null; then
            fail restore "the restored etcd does not start: $(tail -n 1 "$WORK_DIR/etcd.log" | cut -c 1-300). $NO_BACKUP"
        fi
        if is_over "$since" "$START_SECONDS"; then fail restore "the restored etcd does not answer within $START_SECONDS s: $CTL_ERROR. $NO_BACKUP"; fi
        sleep 1
    done
}

# refuse_without_auth: a password opens everything where auth is off, so the login proves nothing unless a read without one is refused.
refuse_without_auth() {
    if bounded 15 etcdctl --endpoints="$OWN" --dial-timeout=5s --command-timeout=10s get --limit=1 --keys-only / >/dev/null 2>&1; then
        fail auth-off "auth is off in what was restored: whoever restored it would have an open cluster. $NO_BACKUP"
    fi
}

# prove: compares with the living members, several times if need be: they may compact meanwhile.
prove() {
    local try
    read_revision || fail restore "the restored etcd does not tell its hash: $CTL_ERROR. $NO_BACKUP"
    for try in $(seq "$TRIES"); do
        if find_voters && compare_hashes; then return 0; fi
        log "not proven at try $try of $TRIES: $WHY"
        if [ "$try" != "$TRIES" ]; then sleep 3; fi
    done
    fail "$CAUSE" "$WHY. $NO_BACKUP"
}

# find_voters: LIST, of the cluster that the snapshot is of.
find_voters() {
    local i
    CAUSE=no-quorum WHY='no member serves' CTL_ERROR=''
    # shellcheck disable=SC2046 # one word an ordinal
    for i in $(serving $(ordinals "$MOST_REPLICAS")); do
        if ! read_list "$(client_url_of "$i")"; then
            WHY="$SET_NAME-$i does not tell the member list: $CTL_ERROR"
        elif [ "$CLUSTER" = "$(fact cluster)" ]; then
            return 0
        else
            CAUSE=hash WHY="the members are of cluster $CLUSTER by now, and this is of $(fact cluster)"
        fi
    done
    return 1
}

# write_manifest: what publish will write beside the file. All values are numbers, IDs and times of our own making.
write_manifest() {
    printf '{"file":"%s.db","sha256":"%s","size":%s,"revision":%s,"hash":%s,"compactRevision":%s,"keys":%s,"clusterId":"%s","etcdVersion":"%s","taken":"%s","proven":"%s","members":%s,"agreed":%s,"reason":"%s"}\n' \
        "$(object_name)" "$(fact sha256)" "$(fact size)" "$REVISION" "$HASH" "$COMPACTED" "$(fact keys)" "$(fact cluster)" "$(fact version)" \
        "$(fact taken)" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$ANSWERED" "$AGREED" "${REASON:-schedule}" >"$WORK_DIR/manifest.json"
}

main "$@"
