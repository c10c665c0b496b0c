// What a Job says while it waits, and what it makes of what Kubernetes says: texts as Kubernetes 1.34 and container runtimes write them.
import assert from "assert";

import { Shell } from "../support/scripts-functions";

const ROLLOUT = ["rollout"];

describe("whether what is in the way may heal by itself", () => {
    const verdict = (kind: string, text: string) =>
        new Shell(ROLLOUT).with({ TEXT: text }).run(`${kind}_verdict "$TEXT"`).out.join();

    const pods = (why: string) => `create Pod set-0 in StatefulSet set failed error: ${why}`;
    const texts: [kind: string, verdict: string, text: string][] = [
        ["admission", "final", pods('pods "set-0" is forbidden: failed quota: q: must specify limits.cpu for: etcd')],
        ["admission", "final", pods('pods "set-0" is forbidden: violates PodSecurity "restricted:latest": x')],
        ["admission", "final", pods('pods "set-0" is forbidden: no PriorityClass with name high was found')],
        ["admission", "final", pods('admission webhook "v.example" denied the request: no label team')],
        [
            "admission",
            "final",
            pods(`pods "set-0" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no`),
        ],
        ["admission", "final", pods('Pod "set-0" is invalid: spec.containers[0].resources.requests: Invalid value')],
        ["admission", "wait", pods('pods "set-0" is forbidden: exceeded quota: q, requested: cpu=1, used: cpu=4')],
        ["admission", "wait", pods('pods "set-0" is forbidden: status unknown for quota: q, resources: pods')],
        ["admission", "wait", pods('pods "set-0" is forbidden: error looking up service account d/set: not found')],
        ["admission", "wait", pods('Internal error occurred: failed calling webhook "v.example": connection refused')],
        ["admission", "wait", pods("etcdserver: request timed out")],
        ["image", "final", 'failed to resolve reference "r.example/etcd:v1": r.example/etcd:v1: not found'],
        ["image", "final", "manifest unknown: manifest tagged by v1 is not found"],
        ["image", "final", "pull access denied, repository does not exist or may require authorization"],
        ["image", "final", "failed to authorize: failed to fetch anonymous token: 401 Unauthorized"],
        ["image", "final", "unexpected status from HEAD request to https://r.example/v2/: 403 Forbidden"],
        ["image", "final", 'InvalidImageName couldn\'t parse image name "ETCD": invalid reference format'],
        ["image", "wait", "unexpected status code 429: toomanyrequests: You have reached your pull rate limit"],
        ["image", "wait", "dial tcp: lookup r.example on 10.96.0.10:53: no such host"],
        ["image", "wait", "dial tcp 10.0.0.1:443: connect: connection refused"],
        ["image", "wait", "unexpected status from HEAD request to https://r.example/v2/: 503 Service Unavailable"],
        ["image", "wait", "net/http: request canceled (Client.Timeout exceeded while awaiting headers)"],
        ["image", "wait", "write /var/lib/containerd/x: no space left on device"],
        ["image", "wait", "Back-off pulling image"],
        [
            "issuer",
            "final",
            'Pending: Referenced "ClusterIssuer" not found: clusterissuer.cert-manager.io "company" not found',
        ],
        ["issuer", "final", "Denied: the policy does not allow that name"],
        ["issuer", "wait", "Pending: Waiting on certificate issuance from order default/x: \\"],
        ["class", "final", 'storageclass.storage.k8s.io "fast" not found'],
        ["class", "wait", 'failed to provision volume with StorageClass "fast": quota is used up'],
    ];
    for (const [kind, expected, text] of texts) {
        it(`${kind}: ${expected}: ${text.slice(0, 90)}`, () => assert.equal(verdict(kind, text), expected));
    }
});

