#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# How etcd is asked: the local one and the other members, with a login and without. Sourced, never run.

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

# read_list ENDPOINT: sets LIST, linearizable, from one voter, and CLUSTER, the ID of the cluster that it is about. Before 3.5 the list
# itself may be stale; a linearizable read on the same endpoint first makes it as new as that read.
read_list() {
    case ${SERVER_VERSION:=$(etcd --version | awk '/^etcd Version:/ { print $3 }')} in
        3.4.*) ctl "$1" get --limit=1 --keys-only / >/dev/null || return 1 ;;
    esac
    ctl "$1" member list -w fields >"$STATE_DIR/list.$$" || return 1
    CLUSTER=$(hex "$(awk '$1 == "\"ClusterID\"" { print $3; exit }' "$STATE_DIR/list.$$")")
    LIST=$(lines_of_fields <"$STATE_DIR/list.$$" | with_hex_ids)
}

# with_hex_ids: lines of a list whose IDs are decimal, with IDs as etcd prints them.
with_hex_ids() {
    local id rest
    while IFS=, read -r id rest; do printf '%s,%s\n' "$(hex "$id")" "$rest"; done
}

# hex DECIMAL: an ID as etcd prints it.
hex() {
    if is_number "$1"; then printf '%x' "$1"; fi
}

# lines_of_fields: what `member list -w fields` prints of each member as one line; see membership.sh. IDs stay decimal: they are too
# long for the numbers of awk.
lines_of_fields() {
    awk '
        function flush() {
            if (id != "") printf "%s, %s, %s, %s, %s, %s\n", id, name == "" ? "unstarted" : "started", name, peers, clients, learner
            id = name = peers = clients = learner = ""
        }
        { value = $0; sub(/^[^:]*: /, "", value); gsub(/^"|"$/, "", value) }
        $1 == "\"ID\"" { flush(); id = value }
        $1 == "\"Name\"" { name = value }
        $1 == "\"PeerURL\"" { peers = peers (peers == "" ? "" : ",") value }
        $1 == "\"ClientURL\"" { clients = clients (clients == "" ? "" : ",") value }
        $1 == "\"IsLearner\"" { learner = value }
        END { flush() }'
}

# serves ORDINAL: whether that member is a voter with a quorum behind it, as it says itself; three seconds at most.
serves() {
    fetch "$(metrics_url_of "$1")/readyz" >/dev/null
}

# serving ORDINALS...: prints those of these members that serve, in order. All are asked at the same time, so that it takes three
# seconds however many are silent.
serving() {
    local i
    {
        for i in "$@"; do
            if serves "$i"; then echo "$i"; fi &
        done
        wait
    } | sort -n
}

# others COUNT: prints the ordinals below COUNT but our own.
others() {
    local i
    for i in $(ordinals "$1"); do
        if [ "$i" != "$ORDINAL" ]; then echo "$i"; fi
    done
}

# ask_others COUNT [CLUSTER_ID]: sets LIST, CLUSTER and VOTER (the endpoint that answered), asking the other ordinals below COUNT; a learner
# cannot answer, so whoever does is a voter and has a quorum behind it. An answer is evidence only about the cluster that gave it, so
# with CLUSTER_ID only members of that one count. Fails, with CTL_ERROR, if nobody does.
ask_others() {
    local i asked
    asked=$(others "$1")
    CTL_ERROR='there is no other member to ask'
    if [ -z "$asked" ]; then return 1; fi
    CTL_ERROR='no other member serves'
    # shellcheck disable=SC2086 # one word an ordinal
    for i in $(serving $asked); do
        VOTER=$(client_url_of "$i")
        if ! read_list "$VOTER"; then continue; fi
        if [ -z "${2:-}" ] || [ "$CLUSTER" = "$2" ]; then return 0; fi
        CTL_ERROR="$SET_NAME-$i is of another cluster, $CLUSTER"
    done
    return 1
}

# read_metrics [URL]: sets HAS_LEADER, IS_LEADER, IS_LEARNER (0 or 1) and SERVER_ID (hex) of the etcd whose metrics are there, which is the
# local one if none is named. Needs no login.
read_metrics() {
    fetch "${1:-$LOCAL_METRICS_URL}/metrics" >"$STATE_DIR/metrics.$$" || return 1
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
