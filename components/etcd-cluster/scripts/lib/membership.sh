#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# The member list: how it is read, compared and changed. Sourced, never run.
# A list is the output of `etcdctl member list`, one member a line, fields parted by ", ":
#   1 ID (hex)  2 started|unstarted  3 name  4 peer URLs  5 client URLs  6 true for a learner
# Fields are compared whole: "started" is also a part of "unstarted", and etcd-1 of etcd-10. IDs are compared as text (`id ""`):
# to awk 25678963e534404 is a number, infinite, and busybox finds it unequal to itself.

# ctl ENDPOINT ARGS...: etcdctl as root against one endpoint. The password travels in the environment of that one
# process, never in its arguments. A cluster whose auth is still off ignores it.
ctl() {
    local endpoint="$1" code=0
    shift
    ETCDCTL_USER=root ETCDCTL_PASSWORD=$(cat "$PASSWORD_FILE") \
        timeout 9 etcdctl --endpoints="$endpoint" --dial-timeout=2s --command-timeout=5s "$@" \
        2>"$STATE_DIR/ctl-error.$$" || code=$?
    case $code in
        0) return 0 ;;
        124 | 143) CTL_ERROR='no answer from etcd within 9 s' ;;
        *) CTL_ERROR=$(ctl_error) ;;
    esac
    return 1
}

# ctl_error: the last line that etcdctl printed as an error, without its client library's JSON log.
ctl_error() {
    local text
    text=$(grep -v '^{' "$STATE_DIR/ctl-error.$$" | tail -n 1 | cut -c 1-300)
    printf '%s' "${text:-no answer from etcd in time}"
}

# read_list ENDPOINT: sets LIST, linearizable, from one voter. Before 3.5 the list itself may be stale; a linearizable read
# on the same endpoint first makes it as new as that read.
read_list() {
    case ${SERVER_VERSION:=$(etcd --version | awk '/^etcd Version:/ { print $3 }')} in
        3.4.*) ctl "$1" get --limit=1 --keys-only / >/dev/null || return 1 ;;
    esac
    ctl "$1" member list >"$STATE_DIR/list.$$" || return 1
    LIST=$(cat "$STATE_DIR/list.$$")
}

# serves ORDINAL: whether that member is a voter with a quorum behind it, as it says itself; three seconds at most.
serves() {
    fetch "$(metrics_url_of "$1")/readyz" >/dev/null
}

# ask_others COUNT: sets LIST and VOTER (the endpoint that answered), asking the other ordinals below COUNT in turn; a
# learner cannot answer, so whoever does is a voter and has a quorum behind it. Fails, with CTL_ERROR, if nobody does.
ask_others() {
    local i
    CTL_ERROR='there is no other member to ask'
    for i in $(ordinals "$1"); do
        if [ "$i" = "$ORDINAL" ]; then continue; fi
        if ! serves "$i"; then
            CTL_ERROR="$SET_NAME-$i does not serve"
            continue
        fi
        VOTER=$(client_url_of "$i")
        if read_list "$VOTER"; then return 0; fi
    done
    return 1
}

# entry_with_url URL, entry_with_id ID, entry_with_name NAME: the line of LIST that has it, or nothing.
entry_with_url() {
    printf '%s\n' "$LIST" | awk -F ', ' -v url="$1" '{ n = split($4, urls, ","); for (i = 1; i <= n; i++) if (urls[i] == url) { print; exit } }'
}
entry_with_id() {
    printf '%s\n' "$LIST" | awk -F ', ' -v id="$1" '$1 == id "" { print; exit }'
}
entry_with_name() {
    printf '%s\n' "$LIST" | awk -F ', ' -v name="$1" '$3 == name { print; exit }'
}

# field N LINE: the Nth field of a line of the list.
field() {
    printf '%s\n' "$2" | awk -F ', ' -v n="$1" '{ print $n }'
}