describe("why a pod is not Ready", () => {
    const UID = "u0";
    const POD = `0 ${UID} new False`;
    /** The line of causes for ordinal 0; `events`: what kubectl prints; `objects` likewise. */
    const cause = (
        {
            events = [],
            objects = [],
            pod = `${POD} no`,
            marker = ["formed id"],
            before = "0",
            resolv = "",
        }: Partial<{
            events: string[];
            objects: string[];
            pod: string;
            marker: string[];
            before: string;
            resolv: string;
        }>,
        code = "",
    ) => {
        const shell = new Shell(ROLLOUT)
            .has("state/pods", pod)
            .has("state/events", events.join("\n"))
            .has("state/events-before", before)
            .has("state/objects", objects.join("\n"))
            .has("resolv", resolv)
            .marker(...marker);
        shell.with({ RESOLV_CONF: `${shell.folder}/resolv` });
        return shell
            .run(
                `REVISION=new; read_marker\ntimeout() { shift; "$@"; }\nnslookup() { echo "Address: 1.2.3.4"; }\n${code}\ncause_of 0`,
            )
            .out.join("|");
    };

    const refused = (why: string, rv = 7, pod = "set-0") =>
        `${rv} StatefulSet set s FailedCreate "create Pod ${pod} in StatefulSet set failed error: pods \\"${pod}\\" is forbidden: ${why}"`;

    it("is known of one that may not be made, by the latest try since the first look", () => {
        const events = [refused("older", 3), refused("violates PodSecurity"), refused("other", 8, "set-01")];
        const text = 'pods "set-0" is forbidden: violates PodSecurity';
        assert.equal(cause({ events, pod: "" }), `0 admission final ${text}`);
        assert.equal(cause({ events, pod: "", before: "7" }), `0 admission wait ${text}`);
        assert.equal(cause({ pod: "" }), "");
        assert.equal(cause({ events, pod: POD.replace("False", "Going") }), "");
    });

    it("is known of a claim without a class, or of one whose class does not exist", () => {
        const unscheduled = 'PodScheduled set-0 "0/1 nodes are available: unbound PersistentVolumeClaims"';
        const claim = (text: string) => [unscheduled, `claim datadir-set-0 ${text}`];
        assert.match(cause({ objects: claim("Pending %!q(<nil>)") }), /^0 storage final .* names no StorageClass/);
        // Of volumes made beforehand, which somebody makes.
        const waits = "0 scheduling wait it has no node: 0/1 nodes are available: unbound PersistentVolumeClaims";
        assert.equal(cause({ objects: claim('Pending ""') }), waits);
        assert.equal(cause({ objects: claim('Bound "fast"') }), waits);
        assert.equal(cause({ objects: [unscheduled] }), waits);
        const said = (text: string) => [`5 PersistentVolumeClaim datadir-set-0 c ProvisioningFailed "${text}"`];
        const none = said('storageclass.storage.k8s.io \\"fast\\" not found');
        assert.match(
            cause({ objects: claim('Pending "fast"'), events: none }),
            /^0 storage final .* "fast" not found$/,
        );
        const full = said("no room");
        assert.match(cause({ objects: claim('Pending "fast"'), events: full }), /^0 storage wait .*: no room$/);
    });

    it("is known of an image, as the latest pull says, and not of a revision that is to be replaced", () => {
        const objects = ['waiting set-0 etcd ImagePullBackOff "Back-off pulling image \\"e\\""'];
        const events = [
            `5 Pod set-0 ${UID} Failed "Failed to pull image \\"e\\": e: not found"`,
            `6 Pod set-0 ${UID} Failed "Error: ImagePullBackOff"`,
            '7 Pod set-0 before Failed "Failed to pull image \\"e\\": timeout"',
        ];
        const text = "the image of container etcd cannot be pulled:";
        assert.equal(cause({ objects, events }), `0 image final ${text} Failed to pull image "e": e: not found`);
        assert.equal(cause({ objects }), `0 image wait ${text} Back-off pulling image "e"`);
        const old = cause({ objects, events, pod: `0 ${UID} old False no` });
        assert.equal(old, `0 image wait ${text} Failed to pull image "e": e: not found`);
        assert.equal(cause({ objects: ["waiting set-0 etcd ContainerCreating %!q(<nil>)"], events: [] }), "");
    });

    it("is what the member's own probe says, and final when it refuses its volume", () => {
        const says = (text: string, uid = UID) => [
            `5 Pod set-0 ${uid} Unhealthy "Readiness probe failed: ${text}\\n"`,
            `9 Pod set-1 ${UID} Unhealthy "Readiness probe failed: no"`,
        ];
        const pod = `${POD} yes`;
        assert.equal(cause({ events: says("WAITING to join"), pod }), "0 member wait WAITING to join ");
        assert.match(
            cause({ events: says("REFUSED: the volume of set-0"), pod }),
            /^0 foreign final REFUSED: the volume/,
        );
        assert.equal(cause({ events: says("REFUSED: the volume of set-0", "before"), pod }), "");
        const told = ["member-0 foreign abc"];
        assert.match(cause({ pod, marker: told }), /^0 foreign final REFUSED: .*identity abc/);
        assert.equal(cause({ pod, marker: [...told, "formed id"] }), "", "of before a disk was exchanged, perhaps");
    });

    it("is a domain of which there is no name, and of which the name server says so", () => {
        const pod = `${POD} yes`;
        const none = `nslookup() { echo "$1" >&2; echo "** server can't find it: NXDOMAIN"; return 1; }`;
        const resolv = "search default.svc.real.example svc.real.example real.example";
        const known = cause({ pod, resolv }, none);
        assert.match(
            known,
            /^0 domain final no name in the domain "cluster.local" exists, .*, which is "real.example" here$/,
        );
        assert.match(cause({ pod }, none), /must be the domain of this Kubernetes cluster$/);
        assert.equal(cause({ pod }, "nslookup() { echo 'connection timed out'; return 1; }"), "");
        assert.equal(cause({ pod }, `nslookup() { case $1 in kube*) ;; *) echo NXDOMAIN ;; esac; }`), "");
        const ready = `${POD.replace("False", "True")} yes`;
        assert.match(cause({ pod: ready }, none), /^0 domain final/, "one that is Ready alone cannot be asked either");
        const before = [`5 Pod set-0 ${UID} Unhealthy "Readiness probe failed: REFUSED"`];
        assert.equal(cause({ pod: ready, events: before }), "");
        assert.equal(cause({ pod: `${POD} no` }, none), "", "a pod that does not run has no name");
    });

    it("is a domain that the name server is not for, while it knows the one of this pod", () => {
        const pod = `${POD} yes`;
        const resolv = "search default.svc.real.example svc.real.example real.example";
        const fails = (known: string, how = "SERVFAIL") =>
            `nslookup() { case $1 in *${known}.) echo "Name: $1" ;; *) echo "can't find: ${how}"; return 1 ;; esac; }`;
        for (const how of ["SERVFAIL", "REFUSED"]) {
            assert.match(cause({ pod, resolv }, fails("real.example", how)), /^0 domain final .* "real.example" here$/);
        }
        assert.equal(cause({ pod, resolv }, fails("nowhere")), "", "it fails altogether");
        assert.equal(cause({ pod }, fails("real.example")), "");
        assert.equal(cause({ pod, resolv: resolv.replaceAll("real.example", "cluster.local") }, fails("svc.x")), "");
    });

    it("is what keeps its containers from starting", () => {
        const objects = ['waiting set-0 etcd CreateContainerConfigError "secret \\"x\\" not found"'];
        assert.equal(
            cause({ objects }),
            '0 start wait container etcd: CreateContainerConfigError secret "x" not found',
        );
        const events = [`5 Pod set-0 ${UID} FailedMount "MountVolume.SetUp failed: secret \\"t\\" not found"`];
        assert.equal(cause({ events }), '0 start wait MountVolume.SetUp failed: secret "t" not found');
        const unready = ['Ready set-0 "containers with unready status: [etcd]"'];
        assert.equal(cause({ objects: unready }), "0 start wait containers with unready status: [etcd]");
    });
});

