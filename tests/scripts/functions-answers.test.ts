// What the scripts make of the answers of etcd and Kubernetes, and what they do about auth.
import assert from "assert";
import { createHash } from "crypto";

import { Shell } from "../support/scripts-functions";

const LIBRARIES = ["start"];

describe("an answer", () => {
    const calls = (call: string, error: string, status: number, ...output: string[]) =>
        new Shell(LIBRARIES)
            .has("secrets/root-password/password", "secret")
            .run(
                `timeout() { echo "${error}" >&2; ${output.map((line) => `echo '${line}';`).join(" ")} return ${status}; }
                if ${call}; then echo "yes $CTL_ERROR$KUBE_ERROR"; else echo "no $CTL_ERROR$KUBE_ERROR"; fi`,
            )
            .out.join(" ");

    it("of etcd is taken, or the reason for none is kept", () => {
        assert.equal(calls("ctl endpoint get /", "", 0, "value"), "value yes ");
        assert.equal(calls("ctl endpoint get /", "Error: refused", 1), "no Error: refused");
        assert.equal(calls("ctl endpoint get /", "{json}", 1), "no no answer from etcd in time");
        for (const killed of [124, 143]) {
            assert.equal(calls("ctl endpoint get /", "Terminated", killed), "no no answer from etcd within 9 s");
        }
    });

    it("of the API server is taken, or the reason for none is kept", () => {
        assert.equal(calls("kube get x", "", 0, "value"), "value yes ");
        assert.equal(calls("kube get x", "Error: forbidden", 1), "no Error: forbidden");
        for (const killed of [124, 143]) {
            const silent = "no no answer from the API server within 5 s";
            assert.equal(calls("kube get x", "Terminated", killed), silent);
        }
    });

    // The functions themselves, which are replaced elsewhere.
    const REAL_READ = '. "$REAL_KUBE"';
    const VARIABLES = '"$STS_UID $STS_REPLICAS $STS_PODS $STS_LIVE $STS_SETTLED"';
    const about = (answer: string, status = 0) =>
        new Shell(LIBRARIES).run(
            `${REAL_READ}
            kube() { KUBE_ERROR=refused; echo '${answer}'; return ${status}; }
            if read_statefulset; then echo ${VARIABLES}; else echo "$KUBE_ERROR"; fi`,
        ).out[0];
    it("about the StatefulSet is understood, or is none", () => {
        assert.equal(about("uid 3 7 g7 p3 d"), "uid 3 3 yes yes");
        assert.equal(about("uid 3 7 g6 p5 d"), "uid 3 5 yes no");
        assert.equal(about("uid 3 7 g7 p d2026-01-01"), "uid 3 0 no yes");
        assert.equal(about("uid 3 7 g7 p3 d", 1), "refused");
        for (const odd of ["uid 3 7 g7 p3", "uid x 7 g7 p3 d", "uid 3 x gx p3 d", ""]) {
            assert.match(about(odd) ?? "", /makes no sense/, odd);
        }
    });

    it("about the StatefulSet's identity is kept from the first one on", () => {
        const shell = new Shell(LIBRARIES);
        shell.run("STS_UID=first; remember_statefulset; STS_UID=second; remember_statefulset");
        assert.equal(shell.file("state/statefulset-uid"), "first");
    });

    it("about the marker is taken with the request, or without one that is not there or may not be read", () => {
        const reads = (answer: string, error = "") => {
            const { out } = new Shell(LIBRARIES).run(
                `${REAL_READ}
                kube() {
                    printf '%s' '${error}' >"$STATE_DIR/kube-error.$$"
                    KUBE_ERROR=$(tail -n 1 "$STATE_DIR/kube-error.$$")
                    printf '${answer}'
                    [ -z "$KUBE_ERROR" ]
                }
                if read_marker; then marker_get formed; echo; marker_get recover-from; else echo "$KUBE_ERROR"; fi`,
            );
            return out.join();
        };
        const forbidden = (name: string) => `Error from server (Forbidden): configmaps "${name}" is forbidden`;
        const marker = "version 7\\nformed id\\n";
        assert.equal(reads(`${marker}recover-from 1 a\\n`), "id,1 a");
        assert.equal(reads(marker), "id");
        assert.equal(reads(marker, forbidden("request")), "id", "the program before it is on its way back");
        assert.equal(reads(marker, "Unable to connect"), "Unable to connect");
        assert.equal(reads(marker, forbidden("marker")), forbidden("marker"));
        const both = `${forbidden("marker")}\n${forbidden("request")}`;
        assert.equal(reads("", both), forbidden("marker"), "who may read neither is not told that there is none");
        assert.match(reads("", forbidden("request")), /\(NotFound\): configmaps "marker" not found/);
        assert.match(reads("recover-from 1 a\\n"), /\(NotFound\): configmaps "marker" not found/);
        assert.match(reads(""), /NotFound/);
    });

    it("passed on to scripts of before is an annotation of the marker, and can be taken back", () => {
        const writes = (call: string) =>
            new Shell(LIBRARIES).run(`${REAL_READ}\nkube() { echo "$*" >&3; }\n${call} 3>&1`).out.join();
        const annotations = (text: string) =>
            `patch configmap marker --field-manager=etcd-pods --type=merge -p {"metadata":{"annotations":{"etcd-cluster/recover-from":${text}}}}`;
        assert.equal(writes("announce '1 a'"), annotations('"1 a"'));
        assert.equal(writes("withdraw"), annotations("null"));
    });

    it("into the marker is written under the version that was read, when one was", () => {
        const writes = (args: string) =>
            new Shell(LIBRARIES).run(`${REAL_READ}\nkube() { echo "$*" >&3; }\nmarker_set ${args} 3>&1`).out.join();
        assert.match(writes("key value 7"), /-p \{"metadata":\{"resourceVersion":"7"\},"data":\{"key":"value"\}\}$/);
        assert.match(writes("key value"), /-p \{"data":\{"key":"value"\}\}$/);
    });
});

