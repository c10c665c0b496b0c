// A language host for Node.js programs, for machines where the official one cannot be had. The engine starts it,
// reads its port, and asks it what the program needs and to run it. Everything that a program's resources do goes
// straight from the SDK to the engine, so the host decides nothing about them (resource hooks included).
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import * as services from "@pulumi/pulumi/proto/language_grpc_pb";
import * as lang from "@pulumi/pulumi/proto/language_pb";
import { PackageDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { engineAddress, grpcError, servePlugin, unary } from "../shared/grpc-plugin";
import { requiredPackages } from "./packages";
import { runProgram } from "./program";

const engine = engineAddress(process.argv.slice(2)) ?? "";
const children = new Set<ChildProcess>();

function stopChildren(): void {
    for (const child of children) {
        child.kill("SIGTERM");
    }
}

function options(info: lang.ProgramInfo | undefined): Record<string, unknown> {
    return (info?.getOptions()?.toJavaScript() ?? {}) as Record<string, unknown>;
}

function configOf(request: lang.RunRequest): Record<string, string> {
    return Object.fromEntries(request.getConfigMap().toArray());
}

async function run(request: lang.RunRequest): Promise<lang.RunResponse> {
    const info = request.getInfo();
    const outcome = await runProgram(
        {
            folder: info?.getProgramDirectory() || request.getPwd(),
            entryPoint: info?.getEntryPoint() || ".",
            rootDirectory: info?.getRootDirectory() ?? "",
            project: request.getProject(),
            stack: request.getStack(),
            organization: request.getOrganization(),
            pwd: request.getPwd(),
            parallel: request.getParallel(),
            dryRun: request.getDryrun(),
            args: request.getArgsList(),
            monitor: request.getMonitorAddress(),
            engine,
            config: configOf(request),
            configSecretKeys: request.getConfigsecretkeysList(),
            options: options(info),
        },
        (child) => {
            children.add(child);
            child.on("close", () => children.delete(child));
        },
    );
    const response = new lang.RunResponse();
    response.setError(outcome.error ?? "");
    response.setBail(outcome.bail);
    return response;
}

function getRequiredPackages(request: lang.GetRequiredPackagesRequest): lang.GetRequiredPackagesResponse {
    const response = new lang.GetRequiredPackagesResponse();
    for (const found of requiredPackages(request.getInfo()?.getProgramDirectory() ?? process.cwd())) {
        const dependency = new PackageDependency();
        dependency.setName(found.name);
        dependency.setKind("resource");
        dependency.setVersion(found.version && `v${found.version.replace(/^v/, "")}`);
        dependency.setServer(found.server);
        response.addPackages(dependency);
    }
    return response;
}

function about(): lang.AboutResponse {
    const response = new lang.AboutResponse();
    response.setExecutable(process.execPath);
    response.setVersion(process.version);
    return response;
}

type InstallCall = grpc.ServerWritableStream<lang.InstallDependenciesRequest, lang.InstallDependenciesResponse>;

/** `pulumi install`: npm only, and what it prints is passed on as it comes. */
function installDependencies(call: InstallCall): void {
    const info = call.request.getInfo();
    const manager = options(info)["packagemanager"] ?? "npm";
    if (manager !== "npm") {
        const message = `the stand-in language host installs with npm, not with ${String(manager)}`;
        return void call.emit("error", grpcError(new Error(message)));
    }
    const child = spawn("npm", ["install"], {
        cwd: info?.getProgramDirectory() || call.request.getDirectory(),
        stdio: ["ignore", "pipe", "pipe"],
    });
    children.add(child);
    const send = (set: (response: lang.InstallDependenciesResponse, chunk: Buffer) => void) => (chunk: Buffer) => {
        const response = new lang.InstallDependenciesResponse();
        set(response, chunk);
        call.write(response);
    };
    child.stdout.on(
        "data",
        send((response, chunk) => response.setStdout(chunk)),
    );
    child.stderr.on(
        "data",
        send((response, chunk) => response.setStderr(chunk)),
    );
    child.on("error", (error) => call.emit("error", grpcError(error)));
    child.on("close", (code) => {
        children.delete(child);
        if (code === 0) {
            call.end();
        } else {
            call.emit("error", grpcError(new Error(`npm install failed with exit code ${code}`)));
        }
    });
}

function version(): PluginInfo {
    const info = new PluginInfo();
    info.setVersion("0.0.0");
    return info;
}

const implementation: grpc.UntypedServiceImplementation = {
    handshake: unary(() => new lang.LanguageHandshakeResponse()),
    getPluginInfo: unary(version),
    getRequiredPackages: unary(getRequiredPackages),
    getRequiredPlugins: unary(() => new lang.GetRequiredPluginsResponse()),
    getProgramDependencies: unary(() => new lang.GetProgramDependenciesResponse()),
    about: unary(about),
    runtimeOptionsPrompts: unary(() => new lang.RuntimeOptionsResponse()),
    installDependencies: installDependencies as unknown as grpc.UntypedHandleCall,
    run: unary(run),
    cancel: unary(() => {
        stopChildren();
        return new Empty();
    }),
};

const service = (services as unknown as { LanguageRuntimeService: grpc.ServiceDefinition }).LanguageRuntimeService;
void servePlugin(service, implementation, stopChildren);