describe("the rollout looks for causes", () => {
    const looks = (shell: Shell, second: number, pods: string) => {
        shell.has("state/pods", pods).marker("formed id");
        const { out } = shell.run(`now() { echo ${second}; }
            read_events() { echo looks; : >"$STATE_DIR/events"; }
            read_objects() { echo "at $*"; : >"$STATE_DIR/objects"; }
            cause_of() { echo "$1 image wait no"; }
            look_for_causes`);
        return out.join();
    };
    const PODS = ["0 u0 new True yes", "1 u1 new False yes", "2 u2 new True yes"];

    it("while a pod is not Ready for more than a moment, and every few seconds", () => {
        const shell = new Shell(ROLLOUT);
        const bad = PODS.join("\n");
        const seen = [1000, 1002, 1003, 1004, 1007, 1008].map((second) => looks(shell, second, bad));
        assert.deepEqual(seen, ["", "", "looks,at 1", "", "", "looks,at 1"]);
        assert.equal(shell.file("state/causes"), "1 image wait no");
        assert.equal(looks(shell, 1020, bad.replaceAll("False", "True")), "");
        assert.equal(shell.file("state/causes"), undefined);
        assert.equal(looks(shell, 1021, PODS.slice(0, 1).join("\n")), "");
        assert.equal(looks(shell, 1030, PODS.slice(0, 1).join("\n")), "looks,at 1 2");
    });

    it("also while one that is Ready does not answer", () => {
        const well = PODS.join("\n").replaceAll("False", "True");
        const shell = new Shell(ROLLOUT).has("state/silent", "2").has("state/unwell-since", "990");
        assert.equal(looks(shell, 1000, well), "looks,at 2");
        shell.has("state/silent", "");
        assert.equal(looks(shell, 1010, well), "");
    });

    /** The cause that is hopeless at that second, or nothing. */
    const hopeless = (shell: Shell, second: number, ...causes: string[]) =>
        shell.has("state/causes", causes.join("\n")).run(`now() { echo ${second}; }\nhopeless`).out.join();

    it("and gives up on one that only a person can mend, once it has been there for a while", () => {
        const shell = new Shell(ROLLOUT);
        const image = ["1 member wait x", "2 image final not found"];
        assert.deepEqual(
            [1000, 1089, 1090].map((second) => hopeless(shell, second, ...image)),
            ["", "", "2 image final not found"],
        );
        assert.equal(hopeless(shell, 1091, "2 storage final none"), "", "another kind has its own time");
        assert.equal(hopeless(shell, 1100, "2 storage wait none"), "");
        assert.equal(hopeless(shell, 1185, "2 storage final none"), "");
        assert.equal(hopeless(shell, 1275, "1 storage final none"), "1 storage final none");
        assert.equal(new Shell(ROLLOUT).run("hopeless").status, 0);
    });
});