describe("a script", () => {
    const lib = () => new Shell(["common", "files", "data"]);

    it("says what it waits for once", () => {
        const shell = lib();
        const { said } = shell.run("status one; status one; status two; status one");
        assert.deepEqual(
            said
                .trim()
                .split("\n")
                .map((line) => line.split(": ")[1]),
            ["one", "two", "one"],
        );
    });

    it("reads a file that is there, and nothing of one that is not", () => {
        assert.deepEqual(lib().has("state/x", "text").run('read_file "$STATE_DIR/x"').out, ["text"]);
        const missing = lib().run('read_file "$STATE_DIR/x"; read_file "$STATE_DIR"');
        assert.deepEqual(missing, { status: 0, out: [], said: "" });
    });

    it("counts ordinals, and knows numbers and data", () => {
        assert.deepEqual(lib().run("ordinals 3").out, ["0", "1", "2"]);
        assert.deepEqual(lib().run("ordinals 0"), { status: 0, out: [], said: "" });
        assert.deepEqual(
            ["0", "17", "''", "x", "1x", "-1"].map((text) => lib().succeeds(`is_number ${text}`)),
            [true, true, false, false, false, false],
        );
        assert.equal(lib().succeeds("has_wal"), false);
        assert.equal(lib().has("data/default.etcd/member/wal/0.wal").succeeds("has_wal"), true);
        assert.equal(lib().has("data/default.etcd/member/snap/db").succeeds("has_wal"), false);
    });
});

