/** Cases of the literature that are not run here, and why. They stay in the report. */
import { notRun } from "../case";

export const NOT_RUN = [
    notRun("20", "clock skew", "a pod has no real-time clock of its own, and etcd is a static program"),
    notRun("50", "power loss", "needs a file system that loses what was not synced"),
];
