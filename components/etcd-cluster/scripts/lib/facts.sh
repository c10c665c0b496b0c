#!/bin/sh
# What Kubernetes says of the pods, their claims and the StatefulSet, as lines of text. Sourced by the rollout's scripts, never run.

# is_due: whether the last look is five seconds ago.
is_due() {
    local last
    last=$(read_file "$STATE_DIR/looked")
    if [ -n "$(age "$last")" ] && ! is_over "$last" 5; then return 1; fi
    write_file "$STATE_DIR/looked" "$(now)"
}

# read_events: fills the file events, one Warning a line, the latest last: VERSION KIND NAME UID REASON "TEXT". Only those that are newer
# than the first look are news: `events-before`.
read_events() {
    local template
    # shellcheck disable=SC2016 # the $ signs belong to the template
    template='{{range .items}}{{$o := .involvedObject}}{{.metadata.resourceVersion}} {{$o.kind}} {{$o.name}} {{or $o.uid "-"}} {{or .reason "-"}} {{printf "%q" .message}}{{"\n"}}{{end}}'
    if kube get events --field-selector=type=Warning -o "go-template=$template" >"$STATE_DIR/events-unsorted"; then
        sort -n "$STATE_DIR/events-unsorted" >"$STATE_DIR/events"
    else
        : >"$STATE_DIR/events"
    fi
    if [ ! -e "$STATE_DIR/events-before" ]; then
        write_file "$STATE_DIR/events-before" "$(tail -n 1 "$STATE_DIR/events" | cut -d ' ' -f 1)"
    fi
}

# read_objects ORDINALS...: fills the file objects with what these pods and their claims say, a line each; it is none where it may not be read.
read_objects() {
    local template i names=''
    for i in "$@"; do names="$names pod/$SET_NAME-$i persistentvolumeclaim/datadir-$SET_NAME-$i"; done
    # shellcheck disable=SC2016 # the $ signs belong to the template
    {
        template='{{range .items}}{{$n := .metadata.name}}{{if eq .kind "PersistentVolumeClaim"}}claim {{$n}} {{.status.phase}} {{printf "%q" .spec.storageClassName}}{{"\n"}}{{else}}'
        template=$template'{{range .status.initContainerStatuses}}{{$c := .name}}{{with .state.waiting}}waiting {{$n}} {{$c}} {{.reason}} {{printf "%q" .message}}{{"\n"}}{{end}}{{end}}'
        template=$template'{{range .status.containerStatuses}}{{$c := .name}}{{with .state.waiting}}waiting {{$n}} {{$c}} {{.reason}} {{printf "%q" .message}}{{"\n"}}{{end}}{{end}}'
        template=$template'{{range .status.conditions}}{{if eq .status "False"}}{{if eq .type "PodScheduled" "Ready"}}{{.type}} {{$n}} {{printf "%q" .message}}{{"\n"}}{{end}}{{end}}{{end}}'
        template=$template'{{end}}{{end}}'
    }
    # shellcheck disable=SC2086 # one word an object
    kube get $names --ignore-not-found -o "go-template=$template" >"$STATE_DIR/objects" || true
}

# last_event KIND NAME UID REASON WORDS: the text of the latest Warning about that object that has these words; no UID, REASON or WORDS: any.
last_event() {
    text_of 6 "$(awk -v kind="$1" -v name="$2" -v uid="$3" -v reason="$4" -v words="$5" '
        $2 == kind && $3 == name && (uid == "" || $4 == uid) && (reason == "" || $5 == reason) {
            if (words == "" || index($0, words)) last = $0
        } END { print last }' "$STATE_DIR/events")"
}

# is_news EVENT: whether it was written since the first look.
is_news() {
    local before
    before=$(read_file "$STATE_DIR/events-before")
    [ "${1%% *}" -gt "${before:-0}" ]
}

# field_of N LINE: one word of a line.
field_of() {
    printf '%s\n' "$2" | awk -v n="$1" '{ print $n }'
}

# text_of N LINE: the quoted text that is its last part, from that word on, without quotes and in one line.
text_of() {
    printf '%s\n' "$2" | awk -v n="$1" '{
        for (i = 1; i < n; i++) sub(/^[^ ]+ */, "")
        if ($0 ~ /^".*"$/) { $0 = substr($0, 2, length($0) - 2); gsub(/\\[nt]/, " "); gsub(/\\"/, "\""); gsub(/\\\\/, "\\") }
        if ($0 != "%!q(<nil>)") print
    }' | cut -c 1-700
}
