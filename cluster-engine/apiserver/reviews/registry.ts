import type { Verb } from "../verbs/verbContext.ts";

/** Resources that are answered and never stored, by `group/resource` and verb. */
export const specialResources: Record<string, Partial<Record<string, Verb>>> = {};
