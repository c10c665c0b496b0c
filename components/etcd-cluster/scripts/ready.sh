#!/bin/sh
# Readiness: etcd serves linearizable reads, is a voter, and auth has been proven since it started. Cheap, needs no
# password. When it fails, `kubectl describe pod` shows the line that it prints.
set -eu

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
for library in common files; do
    # shellcheck source=/dev/null
    . "$SCRIPTS_DIR/lib/$library.sh"
done

# main: exits 0 when ready.
main() {
    if [ -e "$STATE_DIR/leaving" ]; then
        echo 'leaving the cluster'
        exit 1
    fi
    if [ ! -e "$STATE_DIR/auth-proof" ]; then
        read_file "$STATE_DIR/status"
        exit 1
    fi
    if ! timeout 7 wget -q -O /dev/null "$LOCAL_METRICS_URL/readyz" 2>/dev/null; then
        echo "etcd's /readyz fails: no leader, or too slow to answer. $(read_file "$STATE_DIR/status")"
        exit 1
    fi
}

main "$@"
