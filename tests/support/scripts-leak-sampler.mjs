// Worker thread: looks at every command line in the sandbox, again and again, for strings that may never be there.
import * as fs from "node:fs";
import { parentPort } from "node:worker_threads";

const INTERVAL = 15;
let needles = [];
let samples = 0;

parentPort.on("message", (message) => {
    if (message === "count") {
        parentPort.postMessage({ samples });
    } else {
        needles = message;
    }
});

/** The command line of a process, with spaces between the words; empty when it is gone already. */
function commandLine(pid) {
    try {
        return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
        return "";
    }
}

setInterval(() => {
    samples += 1;
    for (const pid of fs.readdirSync("/proc")) {
        const line = /^\d+$/.test(pid) ? commandLine(pid) : "";
        if (needles.some((needle) => line.includes(needle))) {
            parentPort.postMessage({ leak: line });
        }
    }
}, INTERVAL);
