/**
 * One run at a time of what must not run twice. A lock belongs to a living process: what a killed run left behind is
 * recognised and taken over.
 */
import * as fs from "fs";
import * as path from "path";

import { say } from "./progress";

/** Start time of a process in clock ticks; together with the pid it names one process for good. */
function startTime(pid: number | string): string | undefined {
    try {
        // The second field, the program's name, may hold spaces; count from its closing bracket.
        return fs
            .readFileSync(`/proc/${pid}/stat`, "utf8")
            .replace(/^.*\) /s, "")
            .split(" ")[19];
    } catch {
        return undefined;
    }
}

/** "<pid> <start time>", by which a process is told from a later one with the same number. */
export const identityOf = (pid: number) => `${pid} ${startTime(pid) ?? ""}`;

/** Whether that process still runs. Without /proc only the pid counts. */
export function isAlive(owner: string): boolean {
    const [pid = "", started] = owner.split(" ");
    try {
        process.kill(Number(pid), 0);
    } catch {
        return false;
    }
    return process.platform !== "linux" || startTime(pid) === started;
}

/** Runs `work` while holding the lock `file`; waits for another living owner, and says so once. */
export async function withLock<T>(file: string, what: string, work: () => Promise<T>): Promise<T> {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const me = identityOf(process.pid);
    for (let told = false; !tryLock(file, me);) {
        const other = owner(file);
        if (!told && other && isAlive(other)) {
            say(`- waiting for ${what} of another run (process ${other.split(" ")[0]})`);
            told = true;
        }
        await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const unlock = () => owner(file) === me && fs.rmSync(file, { force: true });
    process.once("exit", unlock);
    try {
        return await work();
    } finally {
        process.removeListener("exit", unlock);
        unlock();
    }
}

const owner = (file: string) => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "");

/** A hard link is made by one process only, and the file is complete when it appears. */
function tryLock(file: string, me: string): boolean {
    const mine = `${file}.${process.pid}`;
    fs.writeFileSync(mine, me);
    try {
        fs.linkSync(mine, file);
        return true;
    } catch {
        if (fs.existsSync(file) && !isAlive(owner(file))) {
            fs.rmSync(file, { force: true });
        }
        return false;
    } finally {
        fs.rmSync(mine, { force: true });
    }
}
