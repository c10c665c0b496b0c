#!/bin/sh
# Prints the members of the cluster as a table. Read-only; for people: kubectl exec POD -c etcd -- /toolbox/sh /scripts/members.sh
set -eu

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
for library in common files kube etcd membership; do
    # shellcheck source=/dev/null
    . "$SCRIPTS_DIR/lib/$library.sh"
done

# any_list: LIST from the local member, or from whichever voter answers.
any_list() {
    read_list "$LOCAL_CLIENT_URL" || { read_statefulset && ask_others "$STS_REPLICAS"; }
}

# find_alarms: ALARMS, one line for each: the member's ID as the list has it, and the alarm. etcdctl prints the ID as a decimal number.
# A pod is Ready and /readyz passes with alarm NOSPACE, so nothing else would show it.
find_alarms() {
    local id alarm
    ALARMS=$(ctl "$LOCAL_CLIENT_URL" alarm list | sed -n 's/^memberID:\([0-9]*\)  *alarm:\([A-Z]*\).*/\1 \2/p' |
        while read -r id alarm; do printf '%s %s\n' "$(hex "$id")" "$alarm"; done) || ALARMS=''
}

# alarm_of ID: the alarm of that member, or nothing.
alarm_of() {
    printf '%s\n' "$ALARMS" | awk -v id="$1" '$1 == id { print $2; exit }'
}

# explain_alarms: below the table, what an alarm means for all and where the way out is.
explain_alarms() {
    case $ALARMS in *' NOSPACE'*)
        echo "alarm NOSPACE: a database is full, and all members refuse writes. Reads and deletes go on. See docs/operations.md, 'The database is full'." ;;
    esac
    case $ALARMS in *' CORRUPT'*)
        echo "alarm CORRUPT: members do not hold the same data. See docs/operations.md, 'Alarm CORRUPT'." ;;
    esac
}

# row LINE: one member, from the list and from what its own metrics port says. An alarm comes before all else that can be said of it.
row() {
    local name url health=unreachable role=- version=- size=- alarm
    name=$(field 3 "$1")
    url=$(metrics_url_in "$1")
    if [ -n "$url" ] && fetch "$url/metrics" >"$STATE_DIR/metrics.$$"; then
        figures >"$STATE_DIR/figures.$$"
        read -r role version size <"$STATE_DIR/figures.$$"
        # One that catches up serves nobody yet, and nothing is wrong with it.
        if [ "$role" = learner ]; then health=learner; else health=unhealthy; fi
        if fetch "$url/readyz" >/dev/null; then health=healthy; fi
    fi
    alarm=$(alarm_of "$(field 1 "$1")")
    health=${alarm:-$health}
    print_row "${name:-(not started)}" "$(field 1 "$1")" "$role" "$version" "$size" "$health"
}

# metrics_url_in LINE: the metrics port beside its first client URL, or nothing when it has none. It never speaks TLS.
metrics_url_in() {
    field 5 "$1" | cut -d , -f 1 | sed "s/^https:/http:/; s/:$CLIENT_PORT\$/:$METRICS_PORT/"
}

# figures: role, version and size of the database, in the metrics just fetched.
figures() {
    awk '
        $1 == "etcd_server_is_leader" { leader = $2 }
        $1 == "etcd_server_is_learner" { learner = $2 }
        $1 == "etcd_mvcc_db_total_size_in_bytes" { size = $2 }
        /^etcd_server_version[{]/ { split($0, part, "\""); version = part[2] }
        END {
            role = leader == 1 ? "leader" : learner == 1 ? "learner" : "follower"
            printf "%s %s %.1fMB\n", role, version == "" ? "-" : version, size / 1000000
        }' "$STATE_DIR/metrics.$$"
}

# print_row NAME ID ROLE VERSION SIZE HEALTH: one line of the table.
print_row() {
    printf '%-36s %-17s %-9s %-9s %-8s %s\n' "$@"
}

# main: the table.
main() {
    local line
    if ! any_list; then
        echo "no member answers: ${CTL_ERROR:-$KUBE_ERROR}" >&2
        exit 1
    fi
    find_alarms
    print_row NAME ID ROLE VERSION DB-SIZE HEALTH
    printf '%s\n' "$LIST" | sort -t , -k 3 >"$STATE_DIR/table.$$"
    while read -r line; do row "$line"; done <"$STATE_DIR/table.$$"
    explain_alarms
    rm -f "$STATE_DIR"/*."$$"
}

main "$@"
