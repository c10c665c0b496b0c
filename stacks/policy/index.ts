// A policy pack: `pulumi preview --policy-pack stacks/policy`. The rules are in policies.ts, so that tests can have them without
// the server that this starts.
import { PolicyPack } from "@pulumi/policy";

import { policies } from "./policies";

new PolicyPack("etcd", { policies, enforcementLevel: "mandatory" });