# members_of_this_set: "ORDINAL ID" for each entry of LIST that carries the name of one of our pods; a member that never
# started has no name yet, so the host of its peer URL stands in. Foreign names are left out, whatever they look like.
members_of_this_set() {
    printf '%s\n' "$LIST" | awk -F ', ' -v set="$SET_NAME" '
        {
            name = $3
            if (name == "") { name = $4; sub(/^[a-z]+:\/\//, "", name); sub(/[.:].*$/, "", name) }
            if (substr(name, 1, length(set) + 1) != set "-") next
            ordinal = substr(name, length(set) + 2)
            if (ordinal ~ /^(0|[1-9][0-9]*)$/) print ordinal, $1
        }' | sort -rn
}

# initial_cluster: LIST as a value for --initial-cluster. etcd matches peer URLs, names only have to differ; members
# that never started have none, so every name is taken from the URL's host and the line number.
initial_cluster() {
    printf '%s\n' "$LIST" | awk -F ', ' -v me="$POD_NAME" -v mine="$(peer_url_of "$ORDINAL")" '
        {
            n = split($4, urls, ",")
            for (i = 1; i <= n; i++) {
                name = urls[1]; sub(/^[a-z]+:\/\//, "", name); sub(/[.:].*$/, "", name)
                if (urls[i] == mine) name = me; else name = name "-member-" NR
                printf "%s%s=%s", sep, name, urls[i]; sep = ","
            }
        }'
}

# quorum_stays ID: whether the voters that remain without that member, as far as they serve at this moment, are a quorum of
# the remaining voters. Learners do not vote, so removing one is always safe. A foreign member cannot be asked; started counts.
quorum_stays() {
    local i id dead=''
    if [ "$(field 6 "$(entry_with_id "$1")")" = true ]; then return 0; fi
    members_of_this_set >"$STATE_DIR/asked.$$"
    while read -r i id; do
        if [ "$id" != "$1" ] && ! serves "$i"; then dead="$dead $id "; fi
    done <"$STATE_DIR/asked.$$"
    printf '%s\n' "$LIST" | awk -F ', ' -v id="$1" -v dead="$dead" '
        $1 == id "" || $6 == "true" { next }
        { voters++; if ($2 == "started" && index(dead, " " $1 " ") == 0) alive++ }
        END { exit !(voters > 0 && alive >= int(voters / 2) + 1) }'
}

# remove_member ENDPOINT ID: the only place that removes. Refuses when LIST says that the quorum would go; etcd's own
# strict-reconfig-check asks the same of the living connections.
remove_member() {
    if ! quorum_stays "$2"; then
        CTL_ERROR="member $2 is not removed: the voters that remain and serve would be no quorum"
        return 1
    fi
    log "removing member $2 from $(printf '%s\n' "$LIST" | awk -F ', ' '{ printf "%s%s %s %s", sep, $3 == "" ? $4 : $3, $1, $6 == "true" ? "learner" : $2; sep = "; " }')"
    ctl "$1" member remove "$2" >/dev/null
}

# read_metrics: sets HAS_LEADER, IS_LEADER, IS_LEARNER (0 or 1) and SERVER_ID (hex) of the local etcd. Needs no login.
read_metrics() {
    fetch "$LOCAL_METRICS_URL/metrics" >"$STATE_DIR/metrics.$$" || return 1
    # shellcheck disable=SC2046 # four words by construction
    set -- $(awk '
        $1 == "etcd_server_has_leader" { has = $2 }
        $1 == "etcd_server_is_leader" { is = $2 }
        $1 == "etcd_server_is_learner" { learner = $2 }
        /^etcd_server_id[{]/ { split($0, part, "\""); id = part[2] }
        END { print has + 0, is + 0, learner + 0, id }' "$STATE_DIR/metrics.$$")
    if [ $# -ne 4 ]; then return 1; fi
    HAS_LEADER=$1 IS_LEADER=$2 IS_LEARNER=$3 SERVER_ID=$4
}
