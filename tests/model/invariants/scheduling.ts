import type { Node, Pod } from "../../../shared/kubernetes/types.ts";
import { parseQuantity } from "../../../cluster-engine/api/quantity.ts";
import { Nodes, Pods } from "../../../cluster-engine/api/resources.ts";
import type { Change } from "../history.ts";
import type { Invariant, View } from "../invariant.ts";

/** A pod that this change gave a node. */
function boundPod({ resource, object, previous, deleted }: Change): Pod | undefined {
  const pod = object as Pod;
  return resource === "pods" && !deleted && previous && pod.spec.nodeName && !(previous as Pod).spec.nodeName ? pod : undefined;
}

const recent = (view: View, name: string): Node[] => view.history.since(Nodes, { name }, view.now - view.staleness);

const tolerates = ({ spec }: Pod, key: string): boolean => spec.tolerations?.some((each) => each.key === key) ?? false;

export const schedulable: Invariant = {
  name: "pods go where pods may go",
  onChange(change, view) {
    const pod = boundPod(change);
    if (!pod) return;
    const cordoned = "node.kubernetes.io/unschedulable";
    const welcome = recent(view, pod.spec.nodeName!).some(({ spec }) => !spec?.unschedulable || tolerates(pod, cordoned));
    return welcome ? undefined : `${pod.metadata.name} was bound to ${pod.spec.nodeName}, which takes no pods`;
  },
};

const requestOf = ({ spec }: Pod): number =>
  spec.containers.reduce((sum, { resources }) => sum + parseQuantity(resources?.requests?.["cpu"] ?? "0").milli(), 0);

export const capacity: Invariant = {
  name: "nodes are not overbooked",
  onChange(change, view) {
    const pod = boundPod(change);
    const states = pod && recent(view, pod.spec.nodeName!);
    // What a scheduler that died has sent may still arrive.
    if (!states || states.length === 0 || requestOf(pod) === 0 || view.isDisturbed("scheduler")) return;
    const most = Math.max(...states.map(({ status }) => parseQuantity(status?.allocatable?.["cpu"] ?? "0").milli()));
    const there = view.history
      .list(Pods)
      .filter(({ spec, status }) => spec.nodeName === pod.spec.nodeName && !["Succeeded", "Failed"].includes(status?.phase ?? ""));
    const used = there.reduce((sum, each) => sum + requestOf(each), 0);
    return used > most ? `${pod.spec.nodeName} has ${most}m and was given pods for ${used}m` : undefined;
  },
};

export const schedulingInvariants: readonly Invariant[] = [schedulable, capacity];
