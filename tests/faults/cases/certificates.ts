/** Certificates and CAs that are exchanged while clients use them: members one at a time, nobody ever refused for good. */
import assert from "assert";
import { X509Certificate } from "crypto";

import { answerTo, endingTomorrow, servedTo, type Identity } from "../../support/certificates";
import { EtcdView } from "../../support/cluster-etcd";
import { etcdOf } from "../../support/cluster-processes";
import { changed } from "../../support/cluster-stack";
import { sleep, waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { mountedOf, secretOf } from "../mounted";
import { deletePod, lives, podOf } from "../pods";
import { allUpdated, watched } from "../rollouts";
import { isDistrust } from "../tally";
import type { World } from "../world";

/** Whatever the other cases run with. */
const TLS = { replicas: 3, tls: "generated" };

/** By which the members know each other. */
async function identityOf(world: World): Promise<Identity> {
    const data = JSON.parse(await secretOf(world, await mountedOf(world, "tls"))) as Record<string, string>;
    const text = (file: string) => Buffer.from(data[file]!, "base64").toString();
    return { cert: text("tls.crt"), key: text("tls.key") };
}

const caOf = async ({ stack }: World) => String((await stack.outputs()).caCert);

/** The same host's port for members. */
const peerUrl = (url: string) => url.replace(/:2379$/, ":2380");

/** Every member takes that identity for one of its own. */
async function takenByAll({ view }: World, identity: Identity, ca: string): Promise<void> {
    for (const url of view.endpoints.map(peerUrl)) {
        assert.equal(await answerTo(identity, ca, url), "taken", `${url} would not take another member's`);
    }
}

/** Everything of the cluster that serves a certificate. */
const served = ({ view: { endpoint, endpoints } }: World) => [endpoint, ...endpoints, ...endpoints.map(peerUrl)];

/** Clients that come anew all the time and verify whom they meet, while `work` goes on: how many, and what was wrong. */
async function newcomers(world: World, work: () => Promise<unknown>): Promise<{ count: number; wrong: string[] }> {
    const ca = await caOf(world);
    const seen = { count: 0, wrong: [] as string[] };
    let running = true;
    const come = async () => {
        while (running) {
            for (const url of served(world)) {
                await servedTo(ca, url).catch(({ code, message }: NodeJS.ErrnoException) =>
                    seen.wrong.push(`${url}: ${message}${code ? `, ${code}` : ""}`),
                );
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

export const CERTIFICATES: Case[] = [
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
                    const another = async () => (await servedTo(ca, url)) !== first;
                    await waitFor(`the new certificate of ${url}`, another, { limit: 300, interval: 500 });
                }
            });
            assert.equal(await caOf(world), ca);
            assert.deepEqual(wrong, [], "new connections were not trusted");
            await takenByAll(world, await identityOf(world), ca);
            assert.equal(await lives(world), before, "a member was restarted");
            // A machine that is busy with something else may answer late; a certificate never shows in that way.
            const failures = world.load.failures.filter(({ reason }) => !/[Tt]imeout|timed out|leader/.test(reason));
            assert.deepEqual(failures, []);
            await world.kept();
            return `${count} new connections, all trusted`;
        },
    },
    {
        id: "39b",
        title: "the CA is renewed under its key",
        injected:
            "its end moved to tomorrow in the stack's state, pulumi up; new connections to every port all the time, by the CA of before",
        settings: TLS,
        run: async (world) => {
            const { stack } = world;
            const [before, old] = [await caOf(world), await identityOf(world)];
            await stack.imported(endingTomorrow(await stack.exported(), "SelfSignedCert"));
            let fewest = 0;
            const { count, wrong } = await newcomers(world, async () => (fewest = await up(world)));
            assert.equal(fewest, world.replicas - 1, "not exactly one at a time");
            // Some connections met a member that was restarting; none met one that was not trusted.
            assert.deepEqual(
                wrong.filter((reason) => isDistrust({ reason })),
                [],
            );
            assert.deepEqual(world.load.failures.filter(isDistrust), []);

            const after = await caOf(world);
            const [first, second] = [new X509Certificate(before), new X509Certificate(after)];
            assert.notEqual(second.serialNumber, first.serialNumber, "it was not renewed");
            assert.ok(second.publicKey.equals(first.publicKey), "it has another key");
            assert.equal(second.subject, first.subject);
            for (const url of served(world)) {
                assert.equal(await servedTo(before, url), await servedTo(after, url));
            }
            await takenByAll(world, old, before);
            await world.kept();
            return `${count} new connections, ${wrong.length} to a member that was restarting, all trusted`;
        },
    },
    {
        id: "40",
        title: "the CA is exchanged",
        injected:
            "tlsCaGenerations [1,2], [2,1], [2], each with pulumi up; a pod deleted between the new Secret and its StatefulSet, SIGKILL to the leader's outdated etcd half way",
        settings: TLS,
        run: async (world) => {
            const { stack } = world;
            const [oldCa, old, mounted] = [await caOf(world), await identityOf(world), await mountedOf(world, "tls")];
            await takenByAll(world, old, oldCa);
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
                const outdated = await halfWay(world, between);
                // The leader's turn is last; any other may be on its way out by now.
                const leader = await world.view.leader();
                assert.ok(
                    outdated.includes(leader),
                    `${leader} leads, and of the revision before are ${outdated.join()}`,
                );
                process.kill(etcdOf((await podOf(world, leader)).containerId), "SIGKILL");
            });

            await STEPS[2]!(world);
            assert.equal(await up(world), world.replicas - 1, "not exactly one at a time");
            const [newCa, own] = [await caOf(world), await identityOf(world)];
            assert.ok(!newCa.includes(oldCa.trim()) && both.endsWith(newCa), "clients are told of something else");
            for (const url of served(world)) {
                await servedTo(newCa, url);
                await assert.rejects(servedTo(oldCa, url), /unable to verify|unable to get local issuer|self.signed/);
            }
            await takenByAll(world, own, newCa);
            for (const url of world.view.endpoints.map(peerUrl)) {
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
