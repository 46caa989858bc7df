import type { Pod } from "../../../shared/kubernetes/types.ts";
import type { Plugin } from "../types.ts";

/** Writes the binding of a pod to a node. */
export const defaultBinder = (bind: (pod: Pod, node: string) => Promise<void>): Plugin => ({
  name: "DefaultBinder",
  begin: ({ pod }) => ({
    async bind({ name }) {
      await bind(pod, name);
      return true;
    },
  }),
  wakesOn: () => false,
});
