// Lets this process speak TLS to clusters that made CAs of their own, by the outputs of their stacks.
import { isIP } from "net";
import { checkServerIdentity, rootCertificates } from "tls";
import { Agent, setGlobalDispatcher } from "undici";

const trusted = new Map<string, string>();

/**
 * Members of that cluster are trusted by those CAs from now on, and by none that was given for it before; under every name of their
 * certificate and, in these tests, by address. New connections are verified so; requests under way are not disturbed.
 */
export function trust(cluster: string, cas: string): void {
    if (trusted.get(cluster) === cas) {
        return;
    }
    trusted.set(cluster, cas);
    const identity: typeof checkServerIdentity = (host, certificate) =>
        // No certificate is made out to the address of a pod.
        isIP(host) ? undefined : checkServerIdentity(host, certificate);
    setGlobalDispatcher(
        new Agent({ connect: { ca: [...rootCertificates, ...trusted.values()], checkServerIdentity: identity } }),
    );
}
