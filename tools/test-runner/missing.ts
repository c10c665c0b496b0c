/** Builds what is missing of the toolchain while tests run that need none of it. */
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { CHECKOUT } from "../support/paths";
import type { Started } from "./processes";
import type { Run } from "./run-tier";

/** After tests in line for a core: the gate is to tell in minutes. */
const LATER = ["nice", "-n", "10"];

/** Begins in the background. When it fails, whoever needs what is missing tries again, and says why. */
export function buildMissing(tools: string[], { screen, stopping }: Run): Started {
    if (tools.length === 0) {
        return { ended: Promise.resolve(0), stop: () => undefined };
    }
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "etcd-builds-"));
    const printed = path.join(folder, "printed");
    const output = fs.openSync(printed, "w");
    screen.opened("toolchain", printed, true);
    const program = [process.execPath, "--import", "tsx", path.join(__dirname, "build-tools.ts")];
    const { stop, ended } = stopping.start([...LATER, ...program, ...tools], {
        cwd: CHECKOUT,
        env: process.env,
        output,
    });
    return {
        stop,
        ended: ended
            .catch(() => 1)
            .finally(() => {
                fs.closeSync(output);
                screen.closed("toolchain");
                fs.rmSync(folder, { recursive: true, force: true });
            }),
    };
}
