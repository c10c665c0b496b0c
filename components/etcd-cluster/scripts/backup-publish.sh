#!/bin/sh
# Last step of a backup: writes the manifest beside what was proven, which makes it a backup, and then deletes those that are too old. The
# steps are told in lib/backup-steps.sh.
set -eu

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
for library in common files backup-steps backup-store backup-retention; do
    # shellcheck source=/dev/null
    . "$SCRIPTS_DIR/lib/$library.sh"
done

# main: publish, then retention.
main() {
    local name
    begin
    name=$(object_name)
    if [ -z "$(fact proven)" ] || [ "$(fact proven)" != "$(fact sha256)" ]; then
        fail unproven "$name was not proven, so no manifest is written"
    fi
    open_store
    publish "$name"
    log "backup $(folder)/$name.db: revision $(fact revision), $(fact size) bytes, proven"
    if ! retention "$name"; then
        fail retention "$name is there and proven, and what is too old was not deleted: $STORE_ERROR. Nothing else is wrong; the store fills up if this goes on"
    fi
    printf 'proven: %s\n' "$(folder)/$name.db" >"$VERDICT" || true
}

# publish NAME: the manifest, read back as well. Another run may have taken the file for one that was left behind, if clocks differ by a day.
publish() {
    if ! put "$WORK_DIR/manifest.json" "$1.json"; then
        fail publish "the manifest of $1 was not written to $(folder): $STORE_ERROR. It is no backup; backups of before are untouched"
    fi
    if ! get "$1.json" "$WORK_DIR/back.json" || ! cmp -s "$WORK_DIR/manifest.json" "$WORK_DIR/back.json"; then
        take_back "$1"
        fail publish "the manifest of $1 is not read back as it was written: ${STORE_ERROR:-it is another one}. It is no backup; backups of before are untouched"
    fi
    if ! names >"$WORK_DIR/names" || ! grep -Fqx -e "$1.db" "$WORK_DIR/names"; then
        take_back "$1"
        fail publish "$1.db is not in $(folder) any more: ${STORE_ERROR:-somebody deleted it}. It is no backup; backups of before are untouched"
    fi
}

# take_back NAME: takes a manifest back, as far as the store lets it.
take_back() {
    drop "$1.json" || log "the manifest of $1 cannot be taken back: $STORE_ERROR"
}

# retention NAME: deletes what is too old; fails with STORE_ERROR. Somebody else may delete the same.
retention() {
    local each
    names >"$WORK_DIR/names" || return 1
    too_old "$1" <"$WORK_DIR/names" >"$WORK_DIR/too-old"
    while read -r each; do
        log "deleting $each: too old"
        if ! drop "$each" && names >"$WORK_DIR/left" && grep -Fqx -e "$each" "$WORK_DIR/left"; then return 1; fi
    done <"$WORK_DIR/too-old"
}

main "$@"
