// Private keys as the official plugin writes them: ECDSA in SEC 1, RSA in PKCS #1. Signing is Web Crypto's, which takes
// PKCS #8 alone, so keys go through Node's own key objects.
import {
    createHash,
    createPrivateKey,
    createPublicKey,
    generateKeyPairSync,
    type KeyObject,
    webcrypto,
} from "node:crypto";
import { type Properties, Secret } from "../shared/values";

/** By the name that Pulumi programs use: what Node calls the curve, and the hash that Go signs with on it. */
const CURVES: Readonly<Record<string, { node: string; web: string; hash: string }>> = {
    P256: { node: "prime256v1", web: "P-256", hash: "SHA-256" },
    P384: { node: "secp384r1", web: "P-384", hash: "SHA-384" },
    P521: { node: "secp521r1", web: "P-521", hash: "SHA-512" },
};

/** Why no such key can be made; undefined: it can. */
export function keyProblem(inputs: Properties): string | undefined {
    const { algorithm, ecdsaCurve, rsaBits } = inputs;
    switch (algorithm) {
        case "ECDSA":
            return CURVES[ecdsaCurve as string]
                ? undefined
                : `the stand-in tls plugin has no curve ${String(ecdsaCurve)} (it has: ${Object.keys(CURVES).join(", ")}; P224 is the default)`;
        case "RSA":
            return Number.isInteger(rsaBits) && (rsaBits as number) >= 1024
                ? undefined
                : "rsaBits must be at least 1024";
        default:
            return `the stand-in tls plugin has no algorithm ${String(algorithm)} (it has: ECDSA, RSA)`;
    }
}

export function makeKey(inputs: Properties): { id: string; outputs: Properties } {
    const { privateKey } =
        inputs["algorithm"] === "RSA"
            ? generateKeyPairSync("rsa", { modulusLength: inputs["rsaBits"] as number })
            : generateKeyPairSync("ec", { namedCurve: CURVES[inputs["ecdsaCurve"] as string]!.node });
    const type = inputs["algorithm"] === "RSA" ? "pkcs1" : "sec1";
    const publicKey = createPublicKey(privateKey);
    const outputs = {
        privateKeyPem: new Secret(privateKey.export({ type: type as "sec1", format: "pem" }) as string),
        privateKeyPemPkcs8: new Secret(privateKey.export({ type: "pkcs8", format: "pem" }) as string),
        publicKeyPem: publicKey.export({ type: "spki", format: "pem" }) as string,
    };
    const id = createHash("sha1")
        .update(publicKey.export({ type: "spki", format: "der" }))
        .digest("hex");
    return { id, outputs };
}

/** A key pair in the form that the certificate library signs with. */
export interface SigningKey {
    readonly pair: CryptoKeyPair;
    readonly signingAlgorithm: EcdsaParams | Algorithm;
    /** ECDSA or RSA. */
    readonly algorithm: string;
}

export async function signingKey(pem: string): Promise<SigningKey> {
    const key = readKey(pem);
    const { algorithm, parameters, signingAlgorithm } = signingOf(key);
    const { subtle } = webcrypto;
    const [pkcs8, spki] = [
        key.export({ type: "pkcs8", format: "der" }),
        createPublicKey(key).export({ type: "spki", format: "der" }),
    ];
    const pair = {
        privateKey: await subtle.importKey("pkcs8", pkcs8, parameters, true, ["sign"]),
        publicKey: await subtle.importKey("spki", spki, parameters, true, ["verify"]),
    };
    return { pair: pair as CryptoKeyPair, signingAlgorithm, algorithm };
}

/** A key that cannot be read is named as such; OpenSSL's own words would not say what was wrong with what. */
function readKey(pem: string): KeyObject {
    try {
        return createPrivateKey(pem);
    } catch {
        throw new Error("the private key is no PEM that can be read");
    }
}

function signingOf(key: KeyObject) {
    const curve = Object.values(CURVES).find(({ node }) => node === key.asymmetricKeyDetails?.namedCurve);
    if (key.asymmetricKeyType === "rsa") {
        const parameters = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
        return { algorithm: "RSA", parameters, signingAlgorithm: parameters };
    }
    if (curve) {
        const parameters = { name: "ECDSA", namedCurve: curve.web };
        return { algorithm: "ECDSA", parameters, signingAlgorithm: { name: "ECDSA", hash: curve.hash } };
    }
    throw new Error("the stand-in tls plugin signs with RSA and with ECDSA on P256, P384 and P521 only");
}
