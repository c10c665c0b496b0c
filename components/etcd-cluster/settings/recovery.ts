/** What a person says when a quorum is lost for good. */
import { isInteger, isText } from "../validation/checks";
import { MOST_REPLICAS } from "./members";
import type { Settings } from "./setting";

export const RECOVERY = {
    recoverFrom: {
        kind: "integer",
        check: isInteger(0, MOST_REPLICAS - 1),
        allowed: "an ordinal, 0 to `replicas` - 1",
        defaultText: "none",
        unset: -1,
        description:
            "One-shot: the ordinal whose data survived a [lost quorum](docs/operations.md#quorum-lost). Take it out again afterwards",
        change: "makes the cluster go on from there; refused while a quorum lives",
    },
    recoverSnapshot: {
        kind: "text",
        check: isText(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 128),
        allowed: "the name of a file in the root of the volume: 1 to 128 characters of A-Z a-z 0-9 . _ -, no path",
        defaultText: "none",
        description:
            "With `recoverFrom`: a [snapshot](docs/operations.md#from-a-snapshot) in the root of that ordinal's volume to go on from instead, by its file name. Take it out again together with `recoverFrom`",
        change: "is a new request",
    },
    acceptVolumes: {
        kind: "text",
        check: isText(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 64),
        allowed: "any word that was not there before, such as a date: 1 to 64 characters of A-Z a-z 0-9 . _ -",
        defaultText: "none",
        description:
            "One-shot: volumes [went back in time](docs/operations.md#a-volume-that-went-back-in-time) on purpose, all of them; members that are held for it start on them as they are",
        change: "lets members that are held start; others do not notice",
    },
} satisfies Partial<Settings>;
