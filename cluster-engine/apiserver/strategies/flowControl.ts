import type { FlowSchema, PriorityLevelConfiguration } from "../../../shared/kubernetes/types.ts";
import * as R from "../../api/resources.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";

export const flowSchemas = kindStrategy<FlowSchema>(R.FlowSchemas, {
  name: subdomainName,
  status: true,
  generation: ["spec"],
  defaults({ spec }) {
    if (spec) spec.matchingPrecedence ||= 1000;
  },
});

export const priorityLevelConfigurations = kindStrategy<PriorityLevelConfiguration>(R.PriorityLevelConfigurations, {
  name: subdomainName,
  status: true,
  generation: ["spec"],
  defaults({ spec }) {
    if (spec?.exempt) {
      spec.exempt.nominalConcurrencyShares ??= 0;
      spec.exempt.lendablePercent ??= 0;
    }
    if (!spec?.limited) return;
    spec.limited.nominalConcurrencyShares ??= 30;
    spec.limited.lendablePercent ??= 0;
    const queuing = spec.limited.limitResponse?.queuing;
    if (!queuing) return;
    queuing.handSize ||= 8;
    queuing.queues ||= 64;
    queuing.queueLengthLimit ||= 50;
  },
});
