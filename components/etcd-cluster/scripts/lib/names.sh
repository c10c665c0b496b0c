#!/bin/sh
# Whether the cluster's own names exist. Sourced, never run.

# is_of_no_domain ORDINAL: whether the name server knows neither that pod, which runs, nor what every Kubernetes cluster has. A name server
# that does not answer knows nothing of the kind.
is_of_no_domain() {
    is_no_name "$(host_of "$1")" && is_no_name "kubernetes.default.svc.$CLUSTER_DOMAIN"
}

# is_no_name NAME: whether the name server says that there is none; or that it cannot tell, being none for that domain, while it knows the
# domain that this pod is in.
is_no_name() {
    case $(timeout 5 nslookup "$1." 2>&1) in
        *NXDOMAIN*) return 0 ;;
        *SERVFAIL* | *REFUSED*) is_elsewhere ;;
        *) return 1 ;;
    esac
}

# is_elsewhere: whether this pod is in another domain, as its resolver is told, and the name server knows that one.
is_elsewhere() {
    local domain
    domain=$(searched_domain)
    if [ -z "$domain" ] || [ "$domain" = "$CLUSTER_DOMAIN" ]; then return 1; fi
    timeout 5 nslookup "kubernetes.default.svc.$domain." 2>&1 | grep -q '^Name:'
}

# searched_domain: prints in which domain this pod itself is, as its resolver is told, if that is known.
searched_domain() {
    awk '$1 == "search" { for (i = 2; i <= NF; i++) if (sub(/^svc\./, "", $i)) { print $i; exit } }' "${RESOLV_CONF:-/etc/resolv.conf}" 2>/dev/null || true
}
