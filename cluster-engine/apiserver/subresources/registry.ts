import type { Verb } from "../verbs/verbContext.ts";

/** Subresources that are no plain view of their object, by name and verb. */
export const specialSubresources: Record<string, Partial<Record<string, Verb>>> = {};
