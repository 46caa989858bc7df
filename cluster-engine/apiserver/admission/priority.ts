import type { Pod, PriorityClass } from "../../../shared/kubernetes/types.ts";
import { PriorityClasses } from "../../api/resources.ts";
import type { StrategyContext } from "../strategy.ts";
import { concerns, refusal } from "./refusal.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./types.ts";

interface Established {
  name: string;
  value: number;
  preemptionPolicy: string | undefined;
}

/** Resolves the priority class of a pod; guards that one class at most is the default. */
export const priority: AdmissionPlugin = {
  name: "Priority",
  async admit(attributes, context) {
    if (!concerns(attributes, "pods") || !attributes.object) return;
    if (attributes.operation === "CREATE") await setPriority(attributes, context);
    else if (attributes.operation === "UPDATE") keepPriority(attributes.object as Pod, attributes.oldObject as Pod);
  },
  async validate(attributes, context) {
    if (!concerns(attributes, "priorityclasses", "scheduling.k8s.io") || attributes.operation === "DELETE") return;
    const object = attributes.object as PriorityClass;
    if (!object.globalDefault) return;
    const current = await defaultClass(context);
    if (current && (attributes.operation === "CREATE" || current.metadata.name !== object.metadata.name)) {
      throw refusal(attributes, `PriorityClass ${current.metadata.name} is already marked as default. Only one default can exist`);
    }
  },
};

async function setPriority(attributes: AdmissionAttributes, context: StrategyContext): Promise<void> {
  const spec = (attributes.object as Pod).spec!;
  const established = await establish(spec.priorityClassName, attributes, context);
  if (established.name) spec.priorityClassName = established.name;
  if (spec.priority !== undefined && spec.priority !== established.value) {
    throw refusal(
      attributes,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${established.value} from the given PriorityClass name`,
    );
  }
  spec.priority = established.value;
  const policy = established.preemptionPolicy;
  if (!policy) return;
  if (spec.preemptionPolicy && spec.preemptionPolicy !== policy) {
    throw refusal(
      attributes,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    );
  }
  spec.preemptionPolicy = policy as typeof spec.preemptionPolicy;
}

function keepPriority(pod: Pod, old: Pod): void {
  if (pod.spec && old.spec?.priority !== undefined) pod.spec.priority ??= old.spec.priority;
  if (pod.spec && old.spec?.preemptionPolicy !== undefined) pod.spec.preemptionPolicy ??= old.spec.preemptionPolicy;
}

async function establish(name: string | undefined, attributes: AdmissionAttributes, context: StrategyContext): Promise<Established> {
  const found = name ? await context.lookup(PriorityClasses, { name }) : await defaultClass(context);
  if (found) return { name: found.metadata.name, value: found.value ?? 0, preemptionPolicy: found.preemptionPolicy };
  if (name) throw refusal(attributes, `no PriorityClass with name ${name} was found`);
  return { name: "", value: 0, preemptionPolicy: "PreemptLowerPriority" };
}

/** Of several defaults (made at once) the one with the lowest value counts. */
async function defaultClass(context: StrategyContext): Promise<PriorityClass | undefined> {
  const classes = (await context.list(PriorityClasses)).filter((candidate) => candidate.globalDefault);
  return classes.reduce<PriorityClass | undefined>(
    (lowest, candidate) => (!lowest || (candidate.value ?? 0) < (lowest.value ?? 0) ? candidate : lowest),
    undefined,
  );
}
