/** Scripts of before can be explored too, with what they knew. */
import { scriptNames } from "../support/scripts-folder";

/** Whether they are of before they had a folder for what they share: the marker then held what Pulumi has to say. */
export const OF_BEFORE = !scriptNames().some((name) => name.startsWith("lib/"));
