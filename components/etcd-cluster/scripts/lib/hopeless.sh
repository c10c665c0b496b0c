#!/bin/sh
# When to give up before the patience is over: what is in the way stays so until a person changes something. By this script's own clock,
# for it may be mended already. Sourced by the scripts of Jobs, never run.

HOPELESS_SECONDS=${HOPELESS_SECONDS:-90}

# hopeless: prints the first final cause that there is, ORDINAL KIND VERDICT TEXT, once one of its kind has been there all the time for so
# long; nothing otherwise.
hopeless() {
    local cause
    cause=$(awk '$3 == "final" { print; exit }' "$STATE_DIR/causes" 2>/dev/null) || true
    if [ -z "$cause" ]; then
        rm -f "$STATE_DIR/hopeless-since"
        return
    fi
    if is_over "$(seen_since "$STATE_DIR/hopeless-since" "$(printf '%s' "$cause" | cut -d ' ' -f 2)")" "$HOPELESS_SECONDS"; then
        printf '%s' "$cause"
    fi
}