describe("a Job says what it waits for", () => {
    /** Its events, as it writes them, each as JSON; `answers`: what the API server says to one. */
    const says = (shell: Shell, code: string, answers = ":") => {
        const { out, status, said } = shell.with({ JOB_NAME: "job", JOB_UID: "uid" }).run(
            `kube() {
                case $* in
                    'create --raw '*) echo "create $3" ;;
                    'replace --raw '*) echo "replace $3" ;;
                    *) return 1 ;;
                esac >&3
                cat "$5" >&3
                ${answers}
            }
            ${code}`.replace(/^/, "exec 3>&1\n"),
        );
        assert.equal(status, 0, said);
        return out;
    };
    const at = (second: number, status: string) => `now() { echo ${second}; }\nstatus '${status}'\ntell`;
    const messages = (out: string[]) =>
        out
            .filter((line) => line.startsWith("{"))
            .map((line) => JSON.parse(line))
            .map(({ type, reason, message, count }) => `${type} ${reason} ${count} ${message}`);

    it("what is done at once and once, and a wait when it lasts, again and again", () => {
        const shell = new Shell(ROLLOUT);
        const told = (second: number, status: string) => messages(says(shell, at(second, status)));
        assert.deepEqual(told(1000, "restarting set-2"), ["Normal Progress 1 restarting set-2"]);
        assert.deepEqual(told(1001, "restarting set-2"), []);
        assert.deepEqual(told(1002, "waiting: no pod"), []);
        assert.deepEqual(told(1013, "waiting: no pod"), []);
        assert.deepEqual(told(1014, "waiting: no pod"), ["Warning Waiting 1 no pod (for 12 s)"]);
        assert.deepEqual(told(1043, "waiting: no pod"), []);
        assert.deepEqual(told(1044, "waiting: no pod"), ["Warning Waiting 2 no pod (for 42 s)"]);
        assert.deepEqual(told(1046, "waiting: something else"), []);
        assert.deepEqual(told(1049, "waiting: something else"), ["Warning Waiting 3 something else (for 47 s)"]);
        assert.deepEqual(told(1050, "restarting set-1"), ["Normal Progress 2 restarting set-1"]);
        assert.deepEqual(told(1055, "waiting: something else"), []);
    });

    it("in one event of a reason, about itself", () => {
        const shell = new Shell(ROLLOUT);
        const [first, event] = says(shell, "say Warning Waiting 'a \"b\" \\ c'");
        assert.equal(first, "create /api/v1/namespaces/default/events");
        const { metadata, involvedObject, message, count, firstTimestamp } = JSON.parse(event!);
        assert.deepEqual(metadata, { name: "set-0.waiting", namespace: "default" });
        const job = { apiVersion: "batch/v1", kind: "Job", namespace: "default", name: "job", uid: "uid" };
        assert.deepEqual([involvedObject, message, count], [job, 'a "b" \\ c', 1]);
        const [second, again] = says(shell, "say Warning Waiting d");
        assert.equal(second, "replace /api/v1/namespaces/default/events/set-0.waiting");
        const { count: twice, firstTimestamp: since } = JSON.parse(again!);
        assert.deepEqual([twice, since], [2, firstTimestamp]);
    });

    it("anew when the event is gone, over one that it does not know of, and not at all where it may not", () => {
        const verbs = (shell: Shell, answers: string) =>
            says(shell, "KUBE_ERROR=kept; say Warning Waiting x; echo $KUBE_ERROR", answers).filter(
                (line) => !line.startsWith("{"),
            );
        const short = (lines: string[]) => lines.map((line) => line.split(" ")[0]);
        const failing = (verb: string, why: string) => `case $1 in ${verb}) KUBE_ERROR='${why}'; return 1 ;; esac`;
        const shell = new Shell(ROLLOUT);
        assert.deepEqual(short(verbs(shell, failing("create", "Error (AlreadyExists): x"))), [
            "create",
            "replace",
            "kept",
        ]);
        assert.deepEqual(short(verbs(shell, failing("replace", "Error (NotFound): x"))), ["replace", "create", "kept"]);
        assert.deepEqual(short(verbs(new Shell(ROLLOUT), failing("*", "Error (Forbidden): x"))), ["create", "kept"]);
        const nobody = new Shell(ROLLOUT).run("kube() { echo kube; }\nsay Warning Waiting x");
        assert.deepEqual([nobody.status, nobody.out], [0, []]);
    });
});

