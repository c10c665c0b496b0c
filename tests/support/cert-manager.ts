// cert-manager, as far as a cluster without it needs it: its definitions on the API server, and its part played by hand. What it
// is asked for is read from the API server, so that nothing but the objects themselves says what the Secret must hold.
import * as crypto from "crypto";
import * as path from "path";

import { kubectl, kubectlWith } from "./cluster-kubectl";
import { TestCa } from "./scripts-tls";
import { sleep, waitFor } from "./scripts-wait";

const TYPES = ["issuers", "certificates"].map((kind) => `${kind}.cert-manager.io`);
const DEFINED = [...TYPES, "certificaterequests.cert-manager.io"];

/** The API server knows Issuers, Certificates and requests for them from now on. */
export async function installDefinitions(): Promise<void> {
    const folder = process.env.TEST_CERT_MANAGER!;
    const files = DEFINED.flatMap((type) => ["-f", path.join(folder, `cert-manager.io_${type.split(".")[0]}.yaml`)]);
    await kubectl("apply", "--server-side", ...files);
    // kubectl gives up at once on a definition that is so new that it has no conditions at all.
    const established = async () => {
        await kubectl("wait", "--for=condition=Established", "--timeout=60s", ...DEFINED.map((type) => `crd/${type}`));
        // Discovery tells of them a moment later.
        await kubectl("get", DEFINED.join(), "--all-namespaces");
        return true;
    };
    await waitFor("the definitions of cert-manager", established, { interval: 1000 });
}

/** It knows them no more, and all of them are gone. */
export async function removeDefinitions(): Promise<void> {
    await kubectl("delete", "crd", "--ignore-not-found", ...DEFINED);
}

/** What cert-manager says of a Certificate that names an issuer which does not exist, for as long as it does not. */
export async function issuerIsMissing(namespace: string, certificate: string, issuer: string): Promise<void> {
    const inNamespace = ["--namespace", namespace];
    await waitFor(`Certificate ${certificate}`, () =>
        kubectl(...inNamespace, "get", TYPES[1]!, certificate, "-o", "name"),
    );
    const metadata = {
        name: `${certificate}-1`,
        annotations: { "cert-manager.io/certificate-name": certificate },
    };
    const request = {
        apiVersion: "cert-manager.io/v1",
        kind: "CertificateRequest",
        metadata,
        spec: {
            request: Buffer.from("a request").toString("base64"),
            issuerRef: { name: issuer, kind: "ClusterIssuer" },
        },
    };
    await kubectlWith(JSON.stringify(request), ...inNamespace, "create", "-f", "-");
    const message = `Referenced "ClusterIssuer" not found: clusterissuer.cert-manager.io "${issuer}" not found`;
    const condition = { type: "Ready", status: "False", reason: "Pending", message };
    const patch = JSON.stringify({ status: { conditions: [condition] } });
    const what = ["patch", DEFINED[2]!, metadata.name, "--subresource=status", "--type=merge", "-p", patch];
    await kubectl(...inNamespace, ...what);
}

interface Condition {
    type: string;
    observedGeneration?: number;
}

export interface CertManagerObject {
    kind: string;
    metadata: { name: string; generation: number };
    spec: CertificateSpec;
    status?: { conditions?: Condition[] };
}

interface CertificateSpec {
    isCA?: boolean;
    commonName: string;
    dnsNames: string[];
    ipAddresses: string[];
    secretName: string;
    secretTemplate: { labels: Record<string, string> };
    privateKey: { encoding: string };
}

export class PlayedCertManager {
    /** What was answered, in this order. */
    readonly answered: string[] = [];

    /** `before`: called with each object before it is answered. */
    constructor(
        readonly namespace: string,
        readonly ca: TestCa,
        private readonly before: (object: CertManagerObject) => Promise<void> = async () => {},
    ) {}

    /** Answers for every object that there is or will be, until `work` has ended. */
    async during<T>(work: Promise<T>): Promise<T> {
        let over = false;
        const ended = work.finally(() => (over = true));
        const playing = async () => {
            while (!over) {
                await this.answerAll();
                await sleep(500);
            }
        };
        const [result] = await Promise.all([ended, playing()]);
        return result;
    }

    /** Issues the certificate anew, with another key, as at a renewal. */
    async renew(name: string): Promise<void> {
        await this.issue(JSON.parse(await this.kubectl("get", TYPES[1]!, name, "-o", "json")) as CertManagerObject);
    }

    private kubectl(...args: string[]): Promise<string> {
        return kubectl("--namespace", this.namespace, ...args);
    }

    private async answerAll(): Promise<void> {
        const list = await this.kubectl("get", TYPES.join(), "-o", "json");
        for (const object of (JSON.parse(list) as { items: CertManagerObject[] }).items) {
            const { metadata, status } = object;
            const ready = status?.conditions?.find(({ type }) => type === "Ready");
            if (ready?.observedGeneration !== metadata.generation) {
                await this.answer(object);
            }
        }
    }

    private async answer(object: CertManagerObject): Promise<void> {
        const { kind, metadata, spec } = object;
        await this.before(object);
        if (kind === "Certificate" && !spec.isCA) {
            await this.issue(object);
        }
        const condition = {
            type: "Ready",
            status: "True",
            reason: "Played",
            message: "as far as this test goes",
            lastTransitionTime: new Date().toISOString().replace(/\.\d+/, ""),
            observedGeneration: metadata.generation,
        };
        const patch = JSON.stringify({ status: { conditions: [condition] } });
        const where = `${kind.toLowerCase()}.cert-manager.io/${metadata.name}`;
        await this.kubectl("patch", where, "--subresource=status", "--type=merge", "-p", patch);
        this.answered.push(`${kind} ${metadata.name}`);
    }

    /** The Secret as cert-manager makes it: three keys, the private one in the encoding that is asked for. */
    private async issue({ spec }: CertManagerObject): Promise<void> {
        const files = await this.ca.sign(spec);
        const type = spec.privateKey.encoding === "PKCS8" ? "pkcs8" : "sec1";
        const key = crypto.createPrivateKey(files["tls.key"]).export({ type: type as "pkcs8", format: "pem" });
        const data = Object.entries({ ...files, "tls.key": String(key) }).map(([name, text]) => [
            name,
            Buffer.from(text).toString("base64"),
        ]);
        const secret = {
            apiVersion: "v1",
            kind: "Secret",
            type: "kubernetes.io/tls",
            metadata: { name: spec.secretName, labels: spec.secretTemplate.labels },
            data: Object.fromEntries(data) as Record<string, string>,
        };
        await kubectlWith(JSON.stringify(secret), "--namespace", this.namespace, "apply", "-f", "-");
    }
}
