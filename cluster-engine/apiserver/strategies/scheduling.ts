import type { PriorityClass } from "../../../shared/kubernetes/types.ts";
import { PriorityClasses } from "../../api/resources.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";

export const priorityClasses = kindStrategy<PriorityClass>(PriorityClasses, {
  name: subdomainName,
  generation: ["value", "globalDefault", "description", "preemptionPolicy"],
  defaults(object) {
    object.preemptionPolicy ??= "PreemptLowerPriority";
  },
});
