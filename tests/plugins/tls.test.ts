// The stand-in TLS plugin, driven by the real engine. Its certificates are judged by OpenSSL, as Node has it: not by the
// library that made them.
import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { type Outcome, TestStack } from "../support/engine";

const YEAR = 365 * 24;

const text = (outcome: Outcome, name: string) => String(outcome.outputs[name]?.value);
const certificate = (outcome: Outcome, name: string) => new X509Certificate(text(outcome, name));

describe("stand-in tls plugin", function () {
    this.timeout(120_000);
    let stack: TestStack;
    let dnsNames = ["*.etcd.default.svc", "localhost"];
    let validityPeriodHours = YEAR;
    let earlyRenewalHours = 24;
    let algorithm = "ECDSA";

    const key = (name: string) => new tls.PrivateKey(name, { algorithm, ecdsaCurve: "P256" });

    const program = () => {
        const caKey = key("ca");
        const ca = new tls.SelfSignedCert("ca", {
            privateKeyPem: caKey.privateKeyPem,
            subject: { commonName: "a CA", organization: "one, two = three" },
            isCaCertificate: true,
            allowedUses: ["cert_signing", "crl_signing"],
            validityPeriodHours: 10 * YEAR,
        });
        const leafKey = key("leaf");
        const request = new tls.CertRequest("leaf", {
            privateKeyPem: leafKey.privateKeyPem,
            subject: { commonName: "etcd" },
            dnsNames,
            ipAddresses: ["127.0.0.1", "::1"],
        });
        const leaf = new tls.LocallySignedCert("leaf", {
            certRequestPem: request.certRequestPem,
            caCertPem: ca.certPem,
            caPrivateKeyPem: caKey.privateKeyPem,
            allowedUses: ["digital_signature", "server_auth", "client_auth"],
            validityPeriodHours,
            earlyRenewalHours,
        });
        const { certPem, readyForRenewal, validityEndTime } = leaf;
        const keyPem = leafKey.privateKeyPem;
        return { ca: ca.certPem, leaf: certPem, key: keyPem, due: readyForRenewal, ends: validityEndTime };
    };

    before(async () => {
        stack = await TestStack.create(program);
    });
    after(() => stack.remove());

    it("previews without making keys or certificates", async () => {
        const preview = await stack.preview();
        assert.ok(preview.ok, preview.text);
        assert.equal(preview.changes["create"], 6);
    });

    it("makes a CA and a leaf that it signed, for the names that were asked for", async () => {
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        const [ca, leaf] = [certificate(up, "ca"), certificate(up, "leaf")];
        assert.ok(ca.ca && ca.checkIssued(ca) && ca.verify(ca.publicKey));
        assert.ok(!leaf.ca && leaf.checkIssued(ca) && leaf.verify(ca.publicKey));
        assert.equal(leaf.subject, "CN=etcd");
        assert.equal(leaf.issuer, "O=one\\, two = three\nCN=a CA");
        assert.equal(leaf.checkHost("etcd-7.etcd.default.svc"), "*.etcd.default.svc");
        assert.equal(leaf.checkHost("etcd.default.svc"), undefined);
        assert.equal(leaf.checkIP("::1"), "::1");
        assert.ok(leaf.checkPrivateKey(createPrivateKey(text(up, "key"))));
        assert.deepEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
        assert.equal(Date.parse(leaf.validTo), Date.parse(text(up, "ends")));
        assert.equal(Date.parse(leaf.validTo) - Date.parse(leaf.validFrom), YEAR * 3600_000);
    });

    it("keeps private keys secret, in outputs and in the state", async () => {
        const up = await stack.up();
        assert.equal(up.outputs["key"]?.secret, true);
        assert.equal(up.outputs["leaf"]?.secret, false);
        assert.ok(stack.stateFile().includes("BEGIN CERTIFICATE-"));
        assert.ok(!stack.stateFile().includes("PRIVATE KEY"));
    });

    it("keeps what it made over update and refresh", async () => {
        const before = text(await stack.up(), "leaf");
        const refresh = await stack.refresh();
        assert.ok(refresh.ok, refresh.text);
        const again = await stack.up();
        assert.deepEqual(again.changes, { same: 6 });
        assert.equal(text(again, "leaf"), before);
    });

    it("makes a new leaf, under the same CA and key, when its names change", async () => {
        const before = await stack.up();
        dnsNames = [...dnsNames, "etcd.example.org"];
        const up = await stack.up();
        assert.deepEqual(up.changes, { replace: 2, same: 4 }, up.text);
        assert.equal(certificate(up, "leaf").checkHost("etcd.example.org"), "etcd.example.org");
        assert.deepEqual([text(up, "ca"), text(up, "key")], [text(before, "ca"), text(before, "key")]);
    });

    it("replaces a certificate whose renewal is due, and no other; a longer notice alone changes nothing", async () => {
        const before = await stack.up();
        earlyRenewalHours = 48;
        const noted = await stack.up();
        assert.deepEqual(noted.changes, { update: 1, same: 5 }, noted.text);
        assert.equal(text(noted, "leaf"), text(before, "leaf"));

        // What the passing of time does: the state is the one of a certificate that ends tomorrow.
        await stack.edit("tls:index/locallySignedCert:LocallySignedCert", (state) => {
            state["validityEndTime"] = new Date(Date.now() + 24 * 3600_000).toISOString();
        });
        const preview = await stack.preview();
        assert.equal(preview.changes["replace"], 1, preview.text);
        assert.deepEqual(preview.steps.find((step) => step.op === "replace")?.keys, ["readyForRenewal"]);
        const renewed = await stack.up();
        assert.deepEqual(renewed.changes, { replace: 1, same: 5 }, renewed.text);
        assert.notEqual(text(renewed, "leaf"), text(before, "leaf"));
        assert.ok(certificate(renewed, "leaf").verify(certificate(renewed, "ca").publicKey));
        assert.equal(renewed.outputs["due"]?.value, false);
        assert.deepEqual((await stack.up()).changes, { same: 6 });
    });

    it("says after a refresh that a renewal is due", async () => {
        validityPeriodHours = 1;
        earlyRenewalHours = 2;
        assert.ok((await stack.up()).ok);
        assert.ok((await stack.refresh()).ok);
        assert.ok(/"readyForRenewal": ?true/.test(stack.stateFile()));
    });

    it("makes RSA keys as well", async () => {
        algorithm = "RSA";
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        assert.equal(certificate(up, "leaf").publicKey.asymmetricKeyType, "rsa");
        assert.ok(certificate(up, "leaf").verify(certificate(up, "ca").publicKey));
    });

    const refused: [what: string, make: () => pulumi.CustomResource, error: RegExp][] = [
        ["the default curve", () => new tls.PrivateKey("k", { algorithm: "ECDSA" }), /has no curve P224/],
        ["Ed25519", () => new tls.PrivateKey("k", { algorithm: "ED25519" }), /has no algorithm ED25519/],
        ["a use without its underscore", () => selfSigned({ allowedUses: ["serverAuth"] }), /has no use serverAuth/],
        ["a subject part", () => selfSigned({ subject: { postalCode: "1" } }), /has no subject part postalCode/],
        ["a quoted subject", () => selfSigned({ subject: { commonName: 'a "b"' } }), /commonName .* quotation mark/],
        ["what is no key", () => selfSigned({}), /the private key is no PEM/],
        ["half an hour", () => selfSigned({ validityPeriodHours: 0.5 }), /validityPeriodHours must be a whole number/],
        ["a write-only key", () => selfSigned({ privateKeyPemWo: "x" }), /does not know this input/],
    ];
    const selfSigned = (args: Partial<tls.SelfSignedCertArgs>) =>
        new tls.SelfSignedCert("c", { allowedUses: [], privateKeyPem: "none", validityPeriodHours: 1, ...args });

    it("refuses what it does not support, by name", async () => {
        for (const [what, make, error] of refused) {
            stack.program = () => void make();
            const up = await stack.up();
            assert.ok(!up.ok, what);
            assert.match(up.text, error, what);
        }
    });
});
