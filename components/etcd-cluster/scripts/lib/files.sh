#!/bin/sh
# The files in which the scripts remember things: all there are, and how they are written. Sourced, never run. A test keeps the tables
# in step with the scripts.
#
# In memory (STATE_DIR), gone with the pod, but not with its container. Moments are those of `now`:
#
# file             | set or taken away by                 | read by                         | what it means
# status           | common                               | ready rollout rollout-ends events watch | what the pod does or waits for, in a line for people
# phase            | common                               | live pre-stop                   | waiting, starting, or running: etcd has answered and must go on to
# plan             | launch start                         | launch start                    | how etcd is to be started, and with which list; empty until that is decided
# exited           | start launch data                    | start data                      | etcd ended by itself, with that status; until it is started again
# marker-seen      | marker launch                        | marker                          | since etcd was started the marker has been seen to say that the cluster has formed
# auth-proof       | auth start launch                    | ready auth marker               | the hash of the password with which auth was proven since etcd was started
# url-mended       | address launch                       | address                         | since etcd was started its entry was seen to have the right peer URL
# outlived         | life start data                      | life                            | etcd was ended because the marker names another life of the cluster: the data here is held
# outlived-since   | life                                 | life marker                     | since when a member with a leader has seen the marker name another life
# overtaken        | life epoch recovery start data       | data life epoch                 | a quorum that answered goes on without the data here: it is void
# marker-agreed    | marker launch                        | life                            | when this member last saw the marker name the life that is here
# epoch-told       | epoch launch                         | epoch                           | the member ID and the epoch that the marker was told since etcd was started
# leaving          | pre-stop start                       | start ready join                | since when this pod leaves for good: nothing adds its member again
# statefulset-uid  | kube                                 | kube pre-stop                   | the UID of the StatefulSet that this pod belongs to
# recovery-since   | request recovery duties              | request duties life restore     | when the time for objections began; or `held`
# snapshot-mark    | snapshot restore                     | snapshot                        | which file the other three are about: inode, size and time
# snapshot-problem | snapshot restore                     | snapshot                        | what is wrong with it; empty when nothing is
# snapshot-content | snapshot                             | request recovery                | its name, revision and number of keys, for people
# snapshot-status  | snapshot                             | snapshot                        | what etcdutl prints of it
# snapshot-error   | snapshot restore                     | snapshot restore                | what etcdutl complains of
# last-NAME        | duties start                         | duties                          | when that duty last had its turn; see every
# beyond           | convergence start                    | convergence                     | since when members that nobody wants are in the list, and who goes next
# converged        | convergence start                    | convergence                     | when nobody was beyond the replicas, and how many these were
# adopted-by       | kube                                 | kube                            | since when the StatefulSet is another one, and its UID
# volume-error     | volume                               | volume                          | why the volume cannot be read or written
# silent-learner   | learner-slot                         | learner-slot                    | since when a learner that others wait for is silent, and its ID
# starting         | live start                           | live                            | since when an etcd at its start has used no processor time
# password.json    | auth                                 | auth                            | the password on its way into etcd; for that moment only
#
# of the rollout, in the memory of its own pod:
#
# pods             | rollout rollout-look                 | rollout rollout-look watch      | one pod a line: ordinal, UID, revision, state, whether it runs
# good             | rollout                              | rollout                         | what is good at this look: who is new and Ready, how many are wanted
# progress         | rollout                              | rollout                         | all of that that was ever seen
# rows             | rollout-look                         | rollout-look                    | the same as kubectl prints it
# revision         | rollout-look                         | rollout-look                    | the newest one of the StatefulSet
# sick-UID         | rollout-choice                       | rollout-choice                  | since when that pod is outdated and not Ready
# held-since       | rollout-ends                         | rollout-ends                    | since when a recovery is held
# eviction         | rollout-choice                       | rollout-choice                  | the eviction on its way to the API server
# causes           | causes certificate watch             | rollout-look hopeless           | why wanted pods are not Ready; see causes.sh
# causes-new       | causes                               | causes                          | the same while it is being found
# events           | facts                                | facts causes                    | Warnings of the namespace, the latest last
# events-unsorted  | facts                                | facts                           | the same as kubectl prints them
# events-before    | facts                                | facts                           | the version of the latest one at the first look
# objects          | facts                                | facts causes                    | what pods that are not Ready, and their claims, say
# looked           | facts causes                         | facts                           | when causes were last looked for
# unwell-since     | causes                               | causes                          | since when a wanted pod is missing or not Ready
# silent           | rollout-look                         | causes                          | Ready pods that do not serve
# hopeless-since   | hopeless                             | hopeless                        | since when there is a cause of that kind that only a person can mend
# certificate      | certificate                          | certificate                     | conditions of a Certificate
# requests         | certificate                          | certificate                     | what keeps requests for certificates
# certified        | certificate                          | watch                           | the certificate was issued
# ended            | rollout                              | watch                           | rollout.sh has ended
# waiting-since    | events                               | events                          | since when the status is a wait
# told             | events                               | events                          | when a wait was last told, and which
# event            | events                               | events                          | the event on its way to the API server
# said-REASON      | events                               | events                          | of the event of that reason: since when, how often, and its text
# unsaid           | events                               | events                          | why the last event could not be written
# watch            | watch                                | watch                           | a folder: what watch.sh has of these
#
# in memory as well, an answer that one process works on; their names end with its number, so that probes, hooks and duties never read
# each other's:
#
# marker           | kube                                 | kube reports                    | marker and request, a key a line
# claims           | reports                              | reports                         | volumes of higher ordinals
# statefulset      | kube                                 | kube                            | six words about the StatefulSet
# kube-error       | kube                                 | kube                            | what kubectl complained of
# ctl-error        | etcd auth                            | etcd                            | what etcdctl complained of
# list             | etcd                                 | etcd                            | the member list
# metrics          | etcd members                         | etcd members duties             | a member's metrics
# members          | address membership pre-stop          | address membership pre-stop     | members of this set
# leavers          | membership                           | membership                      | who is to leave, in the order of their turns
# voters           | membership                           | membership                      | voters that would remain
# table            | members                              | members                         | the member list by name
# figures          | members                              | members                         | role, version and size of a member
#
# On the volume (DATA_ROOT), beside the snapshots that people put there. Scripts of before and after a change of the program meet the
# same volume, so none of these names ever changes its meaning:
#
# file             | set or taken away by                 | read by                         | what it means
# default.etcd     | launch data formation join restore   | common                          | what etcd keeps (DATA_DIR)
# identity         | formation launch restore             | identity launch                 | of which cluster the data is
# member-id        | formation duties data                | duties data life epoch recovery pre-stop | the ID that the data carries
# cluster-id       | life data                            | life marker pre-stop            | the ID of the cluster that the data is of
# epoch            | epoch data                           | epoch                           | raised at each start and stop: tells a volume that went back in time
# formation-nonce  | reports                              | reports                         | the number that tells this disk from any other
# formed           | join marker restore                  | marker                          | the cluster has formed, and the marker knows it
# unlaunched       | join launch restore                  | join                            | the ID that this disk added and under which no etcd ran yet
# joining          | join start duties data               | start data                      | how often etcd crashed as a learner; gone once it is a voter
# set-aside        | data restore                         | data snapshot                   | one copy of data that counts no more
# restoring        | recovery restore                     | start restore                   | the request for a snapshot that is being carried out
# restored         | restore                              | restore                         | new data, complete, that only needs its place; `restored.part`: not complete
# recovering       | recovery data                        | start launch recovery           | the request to go on alone that is being carried out
# forced           | launch recovery data                 | recovery                        | etcd may have been started alone: there is no way back
# life             | recovery join data restore           | life restore                    | the request that the cluster here came of, if any
# unnoted          | recovery data                        | recovery                        | the same, until the marker says so too
# write-proof      | volume                               | volume                          | shows that the volume can be written; gone at once

