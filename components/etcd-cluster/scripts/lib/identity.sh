#!/bin/sh
# Of which cluster the data on the volume is: the stack's token, as its hash. Sourced, never run.

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
