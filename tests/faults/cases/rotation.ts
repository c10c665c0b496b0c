/** Password and token key are exchanged while clients use them. */
import assert from "assert";
import { randomBytes } from "crypto";

import { EtcdView } from "../../support/cluster-etcd";
import { killContainer } from "../../support/cluster-faults";
import { login, readPrefix } from "../../support/scripts-client";
import { waitFor } from "../../support/scripts-wait";
import type { Case } from "../case";
import { mountedOf, secretOf } from "../mounted";
import { podOf, restarted } from "../pods";
import { allUpdated, unexplained, watched } from "../rollouts";

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
        id: "36b",
        title: "the root password is rotated, and the leader is killed as soon as the new one opens etcd",
        injected:
            "rootPassword and previousRootPassword changed, pulumi up; SIGKILL to all processes of the leader's container",
        run: async (world) => {
            const { stack } = world;
            const [before, password] = [world.view.password, randomBytes(16).toString("hex")];
            // Later the password that this view knows is refused.
            const leader = await world.view.leader();
            await stack.configureSecret("rootPassword", password);
            await stack.configureSecret("previousRootPassword", before);
            world.tells(password);
            const opens = () => login(world.view.endpoint, password).catch(() => undefined);
            await Promise.all([
                stack.upped(),
                waitFor("the new password to open etcd", opens, { limit: 300, interval: 300 }).then(async () => {
                    const { containerId, restarts } = await podOf(world, leader);
                    killContainer(containerId);
                    await restarted(world, leader, restarts);
                }),
            ]);
            world.view = await EtcdView.of(stack);
            assert.equal(world.view.password, password);
            for (const url of world.view.endpoints) {
                await readPrefix(url, "none/", await login(url, password));
                await assert.rejects(login(url, before), /authentication failed/);
            }
            const { failures, figures } = world.load;
            const refused = failures.filter(({ reason }) => /auth/.test(reason));
            assert.deepEqual(refused, [], "operations failed by password or token");
            const { balanced, pinned } = figures.renewed;
            assert.ok(balanced > 0 && pinned > 0, "no client met the change");
            await stack.unset("previousRootPassword");
            await stack.upped();
            await world.kept();
            return `${balanced + pinned} operations met a token of before and went on with another, none failed by it or by the password`;
        },
    },
];
