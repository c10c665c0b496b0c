/** `acceptVolumes`: a person takes volumes that were put back as they are. */
import { wholeVoters } from "./design";
import type { World } from "./world";

/** Sets it to a word that was not there before, as an `up` does. What only disks that were put back still had may be lost by it. */
export async function acceptVolumes(world: World): Promise<void> {
    const holds = (ordinal: number, member: string) => world.holds(ordinal, member);
    const { voters, whole } = wholeVoters(world.history, holds);
    if (voters.length > 0 && whole.length <= voters.length / 2) {
        world.history.gone.push({ at: Date.now(), why: "volumes that were put back were accepted" });
    }
    await world.objects.accept(world.newWord()).catch(() => undefined);
}
