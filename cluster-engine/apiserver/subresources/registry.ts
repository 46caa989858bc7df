import type { Verb } from "../verbs/verbContext.ts";
import { bind } from "./binding.ts";
import { evict } from "./eviction.ts";
import { scale } from "./scale.ts";
import { createToken } from "./token.ts";

/** Subresources that are no plain view of their object, by name and verb. */
export const specialSubresources: Record<string, Partial<Record<string, Verb>>> = {
  binding: { create: bind },
  eviction: { create: evict },
  scale,
  token: { create: createToken },
};
