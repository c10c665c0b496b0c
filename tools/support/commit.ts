/** At which commit a record was made. */
import { execFileSync } from "child_process";

/** The commit of this checkout, and whether anything in it differs; a checkout without git has none to name. */
export function commit(): string {
    const git = (...args: string[]) =>
        execFileSync("git", args, { cwd: __dirname, encoding: "utf8", stdio: "pipe" }).trim();
    try {
        const name = `commit ${git("rev-parse", "--short", "HEAD")}`;
        return git("status", "--porcelain", "--untracked-files=no") === "" ? name : `${name}, with changes`;
    } catch {
        return "no known commit";
    }
}
