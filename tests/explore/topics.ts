/** What belongs together: an episode is mostly about one of these, since faults are found where actions meet that have to do with each other. */

export const TOPICS: readonly (readonly string[])[] = [
    // Members come and leave, and some cannot.
    ["scale", "lose-node", "delete", "api-refuses", "freeze", "recreate-set"],
    // Volumes.
    ["lose-disk", "spoil-disk", "force-delete", "kill-etcd", "scale"],
    // What the marker says, and who believes it.
    ["remake-marker", "edit-marker", "restore-marker", "lose-disk", "force-delete", "delete", "kill-etcd"],
    // A quorum is away, and a person goes on without it.
    ["freeze", "lose-node", "recover", "thaw", "schedule"],
    // All is destroyed, and comes back.
    ["destroy-and-up", "recover", "scale", "lose-node", "restore-marker"],
    // Backups of volumes.
    ["roll-back-disks", "lose-node", "schedule", "kill-etcd", "accept-volumes"],
    // Everything around.
    ["api", "names", "names-denied", "clock", "rollout", "rotate-password", "scale", "lose-disk"],
];
