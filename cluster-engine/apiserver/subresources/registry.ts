import type { Verb } from "../verbs/verbContext.ts";
import { bind } from "./binding.ts";
import { evict } from "./eviction.ts";
import { log } from "./log.ts";
import { portForward } from "./portForward.ts";
import { proxy } from "./proxy.ts";
import { attach, exec } from "./remoteCommands.ts";
import { scale } from "./scale.ts";
import { createToken } from "./token.ts";

/** Subresources that are no plain view of their object, by name and verb. */
export const specialSubresources: Record<string, Partial<Record<string, Verb>>> = {
  attach: { get: attach, create: attach },
  binding: { create: bind },
  eviction: { create: evict },
  exec: { get: exec, create: exec },
  log: { get: log },
  portforward: { get: portForward, create: portForward },
  proxy: { get: proxy, create: proxy, update: proxy, patch: proxy, delete: proxy },
  scale,
  token: { create: createToken },
};
