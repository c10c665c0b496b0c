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
