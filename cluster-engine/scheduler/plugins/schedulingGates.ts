import type { Plugin } from "../types.ts";

export const schedulingGates: Plugin = {
  name: "SchedulingGates",
  gate: (pod) => {
    const gates = pod.spec.schedulingGates ?? [];
    return gates.length > 0 ? "Scheduling is blocked due to non-empty scheduling gates" : undefined;
  },
  begin: () => undefined,
  wakesOn: (event) => event.type === "self",
};
