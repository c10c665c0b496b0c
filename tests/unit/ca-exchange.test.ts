// Which change of the CAs is refused before a member is restarted with it.
import assert from "assert";

import * as fc from "fast-check";

import { caRefusals } from "../../components/etcd-cluster/changes/ca-exchange";

/** All members run that list. */
const settled = (before: number[] | undefined, wanted: number[] | undefined) =>
    caRefusals({ before, wanted, settled: true });
/** The last `pulumi up`, to that list, failed. */
const failed = (before: number[] | undefined, wanted: number[] | undefined) =>
    caRefusals({ before, wanted, settled: false });

/** Members with these lists verify each other. */
const agree = (one: number[], other: number[]) => one.includes(other[0]!) && other.includes(one[0]!);

describe("a change of the CAs", () => {
    it("is fine on the way to another one, and back", () => {
        for (const [before, wanted] of [
            [undefined, [1, 2]],
            [[1], [1, 2]],
            [
                [1, 2],
                [2, 1],
            ],
            [[2, 1], [2]],
            [
                [2, 1],
                [1, 2],
            ],
            [[1, 2], undefined],
            [[2], [2, 1]],
            [undefined, undefined],
            [undefined, [1]],
        ] as [number[] | undefined, number[] | undefined][]) {
            assert.deepEqual(settled(before, wanted), [], `${before} to ${wanted}`);
        }
    });

    it("is refused when a CA would sign that members do not trust yet, with the step before it", () => {
        for (const wanted of [[2], [2, 1]]) {
            const [text, ...more] = settled(undefined, wanted);
            assert.deepEqual(more, []);
            assert.match(text!, /^ {2}tlsCaGenerations cannot be changed from \[1\] to \[2.*\]: CA 2 would sign/);
            assert.match(text!, /Allowed: a list that begins with one of \[1\] and has 1 in it, here \[1,2\] first/);
        }
    });

    it("is refused when the CA goes by which members have their certificates, with the step before it", () => {
        const [text, ...more] = settled([1, 2], [2]);
        assert.deepEqual(more, []);
        assert.match(text!, /from \[1,2\] to \[2\]: CA 1 signs what the members have now/);
        assert.match(text!, /Allowed: a list that begins with one of \[1,2\] and has 1 in it, here \[2,1\] first/);
        assert.equal(settled([1, 2], [2, 3]).length, 1);
        assert.equal(settled([2], undefined).length, 1);
    });

    it("is refused after a failure but for its end, and what can only add to it", () => {
        assert.deepEqual(failed([1, 2], [1, 2]), []);
        assert.deepEqual(failed([1, 2], [1, 3, 2]), []);
        assert.deepEqual(failed(undefined, [1, 2]), []);
        for (const wanted of [[2, 1], [2], [1], [1, 3], [3, 1, 2]]) {
            const [text, ...more] = failed([1, 2], wanted);
            assert.deepEqual(more, [], wanted.join());
            assert.match(text!, /did not end well.* Allowed: \[1,2\] until a pulumi up ends well/);
        }
        // Were it taken for settled, [1] would be left without the CA by which the members of [2,1] have their certificates.
        assert.equal(failed([1, 2], undefined).length, 1);
    });

    it("never leaves two members that do not verify each other, whatever failed on the way", () => {
        const list = fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 });
        const ups = fc.array(fc.record({ wanted: list, ends: fc.boolean() }), { maxLength: 12 });
        fc.assert(
            fc.property(ups, (tried) => {
                let before = [1];
                let isSettled = true;
                // What some member may run.
                let running = [[1]];
                for (const { wanted, ends } of tried) {
                    if (caRefusals({ before, wanted, settled: isSettled }).length === 0) {
                        running = [...running, wanted];
                        assert.ok(
                            running.every((one) => running.every((other) => agree(one, other))),
                            JSON.stringify(running),
                        );
                        // An `up` with the same list is no update of the component: what is noted stays.
                        isSettled = ends || (isSettled && wanted.join() === before.join());
                        running = ends ? [wanted] : running;
                        before = wanted;
                    }
                }
            }),
            { seed: 1, numRuns: 2000 },
        );
    });
});
