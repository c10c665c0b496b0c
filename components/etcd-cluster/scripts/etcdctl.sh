#!/bin/sh
# etcdctl as user root, for people: kubectl exec POD -c etcd -- /toolbox/sh /scripts/etcdctl.sh endpoint status --cluster -w table
#
# Takes what etcdctl takes, in every mode of TLS, and asks the etcd of this pod unless --endpoints names others. Standard input and the
# exit status are etcdctl's own. The password travels in the environment of that one process, never in its arguments; a cluster whose
# auth is off ignores it. What is given as an argument counts: --user, --password, --endpoints, or a certificate of one's own.
set -eu

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
# shellcheck source=/dev/null
. "$SCRIPTS_DIR/lib/common.sh"

# main ARGS...: becomes etcdctl. It refuses to be told the same by a variable and by an argument.
main() {
    # A login may take longer than the two seconds that etcdctl has for it, where CPU is scarce.
    if ! is_given dial-timeout "$@"; then export ETCDCTL_DIAL_TIMEOUT=10s; fi
    if is_given cacert "$@"; then unset ETCDCTL_CACERT; fi
    if is_given cert "$@"; then unset ETCDCTL_CERT; fi
    if is_given key "$@"; then unset ETCDCTL_KEY; fi
    if ! is_given user "$@"; then
        export ETCDCTL_USER=root
        if ! is_given password "$@"; then find_password; fi
    fi
    if ! is_given endpoints "$@"; then export ETCDCTL_ENDPOINTS="$LOCAL_CLIENT_URL"; fi
    exec etcdctl "$@"
}

# is_given NAME ARGS...: whether the option --NAME is among the arguments.
is_given() {
    local name="$1" arg
    shift
    for arg in "$@"; do
        case $arg in
            --) return 1 ;;
            "--$name" | "--$name="*) return 0 ;;
        esac
    done
    return 1
}

# find_password: the one of the Secret; while that is being rotated the one before, as long as only that opens etcd.
find_password() {
    local previous="$SECRETS_DIR/root-password/previous"
    ETCDCTL_PASSWORD=$(cat "$PASSWORD_FILE")
    export ETCDCTL_PASSWORD
    if [ -e "$previous" ] && is_refused; then ETCDCTL_PASSWORD=$(cat "$previous"); fi
}

# is_refused: whether etcd does not know this password. Standard input is not for this question.
is_refused() {
    ETCDCTL_ENDPOINTS=$LOCAL_CLIENT_URL etcdctl get --limit=1 --keys-only / 2>&1 >/dev/null </dev/null | grep -q 'authentication failed'
}

main "$@"
