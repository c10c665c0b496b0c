// The stand-in random plugin, driven by the real engine: values are made once, stay, and are kept secret.
import assert from "node:assert/strict";
import * as random from "@pulumi/random";
import * as pulumi from "@pulumi/pulumi";
import { TestStack } from "../support/engine";

describe("stand-in random plugin", function () {
    this.timeout(120_000);
    let stack: TestStack;
    let length = 20;
    let keeper = "one";

    const program = () => {
        const password = new random.RandomPassword("password", {
            length,
            special: false,
            minNumeric: 3,
            keepers: { keeper },
        });
        const id = new random.RandomId("id", { byteLength: 4, prefix: "p-" });
        const text = new random.RandomString("text", { length: 8, upper: false, lower: false, special: false });
        const bytes = new random.RandomBytes("bytes", { length: 16 });
        return { password: password.result, id: id.hex, text: text.result, bytes: bytes.hex };
    };

    before(async () => {
        stack = await TestStack.create(program);
    });
    after(() => stack.remove());

    it("previews without making values", async () => {
        const preview = await stack.preview();
        assert.ok(preview.ok, preview.text);
        assert.equal(preview.changes["create"], 5);
    });

    it("makes values of the asked shape and keeps them secret", async () => {
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        const password = up.outputs["password"];
        assert.match(String(password?.value), /^[A-Za-z0-9]{20}$/);
        assert.ok(String(password?.value).replace(/\D/g, "").length >= 3);
        assert.equal(password?.secret, true);
        assert.equal(up.outputs["bytes"]?.secret, true);
        assert.match(String(up.outputs["id"]?.value), /^p-[0-9a-f]{8}$/);
        assert.match(String(up.outputs["text"]?.value), /^[0-9]{8}$/);
        assert.ok(!stack.stateFile().includes(String(password?.value)));
        assert.ok(stack.stateFile().includes("RandomPassword"));
    });

    it("keeps the values over update and refresh", async () => {
        const before = (await stack.up()).outputs["password"]?.value;
        const refresh = await stack.refresh();
        assert.ok(refresh.ok, refresh.text);
        const again = await stack.up();
        assert.deepEqual(again.changes, { same: 5 });
        assert.equal(again.outputs["password"]?.value, before);
    });

    it("replaces a value when a keeper or another input changes", async () => {
        const before = (await stack.up()).outputs["password"]?.value;
        keeper = "two";
        const kept = await stack.up();
        assert.equal(kept.changes["replace"], 1, kept.text);
        assert.notEqual(kept.outputs["password"]?.value, before);
        length = 30;
        const longer = await stack.up();
        assert.equal(longer.changes["replace"], 1, longer.text);
        assert.equal(String(longer.outputs["password"]?.value).length, 30);
    });

    it("refuses an impossible length, an unknown type and an import", async () => {
        stack.program = () => void new random.RandomPassword("short", { length: 2, minLower: 3 });
        assert.match((await stack.up()).text, /length must be at least the sum of the minimums \(3\)/);
        stack.program = () => void new random.RandomPet("pet");
        assert.match((await stack.up()).text, /stand-in random plugin has no type .*RandomPet/);
        stack.program = () => void new random.RandomId("id2", { byteLength: 4 }, { import: "abcdef" });
        assert.match((await stack.up()).text, /cannot import/);
    });

    it("takes inputs that are known only after an update", async () => {
        stack.program = () => {
            const first = new random.RandomString("first", { length: 4 });
            const keepers = { first: pulumi.interpolate`${first.result}` };
            return { second: new random.RandomString("second", { length: 4, keepers }).result };
        };
        const preview = await stack.preview();
        assert.ok(preview.ok, preview.text);
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        const destroyed = await stack.destroy();
        assert.ok(destroyed.ok, destroyed.text);
    });
});
