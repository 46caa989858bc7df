/** What would help against a reason of the scheduler, in plain words. Reasons are those of Kubernetes' default plugins. */
export function remedyFor(reason: string): string {
  return remedies.find(([pattern]) => pattern.test(reason))?.[1].replace("$resource", resourceOf(reason)) ?? fallback;
}

const fallback = "Compare what the pod asks for with what the nodes have.";

const resourceOf = (reason: string): string => /^Insufficient (\S+)/.exec(reason)?.[1] ?? "";

const remedies: [RegExp, string][] = [
  [/^Insufficient /, "Lower the pod's request for $resource, free some on a node, or add a node."],
  [/^Too many pods/, "Move pods away from the node, or add a node."],
  [/untolerated taint/, "Add a toleration to the pod, or remove the taint from the node."],
  [/were unschedulable/, "Uncordon the node: it takes no new pods while it is cordoned."],
  [/scheduler-enforced node affinity/, "Change the affinity that the scheduler's configuration adds, or the labels of the node."],
  [/node affinity\/selector/, "Give a node the labels that the pod wants, or change the pod's nodeSelector or affinity."],
  [/requested node name/, "The pod names another node in spec.nodeName."],
  [/free ports/, "Another pod on the node has the same host port: use a Service in place of hostPort, or another port."],
  [/existing pods anti-affinity/, "Pods that run there keep it away by their own anti-affinity: change theirs, or add a node."],
  [/pod anti-affinity/, "The pod keeps away from pods that run there: make its anti-affinity preferred, or add a node."],
  [/pod affinity/, "The pod wants to be near pods that are not there: start them first, or make its affinity preferred."],
  [/missing required label/, "Give the nodes the label that the pod's topologySpreadConstraints name as topologyKey."],
  [/topology spread/, "Allow more skew, set whenUnsatisfiable to ScheduleAnyway, or add a node where there are few."],
  [/unbound immediate PersistentVolumeClaims/, "A claim of the pod has no volume yet: look at it."],
  [/persistentvolumeclaim ".*" not found/i, "Create the claim that the pod names."],
  [/persistentvolumeclaim ".*" is being deleted/i, "The claim goes away: use another, or wait and make it anew."],
  [/non-existent/, "The claim's volume is gone: delete the claim and make it anew."],
  [/available persistent volumes|enough free storage/, "No volume fits the claim there: make one, or use a StorageClass that does."],
  [/PersistentVolume's node affinity|volume node affinity|no available volume zone/, "The pod's volume lives on another node or in another zone."],
  [/max volume count/, "The node has as many volumes as it can: move pods away, or add a node."],
  [/ReadWriteOncePod|no available disk/, "Another pod uses the same volume, which only one may: stop it first."],
  [/scheduling gates/, "Whoever set the pod's scheduling gates has not released it yet: remove them from its spec."],
  [/no nodes available/, "The cluster has no node yet: wait for it, or add one."],
  [/Preemption is not helpful|No preemption victims/, "No pod of lower priority stands in the way."],
];