# Those of them that are notes, not folders: they are read before anything is decided.
# shellcheck disable=SC2034 # by volume.sh
NOTES='identity member-id cluster-id epoch formation-nonce formed unlaunched joining restoring recovering forced life unnoted'

# read_file PATH: prints the file's content, or nothing when there is none.
read_file() {
    if [ -f "$1" ]; then cat "$1"; fi
}

# write_file PATH TEXT: replaces the file in one step; a reader or a crash never sees half of it. When it fails (the volume is
# full) the file is what it was: errexit does not hold in a function whose result is asked for, so each step says it itself.
write_file() {
    printf '%s\n' "$2" >"$1.tmp" && mv -f "$1.tmp" "$1"
}

# seen_since PATH [WHAT]: prints since when that file, in memory, has noted the same; it begins anew when that is something else, or its
# moment is of another boot.
seen_since() {
    local since='' what=''
    if [ -e "$1" ]; then read -r since what <"$1"; fi
    if [ "$what" != "${2:-}" ] || [ -z "$(age "$since")" ]; then
        since=$(now)
        write_file "$1" "$since${2:+ $2}"
    fi
    printf '%s\n' "$since"
}

# write_durable PATH TEXT: write_file that is on the disk when it returns; for what must survive a power loss.
write_durable() {
    printf '%s\n' "$2" >"$1.tmp" && sync "$1.tmp" && mv -f "$1.tmp" "$1" && sync "$(dirname "$1")"
}
