import type { Plugin } from "../types.ts";

export const nodeName: Plugin = {
  name: "NodeName",
  begin: ({ pod }) =>
    pod.spec.nodeName
      ? {
          filter: ({ name }) =>
            name === pod.spec.nodeName ? undefined : { code: "unresolvable", reasons: ["node(s) didn't match the requested node name"] },
        }
      : undefined,
  wakesOn: (event) => event.type === "nodeAdded",
};
