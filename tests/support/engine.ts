// Stacks for tests that need the real Pulumi engine: a temporary state folder, inline programs, and what the engine
// reported as plain data. The stand-in plugins come first on PATH, so that the tests judge them and nothing else.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import * as automation from "@pulumi/pulumi/automation";
import * as settings from "@pulumi/pulumi/runtime/settings";
import { STAND_INS, standIns } from "../../tools/toolchain/stand-ins";

/** `TEST_PLUGINS` names a folder of other plugins: the same tests, run by hand with the official ones, say whether a stand-in does alike. */
export const PLUGINS = process.env["TEST_PLUGINS"] ?? standIns(STAND_INS);
const PROJECT = "plugin-test";

// Every engine listens on a port of its own, which may be one that an ended engine had. Connections of inline programs are kept by
// address for the whole process: the program would meet the old one's, broken, register nothing, and end as if all were well.
const { grpcClientOptions } = settings as unknown as { grpcClientOptions: Record<string, number> };
grpcClientOptions["grpc.use_local_subchannel_pool"] = 1;

export interface Step {
    readonly op: string;
    readonly type: string;
    readonly name: string;
    /** Property paths with their kind of change, as the plugin gave them. */
    readonly diff: Readonly<Record<string, string>>;
    /** What makes it a replacement. */
    readonly keys: readonly string[];
}

export interface Message {
    readonly severity: string;
    readonly text: string;
    readonly ephemeral: boolean;
}

export interface Outcome {
    readonly ok: boolean;
    /** How many resources had each operation; the stack itself counts as one. */
    readonly changes: Readonly<Record<string, number>>;
    readonly steps: readonly Step[];
    readonly messages: readonly Message[];
    /** All messages and the error, as one text. */
    readonly text: string;
    readonly outputs: automation.OutputMap;
}

export type Program = () => Promise<Record<string, unknown> | void> | Record<string, unknown> | void;

export interface StackOptions {
    readonly env?: Record<string, string>;
    readonly config?: Record<string, string>;
}

interface Recorded {
    onEvent(event: automation.EngineEvent): void;
    readonly changes: Record<string, number>;
    readonly steps: Step[];
    readonly messages: Message[];
}

function nameOf(urn: string): string {
    return urn.split("::").slice(3).join("::");
}

function recorder(): Recorded {
    const recorded: Recorded = { changes: {}, steps: [], messages: [], onEvent };
    function onEvent(event: automation.EngineEvent): void {
        const step = event.resourcePreEvent?.metadata;
        if (step && step.type !== "pulumi:pulumi:Stack") {
            const diff = Object.entries(step.detailedDiff ?? {}).map(([at, one]) => [at, one.diffKind] as const);
            recorded.steps.push({
                op: step.op,
                type: step.type,
                name: nameOf(step.urn),
                diff: Object.fromEntries(diff),
                keys: step.keys ?? [],
            });
        }
        if (event.diagnosticEvent) {
            const { severity, message, ephemeral } = event.diagnosticEvent;
            recorded.messages.push({ severity, text: message, ephemeral: ephemeral ?? false });
        }
        for (const [op, count] of Object.entries(event.summaryEvent?.resourceChanges ?? {})) {
            recorded.changes[op] = count ?? 0;
        }
    }
    return recorded;
}

export class TestStack {
    private readonly folder = mkdtempSync(path.join(tmpdir(), "plugin-test-"));
    private stack!: automation.Stack;

    private constructor(public program: Program) {}

    static async create(program: Program, options: StackOptions = {}): Promise<TestStack> {
        const made = new TestStack(program);
        made.stack = await automation.LocalWorkspace.createOrSelectStack(
            { stackName: "test", projectName: PROJECT, program: async () => (await made.program()) ?? {} },
            {
                workDir: made.folder,
                envVars: { ...made.environment(), ...options.env },
                projectSettings: {
                    name: PROJECT,
                    runtime: "nodejs",
                    backend: { url: `file://${made.folder}` },
                },
            },
        );
        for (const [key, value] of Object.entries(options.config ?? {})) {
            await made.stack.setConfig(key, { value });
        }
        return made;
    }

    private environment(): Record<string, string> {
        const kubeconfig = process.env["TEST_KUBECONFIG"];
        return {
            PATH: `${PLUGINS}${path.delimiter}${process.env["PATH"] ?? ""}`,
            PULUMI_HOME: path.join(this.folder, "home"),
            PULUMI_BACKEND_URL: `file://${this.folder}`,
            PULUMI_CONFIG_PASSPHRASE: "test",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
            ...(kubeconfig ? { KUBECONFIG: kubeconfig } : {}),
        };
    }

    private async record(
        run: (onEvent: Recorded["onEvent"]) => Promise<{ outputs?: automation.OutputMap }>,
    ): Promise<Outcome> {
        const recorded = recorder();
        let error = "";
        let outputs: automation.OutputMap = {};
        try {
            outputs = (await run(recorded.onEvent)).outputs ?? {};
        } catch (failed) {
            error = String(failed);
        }
        return {
            ok: error === "",
            changes: recorded.changes,
            steps: recorded.steps,
            messages: recorded.messages,
            text: [...recorded.messages.map((message) => message.text), error].join("\n"),
            outputs,
        };
    }

    up(options: { refresh?: boolean } = {}): Promise<Outcome> {
        return this.record((onEvent) => this.stack.up({ onEvent, refresh: options.refresh ?? false }));
    }

    preview(options: { refresh?: boolean } = {}): Promise<Outcome> {
        return this.record(async (onEvent) => {
            await this.stack.preview({ onEvent, refresh: options.refresh ?? false });
            return {};
        });
    }

    refresh(): Promise<Outcome> {
        return this.record(async (onEvent) => {
            await this.stack.refresh({ onEvent });
            return {};
        });
    }

    destroy(): Promise<Outcome> {
        return this.record(async (onEvent) => {
            await this.stack.destroy({ onEvent });
            return {};
        });
    }

    /** The state as the engine wrote it: secrets are ciphertext there. */
    stateFile(): string {
        return readFileSync(path.join(this.folder, ".pulumi", "stacks", PROJECT, "test.json"), "utf8");
    }

    /** Forgets all resources, as a deployment that died half way would. */
    async forget(): Promise<void> {
        const state = await this.stack.exportStack();
        state.deployment.resources = [];
        await this.stack.importStack(state);
    }

    /** Changes the state of the one resource of that type behind the engine's back. */
    async edit(type: string, change: (outputs: Record<string, unknown>) => void): Promise<void> {
        const state = await this.stack.exportStack();
        const resources = state.deployment.resources as { type: string; outputs: Record<string, unknown> }[];
        change(resources.find((resource) => resource.type === type)!.outputs);
        await this.stack.importStack(state);
    }

    remove(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }
}

/** Operations of the resources of one type, in the order in which they were done. */
export function operations(outcome: Outcome, type: string): string[] {
    return outcome.steps.filter((step) => step.type === type).map((step) => step.op);
}
