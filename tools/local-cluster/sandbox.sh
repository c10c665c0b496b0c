#!/bin/sh
# First steps inside the namespaces of a local cluster: a /run of its own, the node's network. Then it becomes the process that
# reaps whatever loses its parent, and whose end is the end of everything inside.
# Arguments: folder of the cluster, address of the node, catatonit.
set -eu
home=$1 address=$2 catatonit=$3

# A pod's mounts and sockets go into memory; containers' logs and CNI's notes must not meet those of the host.
mount -t tmpfs -o mode=0755 run /run
mount -t tmpfs -o mode=0755 log /var/log
mkdir -p /run/cni /run/lock /var/lib/cni
mount --bind /run/cni /var/lib/cni

# No dummy links everywhere: a bridge without ports holds the node's address as well.
ip link set lo up
ip link add eth0 type bridge
ip address add "$address/24" dev eth0
ip link set eth0 up
ip route add default dev eth0
echo 1 >/proc/sys/net/ipv4/ip_forward
if [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then
    echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
fi

: >"$home/sandbox-ready"
exec "$catatonit" -P
