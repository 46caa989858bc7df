import type { PriorityClass, RuntimeClass } from "../../../shared/kubernetes/types.ts";
import { PriorityClasses, RuntimeClasses } from "../../api/resources.ts";
import { dns1123Label } from "../../api/names.ts";
import { validateChoice } from "./containers.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";
import { validateLabels } from "./objectMeta.ts";
import { validateTolerations } from "./podScheduling.ts";
import { validateResourceRequirements } from "./resourceRequirements.ts";

const highestOfUsers = 1_000_000_000;
const systemClasses: Record<string, number> = { "system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000 };

export const priorityClasses = kindStrategy<PriorityClass>(PriorityClasses, {
  name: subdomainName,
  generation: ["value", "globalDefault", "description", "preemptionPolicy"],
  defaults(object) {
    object.preemptionPolicy ??= "PreemptLowerPriority";
  },
  validate(object, problems) {
    const { name } = object.metadata;
    const problem = name?.startsWith("system-") ? systemClassProblem(object) : undefined;
    if (problem)
      problems.forbidden("metadata.name", `priority class names with 'system-' prefix are reserved for system use only. error: ${problem}`);
    else if (!name?.startsWith("system-") && (object.value ?? 0) > highestOfUsers)
      problems.forbidden("value", `maximum allowed value of a user defined priority is ${highestOfUsers}`);
    validateChoice(object.preemptionPolicy, ["PreemptLowerPriority", "Never"], "preemptionPolicy", problems);
  },
  validateUpdate(object, old, problems) {
    if (object.value !== old.value) problems.forbidden("value", "may not be changed in an update.");
    problems.immutable("preemptionPolicy", object.preemptionPolicy, old.preemptionPolicy);
  },
});

function systemClassProblem({ metadata: { name }, value, globalDefault }: PriorityClass): string | undefined {
  const expected = systemClasses[name];
  if (expected === undefined) return `${name} is not a known system priority class`;
  if (value !== expected) return `value of ${name} PriorityClass must be ${expected}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

export const runtimeClasses = kindStrategy<RuntimeClass>(RuntimeClasses, {
  name: subdomainName,
  validate({ handler, overhead, scheduling }, problems, old) {
    if (old) return problems.immutable("handler", handler, old.handler);
    if (!handler) problems.required("handler");
    else problems.invalidEach("handler", handler, dns1123Label(handler));
    if (overhead) validateResourceRequirements({ limits: overhead.podFixed }, new Set(), "overhead", problems);
    validateLabels(scheduling?.nodeSelector, "scheduling.nodeSelector", problems);
    validateTolerations(scheduling?.tolerations, "scheduling.tolerations", problems);
  },
});
