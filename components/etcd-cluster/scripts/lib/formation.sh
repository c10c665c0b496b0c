#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# How a cluster begins: `--initial-cluster-state new` needs proof that no data exists anywhere. Sourced, never run.
#
# "Nobody answered" is no proof. The proof is the marker, a ConfigMap outside every disk: it says that the cluster never
# formed, and every ordinal, also one that joins later, has reported there that its disk is empty. Each report carries a nonce that lies on
# that disk. Before etcd starts for the first time the report becomes "started"; from then on this ordinal may use `new`
# only on the same disk. So a disk lost half way never votes again under its old ID.

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
    printf '%s%s' "$(peer_url_of "$ORDINAL")" "$INITIAL_CLUSTER_TOKEN" | sha1sum | cut -c 1-16 | sed 's/^0*//'
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
    awk '$1 ~ /^member-/ && $2 != "empty" && $2 != "started" {
        printf "ordinal %s holds data of %s; ", substr($1, 8), $2 == "data" ? "this cluster, which must come up first" : "another cluster"
    }' "$STATE_DIR/marker.$$"
}

# form: one step towards a new cluster, with an unformed marker just read. Succeeds when etcd may start.
form() {
    local size nonce
    size=$(marker_get initialClusterSize)
    if ! is_number "$size"; then
        note_size
        return 1
    fi
    if ! read_statefulset; then
        status "WAITING to form a cluster: cannot read StatefulSet $SET_NAME: $KUBE_ERROR"
        return 1
    fi
    nonce=$(disk_nonce) || true
    if [ -z "$nonce" ]; then
        status "WAITING: cannot write to the volume at $DATA_ROOT as user $(id -u); is it full, read-only, or owned by somebody else?"
        return 1
    fi
    case $(marker_get "member-$ORDINAL") in
        "started $nonce") plan_first_start "$size" ;;
        'started '*)
            status "WAITING: the disk of $POD_NAME was replaced after formation had begun. Nothing was ever acknowledged to a client. The pod joins as soon as the other members have formed the cluster; if they cannot, see docs/operations.md, 'Formation got stuck'."
            return 1
            ;;
        "empty $nonce") form_when_all_are_empty "$size" "$nonce" ;;
        *)
            marker_set "member-$ORDINAL" "empty $nonce" || status "WAITING: cannot report to ConfigMap $MARKER_NAME: $KUBE_ERROR"
            return 1
            ;;
    esac
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
    if [ -n "$missing" ]; then
        status "WAITING to form a cluster of $1: ${missing%; }. No new cluster is made while data may exist. See docs/operations.md, 'Formation waits'."
        return 1
    fi
    # Fails when anybody wrote since the marker was read; the next round looks again.
    marker_set "member-$ORDINAL" "started $2" "$(marker_get version)" || return 1
    plan_first_start "$1"
}

# note_size: the size that Pulumi asks for goes into the marker just read, once, whoever is first: from then on all pods form a cluster of
# that size, whatever Pulumi is told meanwhile.
note_size() {
    local size
    size=$(marker_get size-at-formation)
    if is_number "$size"; then
        marker_set initialClusterSize "$size" "$(marker_get version)" || status "WAITING: cannot note the size of the cluster in ConfigMap $MARKER_NAME: $KUBE_ERROR"
    else
        status "WAITING: ConfigMap $REQUEST_NAME has no size at formation; is it the one that Pulumi made?"
    fi
}

# plan_first_start SIZE: etcd is to start with the static list.
plan_first_start() {
    status "forming a new cluster of $1 members"
    note_member "$(first_member_id)" || return 1
    plan new "$(initial_members "$1")"
}

# note_member ID: from now on this disk is that member's, of this cluster. Without a WAL nothing in the data folder ever counted.
note_member() {
    rm -rf "$DATA_DIR"
    write_file "$DATA_ROOT/identity" "$(identity)" && write_durable "$DATA_ROOT/member-id" "$1"
}
