import type { Taint, Toleration } from "../../../shared/kubernetes/types.ts";

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator ?? "Equal") {
    case "Exists":
      return true;
    case "Equal":
      return Boolean(toleration.key) && (toleration.value ?? "") === (taint.value ?? "");
    case "Gt":
      return Number(taint.value) > Number(toleration.value);
    case "Lt":
      return Number(taint.value) < Number(toleration.value);
  }
}

/** The first taint with one of these effects that nothing tolerates. */
export function untolerated(taints: Taint[] = [], tolerations: Toleration[] = [], effects: Taint["effect"][]): Taint | undefined {
  for (const taint of taints) {
    if (!effects.includes(taint.effect)) continue;
    let tolerated = false;
    for (const toleration of tolerations) tolerated ||= tolerates(toleration, taint);
    if (!tolerated) return taint;
  }
  return undefined;
}
