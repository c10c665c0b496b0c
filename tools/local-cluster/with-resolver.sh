#!/bin/sh
# Runs a command with another resolv.conf, in a mount namespace that ends with the command.
# Arguments: the file, the command and its arguments.
set -eu
if [ "${1-}" != --inside ]; then
    exec unshare --mount --propagation slave /bin/sh "$0" --inside "$@"
fi
mount --bind "$2" "$(readlink -f /etc/resolv.conf)"
shift 2
exec "$@"
