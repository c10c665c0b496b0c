// A cluster's control groups are found and removed in every hierarchy, also where only kubelet and the container runtime make some.
import assert from "assert";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

import { groupFolders, groupOf, removeGroups } from "../../tools/local-cluster/cgroups";

describe("control groups", () => {
    const home = "/somewhere/dev";
    let mount: string;

    /** A hierarchy with these groups; empty files stand for what the kernel shows. */
    function hierarchy(name: string, ...groups: string[]): void {
        groups.forEach((group) => fs.mkdirSync(path.join(mount, name, group), { recursive: true }));
        fs.writeFileSync(path.join(mount, name, "cgroup.procs"), "");
    }

    beforeEach(() => (mount = fs.mkdtempSync(path.join(os.tmpdir(), "cgroups-"))));
    afterEach(() => fs.rmSync(mount, { recursive: true, force: true }));

    const group = groupOf(home);
    const mine = [`${group}/daemons`, `${group}/node/kubepods/pod1/container`];
    const theirs = ["system.slice", groupOf("/elsewhere/dev")];

    it("of version 1 go everywhere, the unified hierarchy beside it included", () => {
        hierarchy("pids", ...mine, ...theirs);
        hierarchy("unified", ...mine.slice(1), ...theirs);
        fs.mkdirSync(path.join(mount, "no-hierarchy", group), { recursive: true });
        removeGroups(home, mount);
        assert.deepEqual(groupFolders(home, mount), []);
        for (const each of ["pids", "unified"]) {
            assert.deepEqual(fs.readdirSync(path.join(mount, each)).sort(), ["cgroup.procs", ...theirs].sort());
        }
    });

    it("of version 2 go from the one hierarchy that there is", () => {
        hierarchy(".", ...mine, ...theirs);
        fs.writeFileSync(path.join(mount, "cgroup.controllers"), "pids memory");
        removeGroups(home, mount);
        assert.deepEqual(fs.readdirSync(mount).sort(), ["cgroup.controllers", "cgroup.procs", ...theirs].sort());
    });
});
