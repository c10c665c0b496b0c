#!/bin/sh
# Liveness: an etcd that once served still answers by itself, and one that starts does something. Needs no quorum and no password, and
# never fails for a pod that waits by design or replays a long WAL.
set -eu

SCRIPTS_DIR=${SCRIPTS_DIR:-/scripts}
for library in common files; do
    # shellcheck source=/dev/null
    . "$SCRIPTS_DIR/lib/$library.sh"
done

# ticks_of PID: the processor time that it has used, in hundredths of a second.
ticks_of() {
    awk '{ print $14 + $15 }' "/proc/$1/stat" 2>/dev/null
}

# hangs: whether the etcd that was started, and has not answered yet, has used no processor time for five minutes. One that reads
# a log uses plenty, however long it is.
hangs() {
    local pid ticks since='' before='' used=''
    pid=$(pidof -s etcd) || return 1
    ticks=$(ticks_of "$pid")
    if ! is_number "$ticks"; then return 1; fi
    if [ -e "$STATE_DIR/starting" ]; then read -r since before used <"$STATE_DIR/starting"; fi
    if [ "$before" = "$pid" ] && is_number "$used" && [ "$ticks" -ge "$used" ] && [ $((ticks - used)) -lt 10 ] && [ -n "$(age "$since")" ]; then
        is_over "$since" 300
        return
    fi
    write_file "$STATE_DIR/starting" "$(now) $pid $ticks"
    return 1
}

# main: exits 0 when alive.
main() {
    case $(read_file "$STATE_DIR/phase") in
        starting)
            if hangs; then
                echo 'etcd has done nothing for 300 s since it was started'
                exit 1
            fi
            ;;
        running)
            if ! timeout 7 wget -q -O /dev/null "$LOCAL_METRICS_URL/livez" 2>/dev/null; then
                echo "etcd's /livez does not answer"
                exit 1
            fi
            ;;
    esac
}

main "$@"
