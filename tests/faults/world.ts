/**
 * The cluster that a case breaks: three nodes, the real engine, and clients that write all the time. What must hold after every
 * case is asserted here, once.
 */
import assert from "assert";
import * as path from "path";

import { EtcdView, type Member } from "../support/cluster-etcd";
import { EtcdStack, type Settings } from "../support/cluster-stack";
import { sleep } from "../support/scripts-wait";
import type { Case } from "./case";
import { Load, type LoadOptions } from "./load";
import type { Figures } from "./tally";
import { judge } from "./verdict";

/** What the judge and the clients said of one case. */
export interface Findings extends Figures {
    operations: number;
    /** What the case itself has to say. */
    note?: string;
}

export class World {
    load!: Load;
    private options!: LoadOptions;
    /** Members and pods that the case is to leave behind. */
    replicas: number;

    private constructor(
        readonly stack: EtcdStack,
        readonly settings: Settings,
        public view: EtcdView,
        readonly members: Member[],
        private identity: string,
    ) {
        this.replicas = members.length;
    }

    static async make(settings: Settings, program?: string): Promise<World> {
        const stack = await EtcdStack.create(settings);
        stack.programIs(program);
        try {
            await stack.upped();
            return await World.around(stack, settings);
        } catch (error) {
            const report = await stack.report();
            await stack.remove();
            throw new Error(`${(error as Error).stack}\n${report}`);
        }
    }

    /** The same cluster, as it is now: the beginning of the next case. */
    again(): Promise<World> {
        return World.around(this.stack, this.settings);
    }

    private static async around(stack: EtcdStack, settings: Settings): Promise<World> {
        const view = await EtcdView.of(stack);
        const members = await view.settled(Number(settings.replicas));
        return new World(stack, settings, view, members, await view.clusterId());
    }

    /** Runs `work` under load, or just after it, and then asserts what no fault may change. */
    async judged(id: string, quiet: boolean, work: Case["run"]): Promise<Findings> {
        const file = path.join(process.env.TEST_WORK!, "histories", `${id}.jsonl`);
        const targets = () => [this.view.endpoint, ...this.view.endpoints];
        this.options = { targets, passwords: [this.view.password], file };
        this.load = await Load.start(this.options);
        let note: string | void;
        try {
            if (quiet) {
                await sleep(3000);
                await this.load.stop();
                await sleep(1000);
            }
            note = await work(this);
            await this.healed();
        } finally {
            await this.load.stop();
        }
        const { endpoint } = this.view;
        await this.load.finalReads(endpoint);
        assert.deepEqual(await this.load.lost(endpoint), [], "acknowledged writes are lost");
        const verdict = await judge([file], { picture: file.replace(/jsonl$/, "html") });
        assert.equal(verdict.verdict, "ok", `the history of key ${verdict.key} is ${verdict.verdict}: ${file}`);
        return { ...this.load.figures, operations: verdict.operations, note: note ?? undefined };
    }

    /**
     * All disks are gone by the case's own doing, and this is another cluster: `look` sees it first, then clients begin anew,
     * that know of nothing before.
     */
    async anew(look: (view: EtcdView) => Promise<void>): Promise<void> {
        await this.load.stop();
        this.view = await EtcdView.of(this.stack);
        await this.view.settled(this.replicas);
        this.identity = await this.view.clusterId();
        await look(this.view);
        this.options.passwords = [this.view.password];
        this.load = await Load.start(this.options);
    }

    /** The password is about to become this one: the clients know both. */
    tells(password: string): void {
        this.options.passwords!.push(password);
    }

    /** Started voters only, exactly the ordinals, all pods Ready, one cluster and the one that it was, equal data. */
    async healed(): Promise<Member[]> {
        const members = await this.view.settled(this.replicas);
        assert.equal(await this.view.clusterId(), this.identity, "it is another cluster");
        await this.view.sameData();
        return members;
    }

    /** The case makes another cluster of it, which must say so by its ID. */
    async renamed(): Promise<void> {
        const identity = await this.view.clusterId();
        assert.notEqual(identity, this.identity, "it is the same cluster");
        this.identity = identity;
    }

    /** The members of the beginning are the same ones. */
    async kept(): Promise<void> {
        assert.deepEqual(await this.view.settled(this.replicas), this.members);
    }
}
