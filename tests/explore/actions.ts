/** Everything that may happen, one row each. The generator chooses by it, a run does it. */
import type { Action } from "./action";
import { CONTROL_ACTIONS } from "./actions-control";
import { DISK_ACTIONS } from "./actions-disks";
import { LIFE_ACTIONS } from "./actions-life";
import { POD_ACTIONS } from "./actions-pods";

export const ACTIONS: readonly Action[] = [...POD_ACTIONS, ...DISK_ACTIONS, ...CONTROL_ACTIONS, ...LIFE_ACTIONS];

export function actionOf(name: string): Action {
    const action = ACTIONS.find((each) => each.name === name);
    if (!action) {
        throw new Error(`there is no action ${name}`);
    }
    return action;
}