describe("auth, step by step", () => {
    /** Of a file with nothing but "secret" and the end of the line. */
    const HASH = createHash("sha256").update("secret\n").digest("hex");
    const pod = () => new Shell(LIBRARIES).has("secrets/root-password/password", "secret");
    const proves = (code: string, shell = pod()) => {
        const { out, said } = shell.run(
            `anonymous_read() { echo refused; }
            ctl() { echo login; }
            ctl_error() { echo unreachable; }
            enable_auth() { echo enables; }
            ${code}
            if prove_auth; then echo proven; else echo not; fi`,
        );
        return { out: out.join(" "), said, proof: shell.file("state/auth-proof")?.split(" ")[0] };
    };

    it("is proven once for each password", () => {
        const shell = pod();
        assert.deepEqual({ ...proves("", shell), said: "" }, { out: "proven", said: "", proof: HASH });
        const asked = "anonymous_read() { echo asked >&2; echo refused; }";
        assert.deepEqual(proves(asked, shell), { out: "proven", said: "", proof: HASH });
        const other = proves(asked, shell.has("secrets/root-password/password", "other"));
        assert.equal(other.out, "proven");
        assert.match(other.said, /^asked/);
        assert.notEqual(other.proof, HASH);
    });

    it("is not proven by a Secret that is not there", () => {
        const { out, proof, said } = proves("", new Shell(LIBRARIES));
        assert.deepEqual([out, proof], ["not", undefined]);
        assert.match(said, /NOT READY: the Secret .* has no key 'password'/);
    });

    it("stays proven while the Secret holds another password that etcd does not accept, which is tried every few seconds", () => {
        const wrong = "now() { echo 100; }\nctl() { CTL_ERROR='Error: authentication failed, x'; return 1; }";
        const shell = pod().has("state/auth-proof", "of before");
        const first = proves(wrong, shell);
        assert.deepEqual([first.out, first.proof], ["not", "of"]);
        assert.match(first.said, /does not accept the password in Secret/);
        const next = proves(`${wrong}\nanonymous_read() { echo asked >&2; echo refused; }`, shell);
        assert.deepEqual([next.out, next.said, next.proof], ["not", "", "of"]);
    });

    const rotates = (password: string, previous?: string, code?: string) => rotation(password, previous, code).out;
    const rotation = (password: string, previous?: string, code = "ctl() { :; }") => {
        const shell = pod().has("secrets/root-password/password", password);
        if (previous !== undefined) {
            shell.has("secrets/root-password/previous", previous);
        }
        return shell.run(
            `${code}
            if rotate_password; then echo done; else echo not; fi; cat "$PASSWORD_FILE"`,
        );
    };

    it("is kept by whoever may log in with the password before", () => {
        const passwd = "user passwd root --interactive=false as old, to new";
        const tells = `ctl() { shift; echo "$* as $(cat "$PASSWORD_FILE"), to $(cat)" >&2; }`;
        const { out, said } = rotation("new", "old", tells);
        assert.deepEqual(out, ["done", "new"]);
        assert.ok(said.startsWith(`${passwd}\n`), said);
        assert.deepEqual(rotates("new", "old", "ctl() { return 1; }"), ["not", "new"]);
        assert.deepEqual(rotates("new", undefined), ["not", "new"]);
        // Only the part before the space would become the password.
        assert.deepEqual(rotates("new one", "old"), ["not", "new one"]);
    });

    it("is no cause for alarm while the password changes, and proven by another look", () => {
        const refused = "ctl() { CTL_ERROR='Error: authentication failed, x'; return 1; }";
        const rotated = proves(`${refused}; rotate_password() { :; }`);
        assert.deepEqual(rotated, { out: "not", said: "", proof: undefined });
    });

    it("is turned on where it is off, and proven by another look", () => {
        assert.deepEqual(proves("anonymous_read() { echo allowed; }"), {
            out: "enables not",
            said: "",
            proof: undefined,
        });
    });

    it("is not proven while nobody can tell", () => {
        const unknown = proves("anonymous_read() { echo unknown; }");
        assert.deepEqual([unknown.out, unknown.proof], ["not", undefined]);
        assert.match(unknown.said, /cannot tell yet whether auth is on: unreachable/);
        const slow = proves("ctl() { CTL_ERROR='no answer'; return 1; }");
        assert.deepEqual([slow.out, slow.proof], ["not", undefined]);
        assert.match(slow.said, /cannot tell yet whether user root accepts its password: no answer/);
        const wrong = proves("ctl() { CTL_ERROR='Error: authentication failed, x'; return 1; }");
        assert.deepEqual([wrong.out, wrong.proof], ["not", undefined]);
        assert.match(wrong.said, /does not accept the password in Secret/);
        assert.doesNotMatch(wrong.said, /cannot tell/);
    });

    it("is refused to whoever has no login, and only that counts as refusal", () => {
        const reads = (error: string, status: number) =>
            new Shell(LIBRARIES).run(`timeout() { echo '${error}' >&2; return ${status}; }\nanonymous_read`).out.join();
        assert.equal(reads("", 0), "allowed");
        assert.equal(reads("Error: etcdserver: user name is empty", 1), "refused");
        assert.equal(reads("Error: context deadline exceeded", 1), "unknown");
    });

    const enables = (users: string, marker: string[], code = "") => {
        const { out, said } = new Shell(LIBRARIES).marker(...marker).run(
            `ctl() { shift; case $* in 'user list') printf '${users}' ;; *) echo "$*" >&3 ;; esac; }
            marker_set() { echo "marker_set $*" >&3; }
            set_password() { echo "password $1" >&3; }
            ${code}
            if enable_auth 3>&1; then echo on; else echo off; fi`,
        );
        return { out: out.join("; "), said };
    };
    const REST = "role add root; user grant-role root root; auth enable; on";

    it("makes user root, after the marker says so", () => {
        assert.equal(enables("", ["version 7"]).out, `marker_set root made 7; password add; ${REST}`);
        assert.equal(enables("", ["root made"]).out, `password add; ${REST}`);
        assert.equal(enables("root\\n", ["root made"]).out, `password changepw; ${REST}`);
    });

    it("goes on over steps that another pod has done", () => {
        const done = 'ctl() { shift; CTL_ERROR=exists; echo "$*" >&3; [ "$*" = \'user list\' ]; }';
        const { out, said } = enables("", ["root made"], done);
        assert.equal(out, `user list; password add; ${REST}`);
        assert.match(said, /role root: exists[^]*grant role root: exists[^]*auth enable: exists/);
    });

    it("touches nothing that somebody else made, or that it cannot tell", () => {
        const foreign = enables("root\\nmallory\\n", ["root made"]);
        assert.equal(foreign.out, "off");
        assert.match(foreign.said, /a user 'mallory'/);
        const root = enables("root\\n", ["version 7"]);
        assert.equal(root.out, "off");
        assert.match(root.said, /a user 'root' that this program did not make/);
        const blind = enables("", [], "read_marker() { KUBE_ERROR=refused; return 1; }");
        assert.equal(blind.out, "off");
        assert.match(blind.said, /cannot be read: refused/);
        assert.equal(enables("", [], "ctl() { return 1; }").out, "off");
        assert.equal(enables("", ["version 7"], "marker_set() { return 1; }").out, "off");
        assert.equal(enables("", ["root made"], "set_password() { return 1; }").out, "off");
    });

    it("sets the password from a file that is gone afterwards", () => {
        const shell = new Shell(LIBRARIES).has("secrets/root-password/password", 'a"b\\c');
        const sets = (status: number) =>
            shell.run(
                `timeout() { cat "$STATE_DIR/password.json"; echo; return ${status}; }
                if set_password add; then echo set; else echo not; fi`,
            ).out;
        assert.deepEqual(sets(0), ['{"name":"root","password":"a\\"b\\\\c"}', "set"]);
        assert.deepEqual(sets(1), ['{"name":"root","password":"a\\"b\\\\c"}', "not"]);
        assert.equal(shell.file("state/password.json"), undefined);
    });
});
