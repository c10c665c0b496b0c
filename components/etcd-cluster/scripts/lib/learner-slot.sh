#!/bin/sh
# The one place that etcd has for a learner. Sourced by start.sh, never run.

# slot_is_free ID: whether LIST has no learner but that one, for etcd takes one at a time. One whose pod does not answer at all for a
# minute gives its place up: it has no vote, so that this is always safe, and joins anew when it comes back. One that answers keeps it.
slot_is_free() {
    local line id i since
    line=$(printf '%s\n' "$LIST" | awk -F ', ' -v id="$1" '$6 == "true" && $1 != id "" { print; exit }')
    i=$(printf '%s\n' "$line" | members_in | cut -d ' ' -f 1)
    if [ -z "$line" ] || [ -z "$i" ] || fetch "$(metrics_url_of "$i")/metrics" >/dev/null; then
        rm -f "$STATE_DIR/silent-learner"
        if [ -z "$line" ]; then return 0; fi
        status "waiting for a turn to join: member $(field 1 "$line") is joining"
        return 1
    fi
    id=$(field 1 "$line")
    since=$(seen_since "$STATE_DIR/silent-learner" "$id")
    status "waiting for a turn to join: learner $id of $SET_NAME-$i has the place, and does not answer; it is taken out after a minute of that"
    if is_over "$since" 60; then
        remove_member "$VOTER" "$id" || log "not removed: $CTL_ERROR"
        rm -f "$STATE_DIR/silent-learner"
    fi
    return 1
}
