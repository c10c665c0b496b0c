#!/bin/sh
# Makes the network namespace of a further node, inside the namespaces of its cluster: a link to the bridge that holds the first
# node's address, and direct routes to the pods of every other node.
# Arguments: name, address and pod subnet of the node, address of the first node, then "SUBNET ADDRESS" of each other node.
set -eu
name=$1 address=$2 subnet=$3 first=$4
shift 4

ip netns add "$name"
ip link add "$name" type veth peer name eth0 netns "$name"
ip link set "$name" master eth0 up
ip -n "$name" link set lo up
ip -n "$name" address add "$address/24" dev eth0
ip -n "$name" link set eth0 up
ip -n "$name" route add default via "$first"
nsenter --net="/run/netns/$name" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
ip route add "$subnet" via "$address"
for other; do
    # shellcheck disable=SC2086 # two words
    set -- $other
    ip -n "$name" route add "$1" via "$2"
done
