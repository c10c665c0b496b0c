#!/bin/sh
# What each ordinal has told the marker about its disk, and what nobody has reported: the proof that there is no data anywhere. Sourced,
# never run.
#
#   member-N             means
#   empty NONCE          the disk with that number is empty
#   started NONCE        etcd may have run on it for the first time
#   data IDENTITY        there is data of this cluster, and no leader yet
#   foreign IDENTITY     there is data of another cluster

# report TEXT: this ordinal's line in the marker, written only when it differs. Never blocks a start: who cares retries.
report() {
    if ! read_marker; then return 1; fi
    if [ "$(marker_get "member-$ORDINAL")" = "$1" ]; then return 0; fi
    marker_set "member-$ORDINAL" "$1"
}

# disk_nonce: prints the random number that tells this disk from any other, made when first asked.
disk_nonce() {
    if [ ! -s "$DATA_ROOT/formation-nonce" ]; then
        write_durable "$DATA_ROOT/formation-nonce" "$(head -c 16 /dev/urandom | sha256sum | cut -c 1-32)"
    fi
    cat "$DATA_ROOT/formation-nonce"
}

# report_empty: this disk is empty, and the marker just read says so. Fails, with a status, when it was only told now, or cannot be.
report_empty() {
    local nonce
    nonce=$(disk_nonce) || true
    if [ -z "$nonce" ]; then
        status "WAITING: cannot write to the volume at $DATA_ROOT as user $(id -u); is it full, read-only, or owned by somebody else?"
        return 1
    fi
    case $(marker_get "member-$ORDINAL") in
        "empty $nonce" | 'started '*) return 0 ;;
    esac
    marker_set "member-$ORDINAL" "empty $nonce" || status "WAITING: cannot report to ConfigMap $MARKER_NAME: $KUBE_ERROR"
    return 1
}

# missing_reports COUNT: prints why formation cannot start yet, or nothing when the disk of each of so many ordinals is empty, and
# no other ordinal has reported anything else either.
missing_reports() {
    local i
    for i in $(ordinals "$1"); do
        case $(marker_get "member-$i") in
            '') printf 'ordinal %s has not reported; ' "$i" ;;
        esac
    done
    awk '{ gsub(/"/, "") }
        $1 ~ /^member-/ && $2 != "empty" && $2 != "started" {
        printf "ordinal %s holds data of %s; ", substr($1, 8), $2 == "data" ? "this cluster, which must come up first" : "another cluster"
    }' "$STATE_DIR/marker.$$"
}

# begun_reports: prints which ordinals have begun to form a cluster, or nothing.
begun_reports() {
    awk '$1 ~ /^member-/ && $2 ~ /^"?started$/ { printf "ordinal %s has begun to form a cluster; ", substr($1, 8) }' "$STATE_DIR/marker.$$"
}

# unreported_claims: prints which volumes there are of higher ordinals than any pod has now, and that have not reported: their disks may
# hold a quorum of this cluster. Where the claims may not be read, as before a change of the program, nobody knows of any.
unreported_claims() {
    local i names=''
    for i in $(seq "$(known_size)" $((MOST_REPLICAS - 1))); do
        if [ -z "$(marker_get "member-$i")" ]; then names="$names datadir-$SET_NAME-$i"; fi
    done
    if [ -z "$names" ]; then return 0; fi
    # shellcheck disable=SC2086 # one word a claim
    if kube get persistentvolumeclaims $names --ignore-not-found -o name >"$STATE_DIR/claims.$$"; then
        awk -F / '{ printf "there is a PersistentVolumeClaim %s, whose disk has not reported: scale up so that it does, or delete it; ", $2 }' "$STATE_DIR/claims.$$"
    else
        case $KUBE_ERROR in
            *'(Forbidden)'*) ;;
            *) printf 'the volumes of higher ordinals are not known: %s; ' "$KUBE_ERROR" ;;
        esac
    fi
}
