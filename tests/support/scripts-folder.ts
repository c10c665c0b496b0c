// Which scripts are tested: the shipped ones, or a copy that somebody has broken to see the tests fail.
import * as path from "path";

export const SCRIPTS = process.env.SCRIPTS_UNDER_TEST ?? path.join(__dirname, "../../components/etcd-cluster/scripts");
