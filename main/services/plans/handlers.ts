import type { Receipts } from "../actions/receipts.ts";
import type { Clusters } from "../clusters/clusters.ts";
import { ServiceError } from "../errors.ts";
import type { RequestHandlers, StreamHandlers } from "../port/types.ts";
import type { Clock } from "../time.ts";
import { PlanApplication } from "./applyPlan.ts";
import { makePlan, type PlannedItem } from "./makePlan.ts";
import { parseManifests } from "./parse.ts";
import { readSources } from "./readSources.ts";

const keptPlans = 20;

interface StoredPlan {
  cluster: string;
  items: PlannedItem[];
}

/** `plans.make` and the `apply` stream: what is dropped is checked first, and applied only when asked. */
export function planHandlers({ clusters, receipts, clock }: { clusters: Clusters; receipts: Receipts; clock: Clock }): {
  requests: Pick<RequestHandlers, "plans.make">;
  streams: Pick<StreamHandlers, "apply">;
} {
  const plans = new Map<string, StoredPlan>();
  let next = 1;
  return {
    requests: {
      "plans.make": async ({ cluster: id, namespace, sources }) => {
        const cluster = clusters.get(id);
        const manifests = (await readSources(sources)).flatMap(parseManifests);
        if (manifests.length === 0) throw new ServiceError("no-manifests", "nothing to apply: the text holds no Kubernetes object");
        const items = await makePlan(cluster, namespace || cluster.namespace, manifests);
        const plan = String(next++);
        plans.set(plan, { cluster: id, items });
        if (plans.size > keptPlans) plans.delete(plans.keys().next().value!);
        return { id: plan, cluster: id, items: items.map(({ item }) => item) };
      },
    },
    streams: {
      apply: {
        pace: 100,
        open: ({ plan: id, items, force }, ends) => {
          const plan = plans.get(id);
          if (!plan) throw new ServiceError("no-plan", "that plan is too old: make it again from the files");
          const cluster = clusters.get(plan.cluster);
          cluster.assertWritable();
          const ticked = plan.items.filter(({ item }) => items.includes(item.id) && item.action !== "invalid");
          if (ticked.length === 0) throw new ServiceError("nothing-ticked", "nothing of the plan can be applied: tick an object that is not invalid");
          return new PlanApplication({ cluster, receipts, clock, items: ticked, force, ends });
        },
      },
    },
  };
}
