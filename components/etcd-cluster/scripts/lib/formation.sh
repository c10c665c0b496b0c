#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# How a cluster begins: `--initial-cluster-state new` needs proof that no data exists anywhere. Sourced, never run.
#
# "Nobody answered" is no proof. The proof is the marker, a ConfigMap outside every disk: it says that the cluster never
# formed, and every ordinal, also one that joins later, has reported there that its disk is empty. Each report carries a nonce that lies on
# that disk. Before etcd starts for the first time the report becomes "started"; from then on this ordinal may use `new`
# only on the same disk. So a disk lost half way never votes again under its old ID.

# formation_token: what etcd derives the IDs of cluster and members from: the stack's token, and the number of this formation in the marker
# just read, so that no two formations have an ID in common. A marker from before has none, and neither have the IDs of its cluster.
formation_token() {
    local number
    number=$(marker_get formation)
    printf '%s' "$INITIAL_CLUSTER_TOKEN${number:+ $number}"
}

# identity: what this cluster's data must carry.
identity() {
    printf '%s' "$INITIAL_CLUSTER_TOKEN" | sha256sum | cut -c 1-64
}

# foreign_data: whether the disk holds data of another cluster. Data without an identity (made before this program)
# is taken over; an empty disk belongs to whoever comes.
foreign_data() {
    local found
    found=$(read_file "$DATA_ROOT/identity")
    has_wal && [ -n "$found" ] && [ "$found" != "$(identity)" ]
}

# refuse_foreign_data: waits, for good if need be, beside data that is not ours; never touches it. Without such data it does nothing.
refuse_foreign_data() {
    while foreign_data; do
        phase waiting
        status "REFUSED: the volume of $POD_NAME holds data of another cluster (identity $(read_file "$DATA_ROOT/identity" | cut -c 1-12), this one is $(identity | cut -c 1-12)). Nothing was changed. To bring that data back run pulumi destroy (volumes stay), set initialClusterToken and rootPassword to the values of the stack that made it, and run pulumi up; to start empty delete the PersistentVolumeClaims. See docs/operations.md, 'Destroy, and come back'."
        report "foreign $(read_file "$DATA_ROOT/identity" | cut -c 1-12)" || true
        sleep 5
    done
}

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

# first_member_id: the ID that etcd gives this ordinal when the cluster forms: the first 8 bytes of SHA-1 over its peer
# URL and the token, in hex without leading zeros.
first_member_id() {
    printf '%s%s' "$(peer_url_of "$ORDINAL")" "$(formation_token)" | sha1sum | cut -c 1-16 | sed 's/^0*//'
}

# initial_members COUNT: the static list of the first COUNT ordinals for --initial-cluster.
initial_members() {
    local i sep=''
    for i in $(ordinals "$1"); do
        printf '%s%s-%s=%s' "$sep" "$SET_NAME" "$i" "$(peer_url_of "$i")"
        sep=,
    done
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

# form: one step towards a new cluster, with an unformed marker just read. Succeeds when etcd may start.
form() {
    local size nonce
    size=$(marker_get initialClusterSize)
    if ! read_statefulset; then
        status "WAITING to form a cluster: cannot read StatefulSet $SET_NAME: $KUBE_ERROR"
        return 1
    fi
    nonce=$(disk_nonce) || true
    case $(marker_get "member-$ORDINAL") in
        "started ${nonce:-none}") plan_first_start "$size" ;;
        'started '*)
            status "WAITING: the disk of $POD_NAME was replaced after formation had begun. Nothing was ever acknowledged to a client. The pod joins as soon as the other members have formed the cluster; if they cannot, see docs/operations.md, 'Formation got stuck'."
            return 1
            ;;
        *) report_empty && form_when_all_are_empty "$size" "$nonce" ;;
    esac
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

# form_when_all_are_empty SIZE NONCE: this disk is reported as empty, and so must be all others before it is started. Succeeds when
# etcd may start.
form_when_all_are_empty() {
    local missing
    if [ "$ORDINAL" -ge "$1" ]; then
        status "waiting for ordinals 0 to $(($1 - 1)) to form the cluster; $POD_NAME joins after that"
        return 1
    fi
    missing=$(missing_reports "$(known_size)")
    if [ -z "$missing" ]; then missing=$(unreported_claims); fi
    if [ -n "$missing" ]; then
        status "WAITING to form a cluster of $1: ${missing%; }. No new cluster is made while data may exist. See docs/operations.md, 'Formation waits'."
        return 1
    fi
    # Fails when anybody wrote since the marker was read; the next round looks again.
    marker_set "member-$ORDINAL" "started $2" "$(marker_get version)" || return 1
    plan_first_start "$1"
}

# open_marker: what belongs into a marker first, all at once, by whoever comes first. The size that Pulumi asks for, which from then on all
# pods form a cluster of, whatever Pulumi is told meanwhile. A number that makes the IDs of this formation its own. And a request to go
# on from a member's data, if there is one already: it was left over in the stack, so it is refused, and only a later one counts.
open_marker() {
    local size request data
    size=$(marker_get size-at-formation)
    if ! is_number "$size"; then
        status "WAITING: ConfigMap $REQUEST_NAME has no size at formation; is it the one that Pulumi made?"
        return 1
    fi
    data="\"initialClusterSize\":\"$size\",\"formation\":\"$(head -c 8 /dev/urandom | sha256sum | cut -c 1-16)\""
    request=$(marker_get recover-from)
    if [ -n "$request" ] && [ -z "$(snapshot_of "$request")" ]; then data="$data,\"recovery-refused\":\"$request\""; fi
    marker_swap "$data" || somebody_wrote || status "WAITING: cannot note the size of the cluster in ConfigMap $MARKER_NAME: $KUBE_ERROR"
}

# plan_first_start SIZE: etcd is to start with the static list.
plan_first_start() {
    status "forming a new cluster of $1 members"
    note_member "$(first_member_id)" || return 1
    plan new "$(initial_members "$1")" "$(formation_token)"
}

# note_member ID: from now on this disk is that member's, of this cluster. Without a WAL nothing in the data folder ever counted.
note_member() {
    rm -rf "$DATA_DIR"
    write_file "$DATA_ROOT/identity" "$(identity)" && write_durable "$DATA_ROOT/member-id" "$1"
}
