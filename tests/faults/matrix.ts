/** All cases, in the order in which they run: those that share a cluster stand together. */
import type { Case } from "./case";
import { BESIDE } from "./cases/beside";
import { CERTIFICATES } from "./cases/certificates";
import { COMING_BACK } from "./cases/coming-back";
import { DATABASE_FULL } from "./cases/database-full";
import { DISKS } from "./cases/disks";
import { FULL_AND_SLOW } from "./cases/full-and-slow";
import { KUBERNETES } from "./cases/kubernetes";
import { LEAVING } from "./cases/leaving";
import { LIVES } from "./cases/lives";
import { NETWORK } from "./cases/network";
import { NOT_RUN } from "./cases/not-run";
import { PROCESSES } from "./cases/processes";
import { PROGRAM } from "./cases/program";
import { ROLLING } from "./cases/rolling";
import { ROTATION } from "./cases/rotation";
import { SCALING } from "./cases/scaling";
import { SIZE } from "./cases/size";
import { UPGRADES } from "./cases/upgrades";
import { VOLUMES } from "./cases/volumes";

export const MATRIX: Case[] = [
    ...PROCESSES,
    ...NETWORK,
    ...KUBERNETES,
    ...BESIDE,
    ...DISKS,
    ...VOLUMES,
    ...LIVES,
    ...FULL_AND_SLOW,
    ...DATABASE_FULL,
    ...ROLLING,
    ...PROGRAM,
    ...ROTATION,
    ...CERTIFICATES,
    ...LEAVING,
    ...SCALING,
    ...COMING_BACK,
    ...UPGRADES,
    ...SIZE,
    ...NOT_RUN,
];
