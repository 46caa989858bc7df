import type { Plugin, Verdict } from "../types.ts";

const refusal: Verdict = { code: "unresolvable", reasons: ["node(s) didn't match the requested node name"] };

export const nodeName: Plugin = {
  name: "NodeName",
  begin: ({ pod: { spec } }) => (spec.nodeName ? { filter: ({ name }) => (name === spec.nodeName ? undefined : refusal) } : undefined),
  wakesOn: (event) => event.type === "nodeAdded",
};
