#!/bin/sh
# First step of a backup: takes a snapshot from a follower, and examines it. It writes nothing anywhere but in its own pod. The steps are
# told in lib/backup-steps.sh.
set -eu

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
for library in common files etcd snapshot backup-steps backup-source; do
    # shellcheck source=/dev/null
    . "$SCRIPTS_DIR/lib/$library.sh"
done

: "${POD_UID:?}"

# main: one snapshot.
main() {
    local problem
    begin
    find_source
    refuse_without_room
    note taken "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    log "saving from $SOURCE"
    if ! save_snapshot; then
        fail save "no snapshot came from $SOURCE: $CTL_ERROR. Nothing was uploaded; backups of before are untouched"
    fi
    problem=$(examine "$SNAPSHOT")
    if [ -n "$problem" ]; then fail save "$problem. It came so from $SOURCE, and was not uploaded; backups of before are untouched"; fi
    note_snapshot
    log "saved $(fact size) bytes, revision $(fact revision), $(fact keys) keys"
}

# note_snapshot: what the other steps compare with.
note_snapshot() {
    note source "$SOURCE"
    note cluster "$CLUSTER"
    note pod "$POD_UID"
    note size "$(stat -c %s "$SNAPSHOT")"
    note sha256 "$(sha256sum "$SNAPSHOT" | cut -c 1-64)"
    note revision "$(awk -F ', ' 'NF > 2 { print $2; exit }' "$STATE_DIR/snapshot-status")"
    note keys "$(awk -F ', ' 'NF > 2 { print $3; exit }' "$STATE_DIR/snapshot-status")"
    note version "$(etcd --version | awk '/^etcd Version:/ { print $3 }')"
}

main "$@"
