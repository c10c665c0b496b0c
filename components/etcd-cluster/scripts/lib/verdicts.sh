#!/bin/sh
# What a text of Kubernetes' means for whoever waits: `final`, it stays so until a person changes something, or `wait`, it may heal by
# itself. In doubt it is `wait`. Text in, word out; nobody is asked. Sourced, never run.

# admission_verdict TEXT: of why an object was not made. A quota that is used up is given back by others, and a webhook that is away comes back.
admission_verdict() {
    case $1 in
        *'exceeded quota'* | *'status unknown for quota'* | *'insufficient quota'*) echo wait ;;
        *'failed calling webhook'* | *'failed to call webhook'* | *'error looking up service account'*) echo wait ;;
        *'not yet ready to handle request'* | *'is being terminated'* | *'object is being deleted'*) echo wait ;;
        *'is forbidden'* | *'denied the request'* | *'denied request'* | *'is invalid'*) echo final ;;
        *) echo wait ;;
    esac
}

# image_verdict TEXT: of why an image was not pulled. A registry that is away, or that has served too much, comes back; and a node gets room.
image_verdict() {
    case $1 in
        *' 429'* | *toomanyrequests* | *'oo many requests'* | *'oo Many Requests'* | *'rate limit'*) echo wait ;;
        *imeout* | *'deadline exceeded'* | *'context canceled'* | *'connection re'* | *'no such host'* | *'no route to host'*) echo wait ;;
        *'server misbehaving'* | *'is unreachable'* | *'TLS handshake'* | *'no space left'* | *EOF*) echo wait ;;
        *'Internal Server Error'* | *'Bad Gateway'* | *'Service Unavailable'* | *'status code 5'* | *' 50'[0-9]' '*) echo wait ;;
        *'not found'* | *'manifest unknown'* | *'does not exist'* | *'no match for platform'*) echo final ;;
        *denied* | *nauthorized* | *'uthentication required'* | *'uthorization failed'* | *Forbidden*) echo final ;;
        *'invalid reference format'* | *InvalidImageName* | *'couldn'"'"'t parse image'* | *ErrImageNeverPull* | *'pull policy of Never'*) echo final ;;
        *) echo wait ;;
    esac
}

# issuer_verdict TEXT: of why a certificate was not issued.
issuer_verdict() {
    case $1 in
        *'Referenced "'*'" not found'*) echo final ;;
        Denied* | InvalidRequest*) echo final ;;
        *) echo wait ;;
    esac
}

# class_verdict TEXT: of why no volume was provisioned.
class_verdict() {
    case $1 in
        *'storageclass.storage.k8s.io "'*'" not found'*) echo final ;;
        *) echo wait ;;
    esac
}
