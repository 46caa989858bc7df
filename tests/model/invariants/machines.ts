import type { Pod } from "../../../shared/kubernetes/types.ts";
import type { Invariant } from "../invariant.ts";
import { appOf } from "./pods.ts";

/** Whoever takes a pod out of the API while it runs can't know when the next of its name may start. */
export const nothingRunsUnseen: Invariant = {
  name: "no pod is forgotten while it runs",
  onChange({ resource, object, deleted }, view) {
    if (resource !== "pods" || !deleted || view.isDisturbed(appOf(object))) return;
    return view.runs(object as Pod) ? `${object.metadata.name} still runs on ${(object as Pod).spec.nodeName}` : undefined;
  },
};
