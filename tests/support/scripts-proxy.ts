// A pod's way to the API server: a TCP forwarder that a test can cut, make silent, and restore.
import * as net from "net";

export type Link = "up" | "refused" | "silent" | "slow";

/** What a slow link adds to every connection, milliseconds: within the time that scripts give a call. */
const SLOW = 2500;

export class Proxy {
    port = 0;
    /** How many of the next connections end before anything is said. */
    refusing = 0;
    private link: Link = "up";
    private readonly sockets = new Set<net.Socket>();
    private server = net.createServer();

    constructor(private readonly target: { host: string; port: number }) {}

    async start(): Promise<void> {
        this.server = net.createServer((client) => this.accept(client));
        await new Promise<void>((resolve, reject) => {
            this.server.once("error", reject);
            this.server.listen(this.port, "127.0.0.1", resolve);
        });
        this.port = (this.server.address() as net.AddressInfo).port;
    }

    /** up: forwards. slow: forwards after a while. refused: nobody listens. silent: accepts, and never answers. Open connections end. */
    async set(link: Link): Promise<void> {
        if (link === this.link) {
            return;
        }
        const listened = this.link !== "refused";
        this.link = link;
        this.sockets.forEach((socket) => socket.destroy());
        if (link === "refused") {
            await this.close();
        } else if (!listened) {
            await this.start();
        }
    }

    async stop(): Promise<void> {
        this.sockets.forEach((socket) => socket.destroy());
        await this.close();
    }

    private async close(): Promise<void> {
        if (this.server.listening) {
            await new Promise((resolve) => this.server.close(resolve));
        }
    }

    private accept(client: net.Socket): void {
        this.track(client);
        if (this.refusing > 0) {
            this.refusing -= 1;
            client.destroy();
        } else if (this.link === "up") {
            this.forward(client);
        } else if (this.link === "slow") {
            setTimeout(() => !client.destroyed && this.forward(client), SLOW);
        }
    }

    private forward(client: net.Socket): void {
        const upstream = net.connect(this.target);
        this.track(upstream);
        client.pipe(upstream).pipe(client);
        client.on("close", () => upstream.destroy());
        upstream.on("close", () => client.destroy());
    }

    private track(socket: net.Socket): void {
        this.sockets.add(socket);
        socket.on("error", () => socket.destroy());
        socket.on("close", () => this.sockets.delete(socket));
    }
}
