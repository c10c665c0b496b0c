#!/bin/sh
# Runs SCRIPT, a shipped one, by the explorer's clock, which is quicker than the machine's and may be set for one pod alone: scripts that
# ask `date` for it find it here. Usage: shim.sh SCRIPT. /points is shared by all pods of a cluster:
#   now        seconds
#   step-POD   by how many more the clock of that pod is off

# date ARGS...: the time of this pod, or what else is asked of it.
date() {
    local now step=0
    if [ "$*" != +%s ]; then
        command date "$@"
        return
    fi
    read -r now </points/now
    if [ -s "/points/step-$POD_NAME" ]; then read -r step <"/points/step-$POD_NAME"; fi
    echo $((now + step))
}

SHIM_FILE=$1
shift
# shellcheck source=/dev/null
. "$SHIM_FILE"
