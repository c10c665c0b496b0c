// A stand-in for the official TLS plugin.
import { keptValues } from "../shared/kept-values";
import { serveProvider } from "../shared/serve-provider";
import { TLS_TYPES } from "./resources";

const provider = keptValues("tls", "5.6.1", TLS_TYPES);

serveProvider(() => provider);
