import { useCallback } from "react";
import type { PlanSource } from "../../../shared/contract.ts";
import { pathTo } from "../../app/routes.ts";
import { useWorkspace } from "../../app/workspace.ts";
import type { Connection } from "../../data/connection.ts";
import { useConnection } from "../../data/services.tsx";
import { usePlans } from "./plans.ts";

interface PlanRequest {
  cluster: string;
  namespace: string;
  sources: PlanSource[];
}

let made = 0;

/** Asks services for the plan of an entry that exists. */
async function compute(connection: Connection, id: string): Promise<void> {
  const { cluster, namespace, sources } = usePlans.getState().plans[id]!;
  try {
    const plan = await connection.request("plans.make", { cluster, namespace, sources });
    usePlans.getState().change(id, { phase: "review", plan });
  } catch (error) {
    usePlans.getState().change(id, { phase: "failed", error: error instanceof Error ? error.message : String(error) });
  }
}

/** Makes a plan of sources and goes to its screen; nothing is changed by it. */
export function useMakePlan(): (request: PlanRequest) => void {
  const connection = useConnection();
  return useCallback(
    (request) => {
      const id = `${Date.now().toString(36)}${made++}`;
      usePlans.getState().add({ ...request, id, phase: "making", unticked: new Set(), force: false, progress: new Map() });
      const { navigate, closeDrawer } = useWorkspace.getState();
      navigate(pathTo.plan(request.cluster, id));
      closeDrawer();
      void compute(connection, id);
    },
    [connection],
  );
}

/** Makes the plan again: the cluster may have moved on, or the namespace changed. */
export function useRemakePlan(): (id: string, namespace?: string) => void {
  const connection = useConnection();
  return useCallback(
    (id, namespace) => {
      usePlans.getState().change(id, { phase: "making", ...(namespace === undefined ? {} : { namespace }) });
      void compute(connection, id);
    },
    [connection],
  );
}
