#!/bin/sh
# What a container runtime would do for one pod of the script tests: IMAGE is its read-only root, POD its own folder
# with data (the volume, if it has one), state, secrets, serviceaccount and resolv.conf, and beside it, for tests that want one,
# a folder `points` for all pods, and a file `file-modes` if modes are to bind as for a pod's user. Runs in new mount and process
# namespaces; the command becomes process 1 of the latter and sees no file but these.
set -eu

image=$1 pod=$2
shift 2
pod_path=$PATH
PATH=/usr/sbin:/usr/bin:/sbin:/bin

mount --bind "$image" "$image"
mount -o remount,bind,ro "$image"
mount -t proc proc "$image/proc"
mount --rbind /dev "$image/dev"
if [ -e "$pod/data" ]; then mount --bind "$pod/data" "$image/var/run/etcd"; fi
mount --bind "$pod/state" "$image/state"
mount --bind "$pod/secrets" "$image/secrets"
mount --bind "$pod/serviceaccount" "$image/var/run/secrets/kubernetes.io/serviceaccount"
mount --bind "$pod/resolv.conf" "$image/etc/resolv.conf"
# Of a pod that makes backups: its part of the node's disk, and the volume that they lie on.
if [ -d "$pod/work" ]; then mount --bind "$pod/work" "$image/work"; fi
if [ -d "$pod/../backup" ]; then mount --bind "$pod/../backup" "$image/backup"; fi
if [ -d "$pod/../points" ]; then mount --bind "$pod/../points" "$image/points"; fi

chroot=$(command -v chroot)
confine=''
# The user of a pod may not read what file modes forbid; root here could.
if [ -e "$pod/../file-modes" ]; then confine="$(command -v setpriv) --bounding-set=-dac_override,-dac_read_search"; fi
PATH=$pod_path
# shellcheck disable=SC2086 # a command and its option, or nothing
exec $confine "$chroot" "$image" "$@"
