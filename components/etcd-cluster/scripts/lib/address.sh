#!/bin/sh
# The peer URL under which the member list knows this pod. A duty of a running etcd. Sourced, never run.

# mend_url: once per start, our entry gets the URL under which we are found now (another cluster domain, a take-over).
# One voter at a time: whoever has the lowest ordinal with an outdated entry goes first, and needs every peer started.
mend_url() {
    local mine
    if [ -e "$STATE_DIR/url-mended" ]; then return 0; fi
    read_list "$LOCAL_CLIENT_URL" || return 1
    mine=$(entry_with_id "$SERVER_ID")
    if [ -z "$mine" ]; then return 1; fi
    if [ "$(field 4 "$mine")" != "$(peer_url_of "$ORDINAL")" ]; then
        if outdated_before_me || somebody_unstarted; then return 1; fi
        log "peer URL of member $SERVER_ID: $(field 4 "$mine") becomes $(peer_url_of "$ORDINAL")"
        ctl "$LOCAL_CLIENT_URL" member update "$SERVER_ID" --peer-urls="$(peer_url_of "$ORDINAL")" >/dev/null || log "member update: $CTL_ERROR"
        return 1
    fi
    write_file "$STATE_DIR/url-mended" yes
}

# outdated_before_me: whether a lower ordinal's entry still carries an outdated URL.
outdated_before_me() {
    local i id
    members_of_this_set >"$STATE_DIR/members.$$"
    while read -r i id; do
        if [ "$i" -lt "$ORDINAL" ] && [ "$(field 4 "$(entry_with_id "$id")")" != "$(peer_url_of "$i")" ]; then return 0; fi
    done <"$STATE_DIR/members.$$"
    return 1
}

# somebody_unstarted: whether LIST has a member that never started.
somebody_unstarted() {
    printf '%s\n' "$LIST" | awk -F ', ' '$2 != "started" { found = 1 } END { exit !found }'
}
