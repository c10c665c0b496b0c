// Certificates as members show and take them, looked at from outside: one handshake for each question.
import * as tls from "tls";

/** How long a handshake may take on a busy machine, milliseconds. */
const PATIENCE = 20_000;

/** What a member, or a client, shows of itself. */
export interface Identity {
    cert: string;
    key: string;
}

function connect(url: string, options: tls.ConnectionOptions): tls.TLSSocket {
    const { hostname: host, port } = new URL(url);
    return tls.connect({ host, port: Number(port), servername: host, ...options });
}

/** The serial number of the certificate that is served there, to somebody who trusts those CAs. */
export function servedTo(ca: string, url: string): Promise<string> {
    return new Promise((resolve, reject) => {
        const socket = connect(url, { ca, timeout: PATIENCE });
        socket.once("secureConnect", () => {
            resolve(socket.getPeerCertificate().serialNumber);
            socket.destroy();
        });
        socket.once("timeout", () => socket.destroy(new Error("no handshake in time")));
        socket.on("error", reject);
    });
}

/**
 * What a member that asks for certificates makes of that one: "taken", or the alert that it answers with. With TLS 1.3 a server tells
 * so only after the handshake: by the ticket for the next one, or by the alert.
 */
export function answerTo(identity: Identity, ca: string, url: string): Promise<string> {
    return new Promise((resolve) => {
        const socket = connect(url, { ...identity, ca, timeout: PATIENCE });
        const end = (answer: string) => {
            resolve(answer);
            socket.destroy();
        };
        socket.once("session", () => end("taken"));
        socket.once("timeout", () => end("no answer in time"));
        socket.once("close", () => end("closed"));
        socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    });
}

/** The state of a stack in which the members' certificate, or that of the CA, ends tomorrow: what the passing of time does. */
export function endingTomorrow(
    state: string,
    kind: "LocallySignedCert" | "SelfSignedCert" = "LocallySignedCert",
): string {
    const exported = JSON.parse(state) as {
        deployment: { resources: { type: string; outputs: Record<string, unknown> }[] };
    };
    const certificate = exported.deployment.resources.find(({ type }) => type.endsWith(`:${kind}`))!;
    certificate.outputs.validityEndTime = new Date(Date.now() + 24 * 3600_000).toISOString();
    return JSON.stringify(exported);
}
