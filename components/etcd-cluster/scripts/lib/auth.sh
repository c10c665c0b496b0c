#!/bin/sh
# Auth is on, with our password, or this pod is not Ready. Sourced, never run. Any number of pods may run this at once.
# The proof is made once per start of etcd and content of the Secret, because a login costs a tenth of a second of CPU (bcrypt).

# prove_auth: succeeds, and leaves the proof for the readiness probe, when a read without a login is refused and a login
# with our password works. Turns auth on where it is off, and rotates the password when the Secret has a new one. Meanwhile the
# proof of before stands: etcd is no less closed, and no Secret, however wrong, makes members unready that serve.
prove_auth() {
    local secret
    if ! secret=$(sha256sum "$PASSWORD_FILE"); then
        status "NOT READY: the Secret with the password of user root, $SET_NAME-root-password or the one that rootPasswordSecret names, has no key 'password'"
        return 1
    fi
    if [ "$(read_file "$STATE_DIR/auth-proof")" = "$secret" ]; then return 0; fi
    if [ -e "$STATE_DIR/auth-proof" ] && ! every 5 prove-auth; then return 1; fi
    case $(anonymous_read) in
        allowed)
            enable_auth
            return 1
            ;;
        refused) ;;
        *)
            status "NOT READY: cannot tell yet whether auth is on: $(ctl_error)"
            return 1
            ;;
    esac
    if ! ctl "$LOCAL_CLIENT_URL" get --limit=1 --keys-only / >/dev/null; then
        case $CTL_ERROR in
            *'authentication failed'*) ;;
            *)
                status "NOT READY: cannot tell yet whether user root accepts its password: $CTL_ERROR"
                return 1
                ;;
        esac
        if rotate_password; then return 1; fi
        status "NOT READY: auth is on, but user root does not accept the password in Secret $SET_NAME-root-password, or the one that rootPasswordSecret names ($CTL_ERROR). The data is safe. Restore the password that the cluster knows; see docs/operations.md, 'Wrong root password'."
        return 1
    fi
    write_file "$STATE_DIR/auth-proof" "$secret"
    log 'auth is on: a read without a login is refused, and user root logs in'
}

# rotate_password: where the password before this one, if the Secret has it, still opens etcd, user root gets the new one. Any number
# of pods may do that at once, and again after a kill: it is one change in etcd. A pod whose Secret is not the new one yet has
# nothing that opens, and so cannot turn it back.
rotate_password() {
    local previous="$SECRETS_DIR/root-password/previous" current="$PASSWORD_FILE" code=0
    if [ ! -e "$previous" ]; then return 1; fi
    # etcdctl would take it up to there, and the rest would be lost.
    case $(cat "$current") in
        *' '*) return 1 ;;
    esac
    PASSWORD_FILE=$previous
    ctl "$LOCAL_CLIENT_URL" user passwd root --interactive=false <"$current" >/dev/null || code=1
    PASSWORD_FILE=$current
    if [ "$code" = 0 ]; then log 'user root has the new password of the Secret; the one before it opens nothing any more'; fi
    return "$code"
}

# anonymous_read: prints allowed, refused, or unknown.
anonymous_read() {
    if timeout 9 etcdctl --endpoints="$LOCAL_CLIENT_URL" --dial-timeout=2s --command-timeout=5s \
        get --limit=1 --keys-only / >/dev/null 2>"$STATE_DIR/ctl-error.$$"; then
        echo allowed
    else
        case $(ctl_error) in
            *'user name is empty') echo refused ;;
            *) echo unknown ;;
        esac
    fi
}

# enable_auth: root user, root role, auth; each step is harmless when another pod has done it already. The marker says that the
# program was about to make user root: one that was there before belongs to somebody else.
enable_auth() {
    local users foreign
    if ! users=$(ctl "$LOCAL_CLIENT_URL" user list); then return 1; fi
    foreign=$(printf '%s\n' "$users" | awk '$0 != "" && $0 != "root" { print; exit }')
    if [ -n "$foreign" ]; then
        status "NOT READY: auth is off and there is a user '$foreign' that this program did not make. Nothing was changed. Find out who made it; if it belongs here, finish with 'etcdctl auth enable', else delete it. See docs/operations.md, 'Unknown users'."
        return 1
    fi
    if ! read_marker; then
        status "NOT READY: auth is off, and ConfigMap $MARKER_NAME cannot be read: $KUBE_ERROR"
        return 1
    fi
    if [ -z "$(marker_get root)" ]; then
        if [ "$users" = root ]; then
            status "NOT READY: auth is off and there is a user 'root' that this program did not make. Nothing was changed. Find out who made it; then 'etcdctl user delete root', or finish with 'etcdctl auth enable' if its password is the one in Secret $SET_NAME-root-password, or the one that rootPasswordSecret names. See docs/operations.md, 'Unknown users'."
            return 1
        fi
        marker_set root made "$(marker_get version)" || return 1
    fi
    log 'turning auth on'
    if [ "$users" = root ]; then set_password changepw; else set_password add; fi || return 1
    ctl "$LOCAL_CLIENT_URL" role add root >/dev/null || log "role root: $CTL_ERROR"
    ctl "$LOCAL_CLIENT_URL" user grant-role root root >/dev/null || log "grant role root: $CTL_ERROR"
    ctl "$LOCAL_CLIENT_URL" auth enable >/dev/null || log "auth enable: $CTL_ERROR"
}

# set_password add|changepw: user root gets the password of the Secret. etcdctl would read a new password up to its first
# space, or take it as an argument for all to see; etcd's JSON gateway takes it whole, from a file in memory.
set_password() {
    local body="$STATE_DIR/password.json" result=0
    (
        umask 077
        printf '{"name":"root","password":"%s"}' \
            "$(sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' "$PASSWORD_FILE")" >"$body"
    )
    timeout 5 wget -q -O /dev/null --post-file="$body" "$LOCAL_CLIENT_URL/v3/auth/user/$1" 2>/dev/null || result=1
    rm -f "$body"
    return "$result"
}
