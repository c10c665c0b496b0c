/** A server on loopback that stands for etcd's HTTP gateway, for tests of clients: it says what the test wants it to say. */
import * as http from "http";
import type { AddressInfo } from "net";

export interface Asked {
    /** Whether it is a login, which has no token yet. */
    login: boolean;
    body: Record<string, unknown>;
    token?: string;
}

export type Reply = (response: http.ServerResponse) => void;

/** A refusal, as the gateway words it. */
export const says =
    (status: number, message: string): Reply =>
    (response) =>
        response.writeHead(status).end(JSON.stringify({ code: 0, message, error: message }));

export const gives =
    (value: object): Reply =>
    (response) =>
        response.end(JSON.stringify(value));

/** Runs `work` with the server's URL, and ends it afterwards, whatever is still under way. */
export async function answering<T>(answer: (asked: Asked) => Reply, work: (url: string) => Promise<T>): Promise<T> {
    const server = http.createServer((request, response) => {
        let text = "";
        request
            .on("data", (part: Buffer) => (text += part.toString()))
            .on("end", () => {
                const body = JSON.parse(text) as Record<string, unknown>;
                const login = request.url === "/v3/auth/authenticate";
                answer({ login, body, token: request.headers.authorization })(response);
            });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
        return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
        await new Promise((resolve) => server.close(resolve).closeAllConnections());
    }
}
