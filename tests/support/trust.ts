// Lets this process speak TLS to clusters that made a CA of their own, by the outputs of their stacks.
import { isIP } from "net";
import { checkServerIdentity, rootCertificates } from "tls";
import { Agent, setGlobalDispatcher } from "undici";

const trusted = new Set<string>();

/** Members by that CA are trusted from now on, under every name of their certificate and, in these tests, by address. */
export function trust(ca: string): void {
    if (trusted.has(ca)) {
        return;
    }
    trusted.add(ca);
    const identity: typeof checkServerIdentity = (host, certificate) =>
        // No certificate is made out to the address of a pod.
        isIP(host) ? undefined : checkServerIdentity(host, certificate);
    setGlobalDispatcher(
        new Agent({ connect: { ca: [...rootCertificates, ...trusted], checkServerIdentity: identity } }),
    );
}
