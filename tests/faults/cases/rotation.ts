/** Keys and certificates that are exchanged while clients use them: members one at a time, nobody ever refused for good. */
import assert from "assert";

import { answerTo, endingTomorrow, servedTo, type Identity } from "../../support/certificates";
import { EtcdView } from "../../support/cluster-etcd";
import { etcdOf } from "../../support/cluster-processes";
import { changed } from "../../support/cluster-stack";
import { login, readPrefix } from "../../support/scripts-client";
import { sleep, waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { deletePod, podOf } from "../pods";
import { allUpdated, unexplained, watched } from "../rollouts";
import { isDistrust } from "../tally";
import type { World } from "../world";

/** Whatever the other cases run with. */
const TLS = { replicas: 3, tls: "generated" };

/** A Secret of some kind, as the newest template names it. */
const mountedOf = ({ stack }: World, volume: string) =>
    stack.kubectl(
        ...["get", "statefulset", stack.name, "-o"],
        `jsonpath={.spec.template.spec.volumes[?(@.name=="${volume}")].secret.secretName}`,
    );
const secretOf = ({ stack }: World, name: string) =>
    stack.kubectl("get", "secret", name, "--ignore-not-found", "-o", "jsonpath={.data}");

/** By which the members know each other. */
async function identityOf(world: World): Promise<Identity> {
    const data = JSON.parse(await secretOf(world, await mountedOf(world, "tls"))) as Record<string, string>;
    const text = (file: string) => Buffer.from(data[file]!, "base64").toString();
    return { cert: text("tls.crt"), key: text("tls.key") };
}

const caOf = async ({ stack }: World) => String((await stack.outputs()).caCert);

/** The same host's port for members. */
const peerUrl = (url: string) => url.replace(/:2379$/, ":2380");

/** Everything of the cluster that serves a certificate. */
const served = ({ view: { endpoint, endpoints } }: World) => [endpoint, ...endpoints, ...endpoints.map(peerUrl)];

/** Which pods there are, in which life. */
const lives = async ({ view }: World) => (await view.pods()).map(({ uid, restarts }) => `${uid} ${restarts}`).join();

/** Clients that come anew all the time and verify whom they meet, while `work` goes on: how many, and what was wrong. */
async function newcomers(world: World, work: () => Promise<unknown>): Promise<{ count: number; wrong: string[] }> {
    const ca = await caOf(world);
    const seen = { count: 0, wrong: [] as string[] };
    let running = true;
    const come = async () => {
        while (running) {
            for (const url of served(world)) {
                await servedTo(ca, url).catch((error: Error) => seen.wrong.push(`${url}: ${error.message}`));
                seen.count++;
            }
            await sleep(50);
        }
    };
    const coming = come();
    await work().finally(() => (running = false));
    await coming;
    return seen;
}

/** The commands of docs/operations.md, from one CA to another, each before its `pulumi up`. */
const STEPS: ((world: World) => Promise<void>)[] = [
    async ({ stack }) => {
        await stack.configureAt("tlsCaGenerations[0]", "1");
        await stack.configureAt("tlsCaGenerations[1]", "2");
    },
    async ({ stack }) => {
        await stack.configureAt("tlsCaGenerations[0]", "2");
        await stack.configureAt("tlsCaGenerations[1]", "1");
    },
    ({ stack }) => stack.unsetAt("tlsCaGenerations[1]"),
];

/** Rolls out what is configured, `meanwhile` beside it; clients then get the new CAs. */
async function up(world: World, meanwhile: () => Promise<void> = async () => {}): Promise<number> {
    const { fewest } = await watched(world, async () => {
        const rolling = world.stack.upped();
        await Promise.all([rolling, meanwhile()]);
    });
    await allUpdated(world);
    world.view = await EtcdView.of(world.stack);
    return fewest;
}

/** Waits until one member is of the new revision and all are Ready; gives the ordinals that are still of the old one. */
async function halfWay(world: World, mounted: string): Promise<number[]> {
    return waitFor(
        "the first new pod, and all Ready",
        async () => {
            const text = await world.stack.kubectl("get", "pods", "-l", "app=etcd", "-o", "json");
            const { items } = JSON.parse(text) as {
                items: { metadata: { name: string }; spec: { volumes: { secret?: { secretName: string } }[] } }[];
            };
            const old = items.filter(({ spec }) => spec.volumes.some(({ secret }) => secret?.secretName === mounted));
            const ready = (await world.view.pods()).filter((pod) => pod.ready);
            const some = old.length > 0 && old.length < world.replicas && ready.length === world.replicas;
            return !some ? undefined : old.map(({ metadata }) => Number(metadata.name.split("-").pop()));
        },
        { limit: 300, interval: 200 },
    );
}

export const ROTATION: Case[] = [
    {
        id: "32c",
        title: "the key that signs login tokens is rotated",
        injected: "jwtKeyGeneration changed, pulumi up",
        run: async (world) => {
            const token = await login(world.view.endpoint, world.view.password);
            const name = await mountedOf(world, "jwt-key");
            const before = await secretOf(world, name);
            await world.stack.configureAt("jwtKeyGeneration", name.endsWith("-1") ? "2" : "1");
            const { fewest, restarts } = await watched(world, () => world.stack.upped());
            await allUpdated(world);
            assert.equal(fewest, world.replicas - 1, "not exactly one at a time");
            assert.notEqual(await secretOf(world, await mountedOf(world, "jwt-key")), before);
            assert.equal(await secretOf(world, name), "", "the key before is still there");
            const fresh = await login(world.view.endpoint, world.view.password);
            for (const pod of await world.view.pods()) {
                const url = world.view.urlOf(pod);
                await readPrefix(url, "none/", fresh);
                await assert.rejects(readPrefix(url, "none/", token), /invalid auth token/);
            }
            await world.kept();
            // A client whose token is refused logs in and asks again. That happens to a client of one member once its own has been
            // restarted, to one of the Service whenever it meets a member with the other key.
            const { failures, figures } = world.load;
            const { balanced, pinned } = figures.renewed;
            assert.deepEqual(unexplained(failures, restarts), [], "operations failed beside the restarts");
            assert.deepEqual(
                failures.filter(({ reason }) => /auth token/.test(reason)),
                [],
                "operations failed by their token",
            );
            assert.ok(balanced > 0 && pinned > 0, `${balanced} and ${pinned} tokens were refused`);
            return `${balanced} operations through the client Service and ${pinned} pinned to a member met a refused token and went on with another, none failed by it`;
        },
    },
    {
        id: "39",
        title: "the members' certificate is replaced in place",
        injected:
            "its end moved to tomorrow in the stack's state, pulumi up; new connections to every port all the time",
        settings: TLS,
        run: async (world) => {
            const { stack } = world;
            const [ca, before] = [await caOf(world), await lives(world)];
            const first = await servedTo(ca, world.view.endpoint);
            const { count, wrong } = await newcomers(world, async () => {
                await stack.imported(endingTomorrow(await stack.exported()));
                const renewal = await stack.upped();
                assert.equal(changed(renewal).replace, 2, renewal.text);
                for (const url of served(world)) {
                    // The kubelet brings new content of a Secret within a minute or two.
                    const renewed = async () => (await servedTo(ca, url)) !== first;
                    await waitFor(`the new certificate of ${url}`, renewed, { limit: 300, interval: 500 });
                }
            });
            assert.equal(await caOf(world), ca);
            assert.deepEqual(wrong, [], "new connections were not trusted");
            assert.equal(await lives(world), before, "a member was restarted");
            // A machine that is busy with something else may answer late; a certificate never shows in that way.
            const failures = world.load.failures.filter(({ reason }) => !/[Tt]imeout|timed out|leader/.test(reason));
            assert.deepEqual(failures, []);
            await world.kept();
            return `${count} new connections, all trusted`;
        },
    },
    {
        id: "40",
        title: "the CA is exchanged",
        injected:
            "tlsCaGenerations [1,2], [2,1], [2], each with pulumi up; a pod deleted between the new Secret and its StatefulSet, SIGKILL to an outdated etcd half way",
        settings: TLS,
        run: async (world) => {
            const { stack } = world;
            const [oldCa, old, mounted] = [await caOf(world), await identityOf(world), await mountedOf(world, "tls")];
            for (const url of world.view.endpoints.map(peerUrl)) {
                assert.equal(await answerTo(old, oldCa, url), "taken");
            }
            // Not all at once.
            await stack.configureAt("tlsCaGenerations[0]", "2");
            for (const refused of [await stack.preview(), await stack.up()]) {
                assert.match(refused.text, /tlsCaGenerations cannot be changed from \[1\] to \[2\]: CA 2 would sign/);
            }

            await STEPS[0]!(world);
            // As if the engine had died before the StatefulSet: whoever is made anew is still what the others are.
            await stack.upped("--target", "**::etcd-ca-2", "--target", "**::etcd-tls*");
            assert.equal(await mountedOf(world, "tls"), mounted);
            await deletePod(world, 1);
            assert.equal(await up(world), world.replicas - 1, "not exactly one at a time");
            const both = await caOf(world);
            assert.ok(both.startsWith(oldCa) && both.length > oldCa.length, "clients are not told of both CAs");

            await STEPS[1]!(world);
            const between = await mountedOf(world, "tls");
            await up(world, async () => {
                const [outdated] = await halfWay(world, between);
                process.kill(etcdOf((await podOf(world, outdated!)).containerId), "SIGKILL");
            });

            await STEPS[2]!(world);
            assert.equal(await up(world), world.replicas - 1, "not exactly one at a time");
            const [newCa, own] = [await caOf(world), await identityOf(world)];
            assert.ok(!newCa.includes(oldCa.trim()) && both.endsWith(newCa), "clients are told of something else");
            for (const url of served(world)) {
                await servedTo(newCa, url);
                await assert.rejects(servedTo(oldCa, url), /unable to verify|unable to get local issuer|self.signed/);
            }
            for (const url of world.view.endpoints.map(peerUrl)) {
                assert.equal(await answerTo(own, newCa, url), "taken");
                assert.match(await answerTo(old, newCa, url), /UNKNOWN_CA/);
            }
            for (const name of [mounted, between]) {
                assert.equal(await secretOf(world, name), "", `${name} is still there`);
            }
            assert.deepEqual(world.load.failures.filter(isDistrust), [], "client and member did not trust each other");
            await world.kept();
        },
    },
];
