/** `npm run status`: the member table. */
import { memberTable } from "./members";
import { openSession } from "./session";
import type { Choice } from "./target";

export async function status(choice: Choice): Promise<number> {
    process.stdout.write(await memberTable(await openSession(choice)));
    return 0;
}
