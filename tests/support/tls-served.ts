// What a member serves, seen by a client that trusts one CA.
import * as tls from "tls";

/** The serial number of the certificate that is served there, to somebody who trusts that CA. */
export function servedTo(ca: string, endpoint: string): Promise<string> {
    const { hostname: host, port } = new URL(endpoint);
    return new Promise((resolve, reject) => {
        const socket = tls.connect({ host, port: Number(port), ca, servername: host }, () => {
            resolve(socket.getPeerCertificate().serialNumber);
            socket.destroy();
        });
        socket.on("error", reject);
    });
}
