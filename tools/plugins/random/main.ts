// A stand-in for the official random plugin.
import { keptValues } from "../shared/kept-values";
import { serveProvider } from "../shared/serve-provider";
import { RANDOM_TYPES } from "./resources";

const provider = keptValues("random", "4.21.2", RANDOM_TYPES);

serveProvider(() => provider);
