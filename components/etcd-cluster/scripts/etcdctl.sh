#!/bin/sh
# etcdctl as user root, for people: kubectl exec POD -c etcd -- /toolbox/sh /scripts/etcdctl.sh endpoint status --cluster -w table
#
# Takes what etcdctl takes, in every mode of TLS, and asks the etcd of this pod unless --endpoints names others. Standard input and the
# exit status are etcdctl's own. The password travels in the environment of that one process, never in its arguments; a cluster whose
# auth is off ignores it. What is given as an argument counts: --user, --password, --endpoints, or a certificate of one's own.
set -eu

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
for library in common files etcd; do
    # shellcheck source=/dev/null
    . "$SCRIPTS_DIR/lib/$library.sh"
done

# main ARGS...: becomes etcdctl. It refuses to be told the same by a variable and by an argument.
main() {
    if ! is_given endpoints "$@"; then export ETCDCTL_ENDPOINTS="$LOCAL_CLIENT_URL"; fi
    if is_given cacert "$@"; then unset ETCDCTL_CACERT; fi
    if is_given cert "$@"; then unset ETCDCTL_CERT; fi
    if is_given key "$@"; then unset ETCDCTL_KEY; fi
    if ! is_given user "$@"; then
        export ETCDCTL_USER=root
        if ! is_given password "$@"; then log_in; fi
    fi
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

# log_in: with the password of the Secret; while it is being rotated with the one before, as long as only that opens etcd.
log_in() {
    local previous="$SECRETS_DIR/root-password/previous"
    if [ -e "$previous" ] && is_refused; then PASSWORD_FILE=$previous; fi
    ETCDCTL_PASSWORD=$(cat "$PASSWORD_FILE")
    export ETCDCTL_PASSWORD
}

# is_refused: whether user root does not have the password of the Secret yet. Standard input is not for this question.
is_refused() {
    local refused=no
    if ! ctl "$LOCAL_CLIENT_URL" get --limit=1 --keys-only / >/dev/null </dev/null; then
        case $CTL_ERROR in
            *'authentication failed'*) refused=yes ;;
        esac
    fi
    rm -f "$STATE_DIR"/*."$$"
    [ "$refused" = yes ]
}

main "$@"
