// Running a program is the SDK's own business (`@pulumi/pulumi/cmd/run`): the host only has to start the copy of the
// SDK that the PROGRAM has installed, because program and SDK must share one module instance.
import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import * as path from "node:path";

/** What the SDK exits with when it has already told the user what is wrong. */
const EXIT_BAIL = 32;

export interface ProgramRun {
    readonly folder: string;
    readonly entryPoint: string;
    readonly rootDirectory: string;
    readonly project: string;
    readonly stack: string;
    readonly organization: string;
    readonly pwd: string;
    readonly parallel: number;
    readonly dryRun: boolean;
    readonly args: readonly string[];
    readonly monitor: string;
    readonly engine: string;
    readonly config: Readonly<Record<string, string>>;
    readonly configSecretKeys: readonly string[];
    readonly options: Readonly<Record<string, unknown>>;
}

export interface RunOutcome {
    readonly error?: string;
    readonly bail: boolean;
}

/** Finds a file of the SDK as the program itself would. */
export function resolveFromProgram(folder: string, file: string): string {
    try {
        return createRequire(path.join(folder, "package.json")).resolve(file);
    } catch {
        throw new Error(`The Pulumi SDK has not been installed in ${folder}. Have you run "npm ci" there?`);
    }
}

function sdkArguments(run: ProgramRun): string[] {
    const args = [`--monitor=${run.monitor}`, `--engine=${run.engine}`];
    const optional: Record<string, string> = {
        organization: run.organization,
        project: run.project,
        stack: run.stack,
        pwd: run.pwd,
        "root-directory": run.rootDirectory,
    };
    for (const [flag, value] of Object.entries(optional)) {
        if (value) {
            args.push(`--${flag}=${value}`);
        }
    }
    if (run.dryRun) {
        args.push("--dry-run");
    }
    args.push(`--parallel=${run.parallel}`, run.entryPoint, ...run.args);
    return args;
}

function programEnvironment(run: ProgramRun): NodeJS.ProcessEnv {
    const tsconfig = run.options["tsconfig"];
    return {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(run.config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(run.configSecretKeys),
        PULUMI_NODEJS_TYPESCRIPT: run.options["typescript"] === false ? "false" : "true",
        ...(typeof tsconfig === "string" ? { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig } : {}),
    };
}

/** `nodeargs` of Pulumi.yaml, split as a shell would split plain words. */
function nodeArguments(options: ProgramRun["options"]): string[] {
    const raw = options["nodeargs"];
    return typeof raw === "string" ? raw.split(/\s+/).filter(Boolean) : [];
}

/** Starts the program. `started` hands out the process, so that it can be ended with the host. */
export async function runProgram(run: ProgramRun, started: (child: ChildProcess) => void): Promise<RunOutcome> {
    const sdk = resolveFromProgram(run.folder, "@pulumi/pulumi/cmd/run");
    const child = spawn(process.execPath, [...nodeArguments(run.options), sdk, ...sdkArguments(run)], {
        cwd: run.folder,
        env: programEnvironment(run),
        // The engine shows what a host writes; stdin stays closed, a program has nobody to ask.
        stdio: ["ignore", "inherit", "inherit"],
    });
    started(child);
    return new Promise((resolve) => {
        child.on("error", (error) => resolve({ error: `could not start the program: ${error.message}`, bail: false }));
        child.on("close", (code, signal) => resolve(outcomeOf(code, signal)));
    });
}

function outcomeOf(code: number | null, signal: NodeJS.Signals | null): RunOutcome {
    if (code === 0) {
        return { bail: false };
    }
    if (code === EXIT_BAIL) {
        return { bail: true };
    }
    const how = signal ? `was ended by ${signal}` : `exited with non-zero exit code: ${code}`;
    return { error: `Program ${how}`, bail: false };
}
