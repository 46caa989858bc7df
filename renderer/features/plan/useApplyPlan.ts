import { useCallback } from "react";
import { pathTo } from "../../app/routes.ts";
import { currentEntry, useWorkspace } from "../../app/workspace.ts";
import { targetKey } from "../../data/references.ts";
import { useReceipts } from "../../data/receipts.ts";
import { useConnection } from "../../data/services.tsx";
import { useCommands } from "../../data/useCommands.ts";
import { useDrafts } from "../detail/drafts.ts";
import { itemsToApply, mergeProgress, usePlans, type PlanState } from "./plans.ts";

/** What was applied needs its drafts no more. */
function dropDrafts({ cluster, plan }: PlanState): void {
  for (const { object } of plan?.items ?? []) if (object) useDrafts.getState().drop(targetKey({ cluster, object }));
}

function isShown(cluster: string, id: string): boolean {
  const { tabs, active } = useWorkspace.getState();
  const tab = tabs.find((each) => each.id === active);
  return tab !== undefined && currentEntry(tab).path === pathTo.plan(cluster, id);
}

/** Applies what is ticked, and follows each object until it is ready or failed. */
export function useApplyPlan(): (id: string) => void {
  const connection = useConnection();
  const { announce } = useCommands();
  return useCallback(
    (id) => {
      const { plans, change } = usePlans.getState();
      const state = plans[id];
      if (!state?.plan || state.phase !== "review") return;
      const items = itemsToApply(state);
      change(id, { phase: "applying", startedAt: Date.now(), progress: new Map(items.map((item) => [item, { item, state: "waiting" as const }])) });
      connection.open(
        "apply",
        { plan: state.plan.id, items, force: state.force },
        {
          once: true,
          message: ({ progress, receipt }) => {
            const before = usePlans.getState().plans[id]!;
            change(id, { progress: mergeProgress(before.progress, progress), ...(receipt ? { receipt } : {}) });
            if (receipt) dropDrafts(before);
            // The plan's own screen offers the undo; elsewhere a toast does.
            if (receipt && isShown(before.cluster, id)) useReceipts.getState().add(receipt);
            else if (receipt) announce(receipt);
          },
          end: (error) => change(id, { phase: "done", ...(error ? { error: error.message } : {}) }),
        },
      );
    },
    [connection, announce],
  );
}
