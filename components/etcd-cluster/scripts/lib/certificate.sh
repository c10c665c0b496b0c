#!/bin/sh
# The members' certificate from cert-manager: the rollout's pod starts before its Secret is there, and can say what it waits for. The pod
# template names the Certificates (CERTIFICATES, the members' one last); without, the Secret is there when the pod starts. Sourced, never run.

# has_certificate: whether the files that etcdctl needs have come. The kubelet brings them when a container of the pod ends: watch.sh does,
# when the file certified is there; otherwise within a minute or two.
has_certificate() {
    if [ -z "${CERTIFICATES:-}" ]; then return 0; fi
    [ -s "$TLS_DIR/tls.crt" ] && [ -s "$TLS_DIR/ca.crt" ] && [ -s "$TLS_DIR/tls.key" ]
}

# look_for_certificate: one look at what cert-manager says, every few seconds; the status and the file causes have it.
look_for_certificate() {
    local name why=''
    if ! is_due; then return 0; fi
    : >"$STATE_DIR/causes"
    for name in $CERTIFICATES; do
        if ! read_certificate "$name"; then
            status "waiting for Certificate $name: $KUBE_ERROR"
            return 0
        fi
        if [ "$(awk '$1 == "Ready" { print $2 }' "$STATE_DIR/certificate")" = True ]; then continue; fi
        why=$(reason_of_certificate "$name")
        printf -- '- issuer %s Certificate %s is not issued: %s\n' "$(issuer_verdict "$why")" "$name" "$why" >"$STATE_DIR/causes"
        status "waiting: Certificate $name is not issued: $why"
        return 0
    done
    write_file "$STATE_DIR/certified" yes
    status "waiting for the kubelet to bring the certificate"
}

# read_certificate NAME: fills the file certificate with its conditions, one a line: TYPE STATUS REASON "TEXT".
read_certificate() {
    kube get certificates.cert-manager.io "$1" -o 'go-template={{range .status.conditions}}{{.type}} {{.status}} {{.reason}} {{printf "%q" .message}}{{"\n"}}{{end}}' >"$STATE_DIR/certificate"
}

# reason_of_certificate NAME: why it is not issued: as its latest request says, or else itself.
reason_of_certificate() {
    local template line text
    # shellcheck disable=SC2016 # the $ signs belong to the template
    template='{{range .items}}{{$o := index .metadata.annotations "cert-manager.io/certificate-name"}}{{$at := .metadata.creationTimestamp}}{{range .status.conditions}}{{if ne .status "True"}}{{$at}} {{$o}} {{.reason}} {{printf "%q" .message}}{{"\n"}}{{end}}{{end}}{{end}}'
    kube get certificaterequests.cert-manager.io -o "go-template=$template" >"$STATE_DIR/requests" || : >"$STATE_DIR/requests"
    line=$(awk -v name="$1" '$2 == name' "$STATE_DIR/requests" | sort | tail -n 1)
    if [ -n "$line" ]; then
        text="$(field_of 3 "$line"): $(text_of 4 "$line")"
    else
        line=$(grep -m 1 -E '^(Issuing|Ready) False' "$STATE_DIR/certificate") || true
        text=$(text_of 4 "$line")
    fi
    printf '%s' "${text:-cert-manager has not answered yet; does it run?}"
}
