// Certificates for the script tests, made out to the names that the program uses.
import type { EtcdOptions } from "../../components/etcd-cluster/options";
import { certificateNames } from "../../components/etcd-cluster/tls/subject-alternative-names";
import { reveal } from "../../tools/plugins/shared/values";
import { makeLocallySigned, makeRequest, makeSelfSigned } from "../../tools/plugins/tls/certificates";
import { makeKey } from "../../tools/plugins/tls/keys";

const TERM = { validityPeriodHours: 24, earlyRenewalHours: 0 };

const newKey = () => {
    const { outputs } = makeKey({ algorithm: "ECDSA", ecdsaCurve: "P256" });
    return reveal(outputs["privateKeyPem"]!) as string;
};

/** The files of a Secret with certificates. */
export type CertificateFiles = Record<"ca.crt" | "tls.crt" | "tls.key", string>;

interface Names {
    commonName: string;
    dnsNames: string[];
    ipAddresses: string[];
}

export class TestCa {
    private constructor(
        readonly pem: string,
        private readonly key: string,
    ) {}

    static async make(commonName = "a CA"): Promise<TestCa> {
        const privateKeyPem = newKey();
        const allowedUses = ["cert_signing"];
        const ca = await makeSelfSigned({
            privateKeyPem,
            subject: { commonName },
            isCaCertificate: true,
            allowedUses,
            ...TERM,
        });
        return new TestCa(ca.outputs["certPem"] as string, privateKeyPem);
    }

    /** A certificate of this CA; that of a member, unless told otherwise. */
    issue(options: EtcdOptions, other: { commonName?: string; dnsNames?: string[] } = {}): Promise<CertificateFiles> {
        return this.sign({
            commonName: other.commonName ?? options.name,
            dnsNames: other.dnsNames ?? (certificateNames(options).dns as string[]),
            // All pods of these tests dial from 127.0.0.1.
            ipAddresses: ["127.0.0.1"],
        });
    }

    /** A certificate of this CA for a new key. */
    async sign({ commonName, dnsNames, ipAddresses }: Names): Promise<CertificateFiles> {
        const privateKeyPem = newKey();
        const request = await makeRequest({ privateKeyPem, subject: { commonName }, dnsNames, ipAddresses });
        const leaf = await makeLocallySigned({
            certRequestPem: request.outputs["certRequestPem"]!,
            caCertPem: this.pem,
            caPrivateKeyPem: this.key,
            allowedUses: ["digital_signature", "server_auth", "client_auth"],
            ...TERM,
        });
        return { "ca.crt": this.pem, "tls.crt": leaf.outputs["certPem"] as string, "tls.key": privateKeyPem };
    }
}
