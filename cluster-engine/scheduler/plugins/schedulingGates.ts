import type { Plugin } from "../types.ts";

export const schedulingGates: Plugin = {
  name: "SchedulingGates",
  preEnqueue: ({ spec: { schedulingGates: gates = [] } }) =>
    gates.length > 0 ? `waiting for scheduling gates: [${gates.map(({ name }) => name).join(" ")}]` : undefined,
  wakesOn: (event) => event.type === "self" && !event.pod.spec.schedulingGates?.length,
};
