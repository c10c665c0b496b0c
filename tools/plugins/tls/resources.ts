// The resource types of the tls plugin. Names, defaults and secretness are those of the official one; see the README for
// what is left out.
import type { KeptType } from "../shared/kept-values";
import type { Properties, Value } from "../shared/values";
import { ALLOWED_USES, makeLocallySigned, makeRequest, makeSelfSigned, SUBJECT_INPUTS } from "./certificates";
import { keyProblem, makeKey } from "./keys";

const HOUR_MS = 3600_000;
const SUBJECT = ["dnsNames", "ipAddresses", "privateKeyPem", "subject", "uris"];
const TERM = ["allowedUses", "earlyRenewalHours", "isCaCertificate", "setSubjectKeyId", "validityPeriodHours"];
const TERM_DEFAULTS = { earlyRenewalHours: 0, isCaCertificate: false, setSubjectKeyId: false };
const TERM_OUTPUTS = ["certPem", "readyForRenewal", "validityEndTime", "validityStartTime"];

type Rule = (inputs: Properties) => string | undefined;

/** The first of several problems. */
const first =
    (...rules: Rule[]): Rule =>
    (inputs) => {
        for (const rule of rules) {
            const problem = rule(inputs);
            if (problem) {
                return problem;
            }
        }
        return undefined;
    };

const needs =
    (...names: string[]): Rule =>
    (inputs) => {
        const missing = names.filter((name) => inputs[name] === undefined);
        return missing.length > 0 ? `missing: ${missing.join(", ")}` : undefined;
    };

const known = (what: string, given: string[], supported: readonly string[]) => {
    const other = given.filter((name) => !supported.includes(name));
    return other.length > 0
        ? `the stand-in tls plugin has no ${what} ${other.join(", ")} (it has: ${supported.join(", ")})`
        : undefined;
};

const subject: Rule = (inputs) => known("subject part", Object.keys(inputs["subject"] ?? {}), SUBJECT_INPUTS);
/** The certificate library reads notations of its own in such values. */
const plainSubject: Rule = (inputs) => {
    const odd = Object.entries(inputs["subject"] ?? {}).find(([, value]) => /^#|"/.test(String(value)));
    return odd
        ? `the stand-in tls plugin takes no subject.${odd[0]} with a quotation mark or a # at its begin`
        : undefined;
};
const uses: Rule = (inputs) => known("use", inputs["allowedUses"] as string[], ALLOWED_USES);
const hours: Rule = (inputs) => {
    const whole = (value: Value | undefined) => Number.isInteger(value) && (value as number) >= 0;
    const wrong = ["earlyRenewalHours", "validityPeriodHours"].filter((name) => !whole(inputs[name]));
    return wrong.length > 0 ? `${wrong.join(", ")} must be a whole number, at least 0` : undefined;
};

/** From so many hours before its end on, a certificate is to be replaced by the next update. */
function over(state: Properties): Properties | undefined {
    const end = Date.parse(String(state["validityEndTime"]));
    return end - (state["earlyRenewalHours"] as number) * HOUR_MS <= Date.now() ? { readyForRenewal: true } : undefined;
}

const privateKey: KeptType = {
    inputs: ["algorithm", "ecdsaCurve", "rsaBits"],
    defaults: { ecdsaCurve: "P224", rsaBits: 2048 },
    outputs: ["privateKeyPem", "privateKeyPemPkcs8", "publicKeyPem"],
    problem: keyProblem,
    make: makeKey,
};

const certRequest: KeptType = {
    inputs: SUBJECT,
    defaults: {},
    outputs: ["certRequestPem", "keyAlgorithm"],
    problem: first(needs("privateKeyPem"), subject, plainSubject),
    make: makeRequest,
};

const selfSigned: KeptType = {
    inputs: [...SUBJECT, ...TERM],
    defaults: TERM_DEFAULTS,
    outputs: [...TERM_OUTPUTS, "keyAlgorithm"],
    changeable: ["earlyRenewalHours"],
    problem: first(needs("privateKeyPem", "allowedUses", "validityPeriodHours"), subject, plainSubject, uses, hours),
    make: makeSelfSigned,
    over,
};

const locallySigned: KeptType = {
    inputs: ["caCertPem", "caPrivateKeyPem", "certRequestPem", ...TERM],
    defaults: TERM_DEFAULTS,
    outputs: [...TERM_OUTPUTS, "caKeyAlgorithm"],
    changeable: ["earlyRenewalHours"],
    problem: first(
        needs("caCertPem", "caPrivateKeyPem", "certRequestPem", "allowedUses", "validityPeriodHours"),
        uses,
        hours,
    ),
    make: makeLocallySigned,
    over,
};

export const TLS_TYPES: Readonly<Record<string, KeptType>> = {
    "tls:index/privateKey:PrivateKey": privateKey,
    "tls:index/certRequest:CertRequest": certRequest,
    "tls:index/selfSignedCert:SelfSignedCert": selfSigned,
    "tls:index/locallySignedCert:LocallySignedCert": locallySigned,
};
