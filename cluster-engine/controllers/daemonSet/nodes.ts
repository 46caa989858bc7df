import type {
  DaemonSet,
  Node,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodSpec,
  PodTemplateSpec,
  Toleration,
} from "../../../shared/kubernetes/types.ts";
import { tolerates } from "../node/tolerations.ts";

const key = (name: string): string => `node.kubernetes.io/${name}`;

/** Daemons stay where other pods must leave. */
function daemonTolerations({ hostNetwork }: PodSpec): Toleration[] {
  const always: Toleration[] = [
    { key: key("not-ready"), operator: "Exists", effect: "NoExecute" },
    { key: key("unreachable"), operator: "Exists", effect: "NoExecute" },
    { key: key("disk-pressure"), operator: "Exists", effect: "NoSchedule" },
    { key: key("memory-pressure"), operator: "Exists", effect: "NoSchedule" },
    { key: key("pid-pressure"), operator: "Exists", effect: "NoSchedule" },
    { key: key("unschedulable"), operator: "Exists", effect: "NoSchedule" },
  ];
  return hostNetwork ? [...always, { key: key("network-unavailable"), operator: "Exists", effect: "NoSchedule" }] : always;
}

/** The template of the daemon pod on one node: labelled with its revision, bound by affinity. */
export function daemonTemplate(set: DaemonSet, hash: string, node: string): PodTemplateSpec {
  const { metadata, spec } = set.spec.template;
  const generation = set.metadata.annotations?.["deprecated.daemonset.template.generation"];
  const labels = { ...metadata?.labels, ...(generation ? { "pod-template-generation": generation } : {}), "controller-revision-hash": hash };
  return {
    metadata: { ...metadata, labels } as PodTemplateSpec["metadata"],
    spec: { ...spec!, affinity: boundTo(spec!, node), tolerations: withTolerations(spec!) },
  };
}

function withTolerations(spec: PodSpec): Toleration[] {
  const own = spec.tolerations ?? [];
  const added = daemonTolerations(spec).filter(
    (each) => !own.some((other) => other.key === each.key && other.effect === each.effect && other.operator === each.operator),
  );
  return [...own, ...added];
}

function boundTo({ affinity }: PodSpec, node: string): PodSpec["affinity"] {
  const field: NodeSelectorRequirement = { key: "metadata.name", operator: "In", values: [node] };
  const required = { nodeSelectorTerms: [{ matchFields: [field] }] };
  return { ...affinity, nodeAffinity: { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: required } };
}

/** The node that a daemon pod is (to be) on. */
export function targetNode({ nodeName, affinity }: PodSpec): string | undefined {
  if (nodeName) return nodeName;
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const fields = terms.flatMap(({ matchFields }) => matchFields ?? []);
  return fields.find((field) => field.key === "metadata.name" && field.operator === "In")?.values?.[0];
}

/** Whether a daemon pod should run on a node, and whether one that is there may stay. */
export interface Fit {
  shouldRun: boolean;
  mayStay: boolean;
}

/** Judges nodes for one set, each once. */
export function nodeFitter({ spec: { template } }: DaemonSet): (node: Node) => Fit {
  const tolerations = template.spec ? withTolerations(template.spec) : [];
  const known = new Map<Node, Fit>();
  return (node) => {
    const fit = known.get(node) ?? fitOf(template.spec, tolerations, node);
    known.set(node, fit);
    return fit;
  };
}

function fitOf(spec: PodSpec | undefined, tolerations: Toleration[], node: Node): Fit {
  if (!spec || (spec.nodeName && spec.nodeName !== node.metadata.name) || !selectsNode(spec, node)) return { shouldRun: false, mayStay: false };
  const hard = (node.spec?.taints ?? []).filter(({ effect }) => effect !== "PreferNoSchedule");
  const repelling = hard.filter((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)));
  return { shouldRun: repelling.length === 0, mayStay: !repelling.some(({ effect }) => effect === "NoExecute") };
}

function selectsNode({ nodeSelector = {}, affinity }: PodSpec, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (!Object.entries(nodeSelector).every(([name, value]) => labels[name] === value)) return false;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, { metadata }: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every((requirement) => matches(requirement, metadata.labels?.[requirement.key])) &&
    matchFields.every((requirement) => matches(requirement, metadata.name))
  );
}

function matches({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && Number(value) > Number(values[0]);
    case "Lt":
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
