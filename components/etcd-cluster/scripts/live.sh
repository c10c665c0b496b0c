#!/bin/sh
# Liveness: an etcd that once served still answers by itself. Needs no quorum and no password, and never fails for a pod
# that waits by design or replays a long WAL.
set -eu

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
for library in common files; do
    # shellcheck source=/dev/null
    . "$SCRIPTS_DIR/lib/$library.sh"
done

# main: exits 0 when alive.
main() {
    if [ "$(read_file "$STATE_DIR/phase")" != running ]; then exit 0; fi
    if ! timeout 7 wget -q -O /dev/null "$LOCAL_METRICS_URL/livez" 2>/dev/null; then
        echo "etcd's /livez does not answer"
        exit 1
    fi
}

main "$@"
