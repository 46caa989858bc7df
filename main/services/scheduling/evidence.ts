import type { Node, NodeSelectorTerm, Pod, Taint, Toleration } from "../../../shared/kubernetes/types.ts";
import { quantity } from "../views/quantity.ts";

/** What is known of the world that the scheduler looked at. */
export interface World {
  pod: Pod;
  nodes: Map<string, Node>;
  podsOn(node: string): Pod[];
}

/** The numbers and names behind a refusal: `asks 2 cores, 0.6 of 4 are free`; undefined when there is nothing to add. */
export function detailOf(reason: string, nodeName: string, world: World): string | undefined {
  const node = world.nodes.get(nodeName);
  if (!node) return undefined;
  const short = /^Insufficient (\S+)/.exec(reason)?.[1];
  if (short) return amounts(short, node, world);
  if (/untolerated taint/.test(reason)) return taintText(node, world.pod);
  if (/node affinity\/selector/.test(reason)) return labelText(node, world.pod);
  if (reason.startsWith("Too many pods")) return `${running(world.podsOn(nodeName)).length} of ${node.status?.allocatable?.pods ?? "?"} pods`;
  return undefined;
}

function amounts(resource: string, node: Node, { pod, podsOn }: World): string | undefined {
  const all = quantity(node.status?.allocatable?.[resource]);
  const taken = running(podsOn(node.metadata.name)).reduce((sum, other) => sum + requestOf(other, resource), 0);
  if (Number.isNaN(all)) return `asks ${amount(resource, requestOf(pod, resource))}, the node has none`;
  const [free, unit] = amount(resource, Math.max(0, all - taken)).split(" ");
  const whole = amount(resource, all);
  return `asks ${amount(resource, requestOf(pod, resource))}, ${free}${unit && !whole.endsWith(` ${unit}`) ? ` ${unit}` : ""} of ${whole} are free`;
}

const running = (pods: Pod[]): Pod[] => pods.filter(({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed");

/** What a pod asks for as the scheduler counts it: its containers together, or the greediest init container, and the overhead. */
export function requestOf({ spec }: Pod, resource: string): number {
  const whole = quantity(spec.resources?.requests?.[resource]);
  if (!Number.isNaN(whole)) return whole + amountIn(spec.overhead, resource);
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  const together = [...spec.containers, ...sidecars].reduce((sum, { resources }) => sum + amountIn(resources?.requests, resource), 0);
  const first = Math.max(0, ...(spec.initContainers ?? []).map(({ resources }) => amountIn(resources?.requests, resource)));
  return Math.max(together, first) + amountIn(spec.overhead, resource);
}

const amountIn = (amounts: Record<string, string | number> | undefined, resource: string): number => quantity(amounts?.[resource]) || 0;

/** `0.6 cores`, `512 MiB`, `2`. */
function amount(resource: string, value: number): string {
  if (resource === "cpu") return `${round(value)} ${value === 1 ? "core" : "cores"}`;
  if (resource !== "memory" && resource !== "ephemeral-storage") return String(round(value));
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log2(value) / 10));
  return `${round(value / 1024 ** power)} ${units[power]}`;
}

const round = (value: number): number => (value < 10 ? Math.round(value * 100) / 100 : Math.round(value * 10) / 10);

function taintText(node: Node, pod: Pod): string | undefined {
  const refused = (node.spec?.taints ?? []).filter(
    (taint) => taint.effect !== "PreferNoSchedule" && !(pod.spec.tolerations ?? []).some((one) => tolerates(one, taint)),
  );
  return refused.map(({ key, value, effect }) => `${key}${value ? `=${value}` : ""}:${effect}`).join(", ") || undefined;
}

function tolerates({ key, operator = "Equal", value = "", effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (!key) return operator === "Exists";
  return key === taint.key && (operator === "Exists" || value === (taint.value ?? ""));
}

/** The labels that the pod wants and the node lacks. */
function labelText({ metadata: { labels = {} } }: Node, { spec }: Pod): string | undefined {
  const lacking = Object.entries(spec.nodeSelector ?? {}).flatMap(([key, value]) => (labels[key] === value ? [] : [`${key}=${value}`]));
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const wanted = terms.map(termText).filter(Boolean).join(" or ");
  return [lacking.length ? `lacks ${lacking.join(", ")}` : "", wanted ? `wants ${wanted}` : ""].filter(Boolean).join("; ") || undefined;
}

const termText = ({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm): string =>
  [...matchExpressions, ...matchFields]
    .map(({ key, operator, values = [] }) => `${key} ${operator}${values.length ? ` ${values.join(", ")}` : ""}`)
    .join(" and ");
