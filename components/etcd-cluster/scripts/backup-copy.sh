#!/bin/sh
# Second step of a backup: sends the snapshot to the store, and reads it back. What is read back is what the next step restores: a store
# may say that all is well and keep something else. The steps are told in lib/backup-steps.sh.
set -eu

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
for library in common files backup-steps backup-store; do
    # shellcheck source=/dev/null
    . "$SCRIPTS_DIR/lib/$library.sh"
done

# main: there and back.
main() {
    local name sum
    begin
    open_store
    name=$(object_name).db
    log "uploading $name to $(folder)"
    if ! put "$SNAPSHOT" "$name"; then
        fail upload "$name was not uploaded to $(folder): $STORE_ERROR. Backups of before are untouched"
    fi
    log 'reading it back'
    if ! get "$name" "$WORK_DIR/back.db"; then
        fail read-back "$name was uploaded to $(folder), and cannot be read back: $STORE_ERROR. It is no backup, and has no manifest; backups of before are untouched"
    fi
    sum=$(sha256sum "$WORK_DIR/back.db" | cut -c 1-64)
    if [ "$sum" != "$(fact sha256)" ]; then
        fail read-back "the store gives back $(stat -c %s "$WORK_DIR/back.db") bytes with SHA-256 $sum as $name, and was given $(fact size) with $(fact sha256). It is no backup, and has no manifest; backups of before are untouched. Do not trust this store"
    fi
    mv "$WORK_DIR/back.db" "$SNAPSHOT"
    log 'it is what was sent'
}

main "$@"
