#!/bin/sh
# What a Job says while it works: events about itself. `kubectl describe job` shows all of them, and Pulumi's Kubernetes plugin, which waits
# for the Job, shows the Warnings to whoever runs `pulumi up`. Of each reason there is one event, which is written anew when there is
# something new to say. The pod template names the Job (JOB_NAME, JOB_UID). That nothing can be said is never a failure: the right may be
# missing, as before a change of the program. Sourced, never run.

QUIET_SECONDS=${QUIET_SECONDS:-12}        # a wait that is shorter is no news
REPEAT_SECONDS=${REPEAT_SECONDS:-30}      # how often a wait is told again while nothing changes

# tell: one look at the status, which others write. What is done is told at once, as Normal; a wait, which begins with that word, as Warning
# when it lasts, whenever it is for something else, and again and again. How long it lasts is part of the text: the plugin
# shows the same text only once.
tell() {
    local text since passed
    text=$(read_file "$STATE_DIR/status")
    case $text in
        waiting*) ;;
        *)
            rm -f "$STATE_DIR/waiting-since" "$STATE_DIR/told"
            if [ -n "$text" ]; then say_once Normal Progress "$text"; fi
            return
            ;;
    esac
    since=$(seen_since "$STATE_DIR/waiting-since")
    if ! is_over "$since" "$QUIET_SECONDS" || is_told "$text"; then return 0; fi
    passed=$(age "$since")
    write_file "$STATE_DIR/told" "$(now) $text"
    say Warning Waiting "${text#waiting: } (for $passed s)"
}

# is_told TEXT: whether that was told a moment ago. Another text is told sooner, but not at every look.
is_told() {
    local when='' what=''
    if [ -e "$STATE_DIR/told" ]; then read -r when what <"$STATE_DIR/told"; fi
    if [ "$what" = "$1" ]; then
        is_number "$when" && ! is_over "$when" "$REPEAT_SECONDS"
    else
        is_number "$when" && ! is_over "$when" 5
    fi
}

# say_once TYPE REASON TEXT: say, unless it is what was said last for that reason.
say_once() {
    local first='' count='' text=''
    if [ -e "$STATE_DIR/said-$2" ]; then read -r first count text <"$STATE_DIR/said-$2"; fi
    if [ "$text" != "$3" ]; then say "$@"; fi
}

# say TYPE REASON TEXT: writes an event of this Job; TYPE is Normal or Warning, REASON one word in CamelCase.
say() {
    local first='' count='' text='' at kept="${KUBE_ERROR:-}"
    if [ -z "${JOB_NAME:-}" ] || [ -z "${JOB_UID:-}" ]; then return 0; fi
    at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    if [ -e "$STATE_DIR/said-$2" ]; then read -r first count text <"$STATE_DIR/said-$2"; fi
    if ! is_number "$count"; then first=$at count=0; fi
    event_of "$1" "$2" "$(clean "$3")" "$first" "$at" $((count + 1)) >"$STATE_DIR/event"
    if write_event "$2" "$count"; then
        write_file "$STATE_DIR/said-$2" "$first $((count + 1)) $3"
    elif ! grep -Fqs "$KUBE_ERROR" "$STATE_DIR/unsaid"; then
        write_file "$STATE_DIR/unsaid" "$KUBE_ERROR"
        log "no event was written: $KUBE_ERROR"
    fi
    KUBE_ERROR=$kept
}

# write_event REASON COUNT: the event of that reason, which was written so often before, to the API server. It may be there without our
# knowing, and after an hour it is gone.
write_event() {
    local all="/api/v1/namespaces/$POD_NAMESPACE/events"
    if [ "$2" -gt 0 ] && kube replace --raw "$all/$(event_name "$1")" -f "$STATE_DIR/event" >/dev/null; then return 0; fi
    if kube create --raw "$all" -f "$STATE_DIR/event" >/dev/null; then return 0; fi
    case $KUBE_ERROR in
        *'(AlreadyExists)'* | *'already exists'*) kube replace --raw "$all/$(event_name "$1")" -f "$STATE_DIR/event" >/dev/null ;;
        *) return 1 ;;
    esac
}

# event_name REASON: the name of this pod's event of that reason.
event_name() {
    # shellcheck disable=SC2153 # no misspelling
    printf '%s.%s' "$POD_NAME" "$(printf '%s' "$1" | tr '[:upper:]' '[:lower:]')"
}

# event_of TYPE REASON TEXT FIRST LAST COUNT: prints the event as JSON.
event_of() {
    printf '{"apiVersion":"v1","kind":"Event","metadata":{"name":"%s","namespace":"%s"},' "$(event_name "$2")" "$POD_NAMESPACE"
    printf '"involvedObject":{"apiVersion":"batch/v1","kind":"Job","namespace":"%s","name":"%s","uid":"%s"},' "$POD_NAMESPACE" "$JOB_NAME" "$JOB_UID"
    printf '"type":"%s","reason":"%s","message":"%s","source":{"component":"etcd-cluster"},' "$1" "$2" "$3"
    printf '"firstTimestamp":"%s","lastTimestamp":"%s","count":%s}\n' "$4" "$5" "$6"
}

# clean TEXT: as it may stand in a string of JSON: one line, no longer than an event's message may be.
clean() {
    printf '%s' "$1" | tr -s '[:cntrl:]' ' ' | cut -c 1-900 | sed 's/[\\"]/\\&/g'
}
