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
export const untolerated = (taints: Taint[] = [], tolerations: Toleration[] = [], effects: Taint["effect"][]): Taint | undefined =>
  taints.find((taint) => effects.includes(taint.effect) && !tolerations.some((toleration) => tolerates(toleration, taint)));