describe("the rollout waits for its certificate", () => {
    /** One step with what cert-manager says: conditions of each Certificate, and of the requests. */
    const step = (certificates: Record<string, string>, requests: string[] = [], files: string[] = []) => {
        const shell = new Shell(ROLLOUT);
        files.forEach((file) => shell.has(`secrets/tls/${file}`));
        Object.entries(certificates).forEach(([name, text]) => shell.has(`c-${name}`, text));
        shell.has("requests", requests.join("\n")).marker("formed id");
        shell.with({ CERTIFICATES: Object.keys(certificates).join(" "), TLS_DIR: `${shell.folder}/secrets/tls` });
        const { out, said } = shell.run(`
            survey() { echo surveys; return 1; }
            kube() {
                case $* in
                    'get certificates.cert-manager.io '*) cat "$STATE_DIR/../c-$3" ;;
                    'get certificaterequests'*) cat "$STATE_DIR/../requests" ;;
                esac
            }
            step || true`);
        return { out, said, status: shell.file("state/status"), causes: shell.file("state/causes"), shell };
    };
    const READY = 'Ready True Ready "fine"';
    const ISSUING = 'Ready False DoesNotExist "Issuing certificate as Secret does not exist"';

    it("and says why there is none, as its latest request says", () => {
        const request = (at: string, text: string) => `${at} tls Pending "${text}"`;
        const missing =
            'Referenced \\"ClusterIssuer\\" not found: clusterissuer.cert-manager.io \\"company\\" not found';
        const requests = [
            request("2026-01-02", missing),
            request("2026-01-01", "older"),
            `2026-01-03 other Failed "x"`,
        ];
        const { status, causes, out } = step({ ca: READY, tls: ISSUING }, requests);
        assert.match(status!, /^waiting: Certificate tls is not issued: Pending: Referenced "ClusterIssuer" not found/);
        assert.match(causes!, /^- issuer final Certificate tls is not issued: Pending: Referenced/);
        assert.deepEqual(out, []);
        const alone = step({ tls: ISSUING });
        assert.match(alone.status!, /^waiting: Certificate tls is not issued: Issuing certificate as/);
        assert.match(alone.causes!, /^- issuer wait/);
        assert.match(step({ tls: "" }).status!, /cert-manager has not answered yet/);
        assert.match(step({ ca: ISSUING, tls: ISSUING }).status!, /Certificate ca /, "what it needs comes first");
    });

    it("until the kubelet has brought it", () => {
        const issued = step({ tls: READY });
        assert.equal(issued.status, "waiting for the kubelet to bring the certificate");
        assert.equal(issued.shell.file("state/certified"), "yes");
        const there = step({ tls: READY }, [], ["ca.crt", "tls.crt", "tls.key"]);
        assert.deepEqual(there.out, ["surveys"]);
        assert.deepEqual(step({ tls: READY }, [], ["ca.crt", "tls.crt"]).out, []);
        assert.deepEqual(step({}).out, ["surveys"], "no Certificate, no wait");
    });
});
