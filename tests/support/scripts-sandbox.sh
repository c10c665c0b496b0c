#!/bin/sh
# Process 1 of the sandbox of the script tests: loopback, a folder in memory, then the given command; reaps whatever the
# tests leave without a parent, and passes a request to stop on.
set -eu

busybox ip link set lo up
mount -t tmpfs -o mode=0755 sandbox /mnt
export SCRIPTS_SANDBOX=/mnt

"$@" &
child=$!
trap 'kill "$child"' TERM INT HUP
while :; do
    status=0
    wait "$child" || status=$?
    if ! kill -0 "$child" 2>/dev/null; then exit "$status"; fi
done
