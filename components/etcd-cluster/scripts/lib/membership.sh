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
# the remaining voters. Learners do not vote, so removing one is always safe. All are asked at the same time.
quorum_stays() {
    local serving
    if is_learner "$(entry_with_id "$1")"; then return 0; fi
    voters_without "$1" >"$STATE_DIR/voters.$$"
    serving=$(lines_that voter_serves <"$STATE_DIR/voters.$$" | wc -l)
    [ "$serving" -gt $(($(wc -l <"$STATE_DIR/voters.$$") / 2)) ]
}

# lines_that FUNCTION: prints the lines of standard input with which that function succeeds; it is run with all of them at once.
lines_that() {
    local line
    while read -r line; do
        if "$1" "$line"; then printf '%s\n' "$line"; fi &
    done
    wait
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

# next_to_leave COUNT: sets LEAVER, LEAVER_ID and LEAVER_STATE (silent or serves) for the entry of LIST that goes next of those whose
# ordinal is not below COUNT: first those that do not serve, since they only make the quorum larger, then the highest ordinal. Fails
# when there is none.
next_to_leave() {
    local i id
    members_of_this_set | awk -v count="$1" '$1 >= count' >"$STATE_DIR/members.$$"
    if [ ! -s "$STATE_DIR/members.$$" ]; then return 1; fi
    {
        while read -r i id; do
            if voter_serves "$(entry_with_id "$id")"; then echo "serves $i $id"; else echo "silent $i $id"; fi &
        done
        wait
    } <"$STATE_DIR/members.$$" | sort -k 1,1r -k 2,2rn >"$STATE_DIR/leavers.$$"
    read -r LEAVER_STATE LEAVER LEAVER_ID <"$STATE_DIR/leavers.$$"
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
