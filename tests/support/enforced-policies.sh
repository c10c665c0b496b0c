#!/bin/sh
# Runs a program that knows the API server only as a pod does: with a token and a CA where a service account has them, in a mount
# namespace that ends with the program.
# Arguments: folder with token and ca.crt, the program and its arguments.
set -eu
if [ "${1-}" != --inside ]; then
    exec unshare --mount --propagation slave /bin/sh "$0" --inside "$@"
fi
credentials=$2
shift 2
mount -t tmpfs -o mode=0700 credentials "$(readlink -f /var/run)"
mkdir -p /var/run/secrets/kubernetes.io/serviceaccount
cp "$credentials/token" "$credentials/ca.crt" /var/run/secrets/kubernetes.io/serviceaccount/
exec "$@"
