#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# The member list: how it is compared and changed. Sourced, never run.
# A list is the output of `etcdctl member list`, one member a line, fields parted by ", ":
#   1 ID (hex)  2 started|unstarted  3 name  4 peer URLs  5 client URLs  6 true for a learner
# Fields are compared whole: "started" is also a part of "unstarted", and etcd-1 of etcd-10. IDs are compared as text (`id ""`):
# to awk 25678963e534404 is a number, infinite, and busybox finds it unequal to itself.

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

# is_learner LINE: whether that entry is one without a vote.
is_learner() {
    [ "$(field 6 "$1")" = true ]
}

# members_of_this_set: "ORDINAL ID" for each entry of LIST that belongs to one of our pods, highest ordinal first.
members_of_this_set() {
    printf '%s\n' "$LIST" | members_in | sort -rn
}

# members_in: "ORDINAL ID" for each line of standard input that carries the name of one of our pods; a member that never started
# has no name yet, so the host of its peer URL stands in. Foreign names are left out, whatever they look like.
members_in() {
    awk -F ', ' -v set="$SET_NAME" '
        {
            name = $3
            if (name == "") { name = $4; sub(/^[a-z]+:\/\//, "", name); sub(/[.:].*$/, "", name) }
            if (substr(name, 1, length(set) + 1) != set "-") next
            ordinal = substr(name, length(set) + 2)
            if (ordinal ~ /^(0|[1-9][0-9]*)$/) print ordinal, $1
        }'
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
# the remaining voters. Learners do not vote, so removing one is always safe.
quorum_stays() {
    local line voters=0 serving=0
    if is_learner "$(entry_with_id "$1")"; then return 0; fi
    voters_without "$1" >"$STATE_DIR/voters.$$"
    while read -r line; do
        voters=$((voters + 1))
        if voter_serves "$line"; then serving=$((serving + 1)); fi
    done <"$STATE_DIR/voters.$$"
    [ "$serving" -gt $((voters / 2)) ]
}

# voters_without ID: the lines of LIST of all voters but that one.
voters_without() {
    printf '%s\n' "$LIST" | awk -F ', ' -v id="$1" '$1 != id "" && $6 != "true"'
}

# voter_serves LINE: whether that voter is started and serves. A foreign member cannot be asked; started counts.
voter_serves() {
    local i
    if [ "$(field 2 "$1")" != started ]; then return 1; fi
    i=$(printf '%s\n' "$1" | members_in | cut -d ' ' -f 1)
    [ -z "$i" ] || serves "$i"
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
