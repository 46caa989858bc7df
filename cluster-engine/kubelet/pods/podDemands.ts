import { isDeepStrictEqual } from "node:util";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import { isKubeletCondition } from "../status/podConditions.ts";
import { isTerminalPhase } from "./restartRules.ts";

/** Whether a newer version of a pod differs in more than what the kubelet itself reports. */
export function asksForMore(old: Pod, next: Pod): boolean {
  return !isDeepStrictEqual(demands(old), demands(next));
}

function demands({ metadata, spec, status }: Pod): unknown[] {
  const { labels, annotations, deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  const foreign = status?.conditions?.filter(({ type }) => !isKubeletCondition(type));
  return [spec, labels, annotations, deletionTimestamp, deletionGracePeriodSeconds, foreign ?? [], isTerminalPhase(status?.phase)];
}
