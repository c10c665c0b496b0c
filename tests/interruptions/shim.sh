#!/bin/sh
# Runs SCRIPT, a shipped one, with each effect that it has on the world outside its own shell as a point: every command that
# changes anything is a function here, which comes before programs, applets and builtins of that name, notes the points before and
# after it, and stops for good at the one point that is wanted, for the harness to kill the container there. What a script writes
# with `>` counts only once a command has moved it into place. Usage: shim.sh SCRIPT. /points is shared by all pods of a cluster:
#   log           POD TAB POINT, for each that was passed
#   armed-POD     the point at which that pod is to be killed
#   claimed/pod   who came first, of those that were armed; nobody else stops
#   clock         seconds by which the scripts' clock is ahead

SHIM_SCRIPT=${1##*/}
SHIM_SCRIPT=${SHIM_SCRIPT%.sh}
SHIM_FORMER='its begin'
SHIM_EFFECT=''

# point NAME: notes it, and waits for the end when it is the wanted one.
point() {
    local wanted=''
    printf '%s\t%s\n' "$POD_NAME" "$SHIM_SCRIPT: $1" >>/points/log
    if [ ! -e "/points/armed-$POD_NAME" ]; then return 0; fi
    IFS= read -r wanted 2>/dev/null <"/points/armed-$POD_NAME" || true
    if [ "$SHIM_SCRIPT: $1" != "$wanted" ] || ! command mkdir /points/claimed 2>/dev/null; then return 0; fi
    printf '%s\n' "$POD_NAME" >/points/claimed/pod
    while :; do command sleep 3600; done
}

# effect COMMAND ARGS...: runs a command whose effect has the name SHIM_EFFECT, or none when that is empty.
effect() {
    local code=0 name="$SHIM_EFFECT"
    if [ -z "$name" ]; then
        command "$@"
        return
    fi
    point "between $SHIM_FORMER and $name"
    command "$@" || code=$?
    # Files in memory are no news to anybody else: the next effect's own point says as much.
    case $name in
        *' /state'*) ;;
        *) point "right after $name" ;;
    esac
    SHIM_FORMER=$name
    return "$code"
}

# name_paths COMMAND ARGS...: names an effect on files: IDs are replaced, and what is there several times is named once.
name_paths() {
    local path
    SHIM_EFFECT=$1
    shift
    for path in "$@"; do
        case $path in
            -*) continue ;;
            *.tmp) if [ "$SHIM_EFFECT" = mv ]; then continue; fi ;;
        esac
        case $path in
            "$DATA_ROOT"*) path=volume${path#"$DATA_ROOT"} ;;
            */gone-*) path=${path%%gone-*}gone-ID ;;
            */last-*) path=${path%%last-*}last-NAME ;;
        esac
        case " $SHIM_EFFECT " in
            *" $path "*) ;;
            *) SHIM_EFFECT="$SHIM_EFFECT $path" ;;
        esac
    done
}

# name_call PROGRAM ARGS...: names what a call of a client changes; nothing when it only reads. Options, and words with a digit
# (IDs, names of pods), are no part of the name.
name_call() {
    local word words=''
    case $1 in
        kubectl) words=$(name_patch "$@") ;;
        wget)
            for word in "$@"; do
                case $word in
                    --post-file=*) words=post ;;
                    http://*/v3/*) if [ "$words" = post ]; then words="wget --post /v3/${word##*/v3/}"; fi ;;
                esac
            done
            ;;
        nslookup) ;;
        *)
            for word in "$@"; do
                case $word in
                    -* | *[0-9]*) ;;
                    *) words="${words:+$words }$word" ;;
                esac
            done
            ;;
    esac
    case $words in
        *' snapshot status'* | 'etcdctl get'* | 'etcdctl member list' | 'etcdctl user list') words='' ;;
    esac
    SHIM_EFFECT=$words
}

# name_patch kubectl ARGS...: the key that is written, and the first word of its value; nothing for `get`.
name_patch() {
    local data key value
    case " $* " in
        *' get '*) return ;;
        *'"data":{"'*) ;;
        *)
            printf 'kubectl %s' "$3"
            return
            ;;
    esac
    data=$*
    data=${data#*\"data\":\{\"}
    key=${data%%\"*}
    value=${data#*\":\"}
    value=${value%%[!a-z]*}
    case $key in
        member-*) printf 'kubectl patch member-ORDINAL %s' "$value" ;;
        *) printf 'kubectl patch %s' "$key" ;;
    esac
}

mv() { name_paths mv "$@"; effect mv "$@"; }
rm() { name_paths rm "$@"; effect rm "$@"; }
sync() { name_paths sync "$@"; effect sync "$@"; }
mkdir() { name_paths mkdir "$@"; effect mkdir "$@"; }

timeout() {
    local limit="$1"
    shift
    name_call "$@"
    effect timeout "$limit" "$@"
}

etcdctl() { name_call etcdctl "$@"; effect etcdctl "$@"; }
etcdutl() { name_call etcdutl "$@"; effect etcdutl "$@"; }
find() { SHIM_EFFECT='find, and what it runs'; effect find "$@"; }

# A look whether a process lives changes nothing.
kill() {
    case $1 in
        -0) SHIM_EFFECT='' ;;
        "${DUTIES:-none}") SHIM_EFFECT='kill duties' ;;
        *) SHIM_EFFECT='kill etcd' ;;
    esac
    effect kill "$@"
}

# The shell that starts etcd in the background becomes it, as it does without this.
etcd() {
    case " $* " in
        ' --version ') SHIM_EFFECT='' ;;
        *' --force-new-cluster '*) SHIM_EFFECT='etcd --force-new-cluster' ;;
        *' --initial-cluster-state=new '*) SHIM_EFFECT='etcd new' ;;
        *) SHIM_EFFECT='etcd existing' ;;
    esac
    if [ -n "$SHIM_EFFECT" ]; then point "between $SHIM_FORMER and $SHIM_EFFECT"; fi
    exec /usr/local/bin/etcd "$@"
}

date() {
    local ahead=0
    if [ "$*" != +%s ]; then command date "$@"; return; fi
    if [ -s /points/clock ]; then read -r ahead </points/clock; fi
    echo $(($(command date +%s) + ahead))
}

SHIM_FILE=$1
shift
# shellcheck source=/dev/null
. "$SHIM_FILE"
