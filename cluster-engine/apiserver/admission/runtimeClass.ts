import type { Pod, RuntimeClass } from "../../../shared/kubernetes/types.ts";
import { RuntimeClasses } from "../../api/resources.ts";
import type { StrategyContext } from "../strategy.ts";
import { sameValue } from "../strategies/problems.ts";
import { concerns, refusal } from "./refusal.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./types.ts";

/** Pods of a RuntimeClass get its overhead and its place in the cluster. */
export const runtimeClass: AdmissionPlugin = {
  name: "RuntimeClass",
  async admit(attributes, context) {
    if (!isPodCreation(attributes)) return;
    const found = await classOf(attributes, context);
    if (!found) return;
    const spec = (attributes.object as Pod).spec!;
    const overhead = found.overhead?.podFixed;
    if (overhead) {
      if (spec.overhead && !sameValue(spec.overhead, overhead))
        throw refusal(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
      spec.overhead = { ...overhead };
    }
    if (found.scheduling) mergeScheduling(attributes, found.scheduling);
  },
  async validate(attributes, context) {
    if (!isPodCreation(attributes)) return;
    const overhead = (await classOf(attributes, context))?.overhead?.podFixed;
    const own = (attributes.object as Pod).spec?.overhead;
    if (overhead && !sameValue(own, overhead))
      throw refusal(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    if (!overhead && own) throw refusal(attributes, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
  },
};

const isPodCreation = (attributes: AdmissionAttributes): boolean => attributes.operation === "CREATE" && concerns(attributes, "pods");

async function classOf(attributes: AdmissionAttributes, context: StrategyContext): Promise<RuntimeClass | undefined> {
  const name = (attributes.object as Pod).spec?.runtimeClassName;
  if (name === undefined) return undefined;
  const found = await context.lookup(RuntimeClasses, { name });
  if (!found) throw refusal(attributes, `pod rejected: RuntimeClass "${name}" not found`);
  return found;
}

function mergeScheduling(attributes: AdmissionAttributes, { nodeSelector = {}, tolerations = [] }: NonNullable<RuntimeClass["scheduling"]>): void {
  const spec = (attributes.object as Pod).spec!;
  for (const [key, value] of Object.entries(nodeSelector)) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value)
      throw refusal(attributes, `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`);
  }
  if (Object.keys(nodeSelector).length > 0) spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector };
  const missing = tolerations.filter((toleration) => !spec.tolerations?.some((candidate) => sameValue(candidate, toleration)));
  if (missing.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...missing];
}
