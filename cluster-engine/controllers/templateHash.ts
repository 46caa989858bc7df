import type { PodTemplateSpec } from "../../shared/kubernetes/types.ts";
import { canonicalJson } from "./equality.ts";

const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/**
 * The hash that names revisions of a template (`pod-template-hash`, `controller-revision-hash`). Same form as
 * Kubernetes' (FNV-1a of 32 bits, printed in safe characters), over our own canonical JSON.
 */
export function templateHash(template: PodTemplateSpec, collisionCount?: number): string {
  const hash = fnv1a(canonicalJson(template) + (collisionCount === undefined ? "" : `#${collisionCount}`));
  return Array.from(String(hash), (digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join("");
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
