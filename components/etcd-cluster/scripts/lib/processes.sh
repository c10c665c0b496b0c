#!/bin/sh
# shellcheck disable=SC2034 # what is set here is read by the scripts that source this file
# Process 1 and its children: how TERM reaches all of them at every point, and how process 1 waits. Sourced by start.sh before
# anything else, never run.
#
# Process 1 only waits. Beside it run one child, CHILD (the decision how to start, then etcd, then the pause before it is started
# again), and next to etcd the DUTIES. The kubelet tells process 1 and nobody else:
#
#   when                         who        signal   to whom                what for
#   preStop is over              kubelet    TERM     process 1              on_term: from now on TERMINATING is yes
#   then, ten times a second     terminate  TERM     the duties, the child  until both are gone
#                                                    - duties, a decision, a pause end at once: they change nothing any more
#                                                    - etcd hands its leadership over, and ends
#   TERM came while the child    run_child  TERM     the child              on_term could not know it yet
#   was being started
#   etcd has ended, whyever      launch     TERM     the duties             they are about this etcd
#   etcd must be started anew    a duty     TERM     etcd                   a recovery; process 1 then decides again
#   180 s after preStop began    kubelet    KILL     everything             what has not ended by then; 60 s if liveness ends it
#
# Two habits of a shell stand in the way. A trapped signal interrupts `wait`, which then returns although the process goes on:
# wait_for asks again. And for a moment after a fork a child still has the trap of its parent, which swallows the signal: terminate
# repeats it.

TERMINATING=no
CHILD=''
DUTIES=''
ETCD=''      # for the duties

# terminate PIDS...: sends TERM to children until all of them have ended. Whoever calls this puts it into the background.
terminate() {
    local pid alive=yes
    while [ "$alive" = yes ]; do
        alive=no
        for pid in "$@"; do
            if kill "$pid" 2>/dev/null; then alive=yes; fi
        done
        sleep 0.1
    done
}

# on_term: the kubelet asks to stop. Nothing is forked here before there is somebody to tell, lest whoever has just forked finds another
# process in $!.
on_term() {
    TERMINATING=yes
    # shellcheck disable=SC2086 # either may be none
    if [ -n "$DUTIES$CHILD" ]; then terminate $DUTIES $CHILD & fi
}

# At once: process 1 is not told of a signal that it has no trap for.
trap on_term TERM INT

# wait_for PID: waits until that child has ended, whatever signals come meanwhile; its exit status is the result.
wait_for() {
    local result
    while :; do
        result=0
        wait "$1" || result=$?
        if ! kill -0 "$1" 2>/dev/null; then return "$result"; fi
    done
}

# run_child PID: makes it the child that TERM is passed on to, and waits for it; its exit status is the result.
run_child() {
    local result=0
    CHILD=$1
    if [ "$TERMINATING" = yes ]; then terminate "$CHILD" & fi
    wait_for "$CHILD" || result=$?
    CHILD=''
    return "$result"
}

# end_duties: etcd has ended, and what was done beside it ends as well.
end_duties() {
    terminate "$DUTIES" &
    wait_for "$DUTIES" || true
    DUTIES=''
}
