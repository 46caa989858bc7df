import type { Pod } from "../../../shared/kubernetes/types.ts";
import { parseQuantity } from "../../api/quantity.ts";
import { readyCondition } from "../podState.ts";

// How many replicas a metric asks for: the replica calculator of pkg/controller/podautoscaler. Amounts in thousandths.

/** Changes smaller than this share are left alone. */
const tolerance = 0.1;

// ms; the defaults of kube-controller-manager.
const cpuInitialization = 300_000;
const initialReadiness = 30_000;

export interface PodMetric {
  /** Thousandths: millicores, or bytes × 1000. */
  value: number;
  /** ms: when the measured time ended, and how long it was. */
  at: number;
  window: number;
}

export type PodMetrics = Map<string, PodMetric>;

export interface Proposal {
  replicas: number;
  /** Per cent of the requests. */
  utilization?: number;
  /** Average of a pod, thousandths. */
  average: number;
}

export interface ProposalInput {
  current: number;
  pods: Pod[];
  metrics: PodMetrics;
  resource: string;
  target: { utilization: number } | { average: number };
  /** ms */
  now: number;
}

/** @throws Error that says why nothing can be computed */
export function proposeReplicas(input: ProposalInput): Proposal {
  const { pods, metrics, current } = input;
  if (pods.length === 0) throw new Error("no pods returned by selector while calculating replica count");
  const groups = groupPods(input);
  const measured = new Map([...metrics].filter(([name]) => groups.ready.has(name)));
  if (measured.size === 0) throw new Error("did not receive metrics for targeted pods (pods might be unready)");
  const requests = "utilization" in input.target ? requestsOf(pods, input.resource) : new Map<string, number>();
  const first = usage(measured, requests, input.target);
  const proposal = { utilization: first.utilization, average: first.average };
  const growingWithUnready = groups.unready.length > 0 && first.ratio > 1;
  if (!growingWithUnready && groups.missing.length === 0)
    return { ...proposal, replicas: isClose(first.ratio) ? current : Math.ceil(first.ratio * groups.ready.size) };
  const assumed = assume(measured, groups, first.ratio, requests, input.target);
  const second = usage(assumed, requests, input.target);
  const turned = (first.ratio < 1 && second.ratio > 1) || (first.ratio > 1 && second.ratio < 1);
  const replicas = Math.ceil(second.ratio * assumed.size);
  const against = (second.ratio < 1 && replicas > current) || (second.ratio > 1 && replicas < current);
  return { ...proposal, replicas: isClose(second.ratio) || turned || against ? current : replicas };
}

const isClose = (ratio: number): boolean => Math.abs(1 - ratio) <= tolerance;

interface Groups {
  ready: Set<string>;
  unready: string[];
  missing: string[];
}

function groupPods({ pods, metrics, resource, now }: ProposalInput): Groups {
  const groups: Groups = { ready: new Set(), unready: [], missing: [] };
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp || pod.status?.phase === "Failed") continue;
    const metric = metrics.get(name);
    if (pod.status?.phase === "Pending") groups.unready.push(name);
    else if (!metric) groups.missing.push(name);
    else if (resource === "cpu" && isStarting(pod, metric, now)) groups.unready.push(name);
    else groups.ready.add(name);
  }
  return groups;
}

/** CPU use while starting says nothing about the load. */
function isStarting(pod: Pod, metric: PodMetric, now: number): boolean {
  const ready = readyCondition(pod);
  const started = Date.parse(pod.status?.startTime ?? "");
  if (!ready || Number.isNaN(started)) return true;
  const since = Date.parse(ready.lastTransitionTime ?? "");
  if (started + cpuInitialization > now) return ready.status === "False" || metric.at < since + metric.window;
  return ready.status === "False" && started + initialReadiness > since;
}

/** What is not measured counts against the change: as idle when growing, as busy when shrinking. */
function assume(
  measured: PodMetrics,
  { unready, missing }: Groups,
  ratio: number,
  requests: Map<string, number>,
  target: ProposalInput["target"],
): PodMetrics {
  const assumed = new Map(measured);
  const put = (name: string, value: number) => assumed.set(name, { value, at: 0, window: 0 });
  const busy = (name: string) => ("utilization" in target ? ((requests.get(name) ?? 0) * Math.max(100, target.utilization)) / 100 : target.average);
  if (ratio !== 1) for (const name of missing) put(name, ratio < 1 ? busy(name) : 0);
  if (ratio > 1) for (const name of unready) put(name, 0);
  return assumed;
}

function usage(
  metrics: PodMetrics,
  requests: Map<string, number>,
  target: ProposalInput["target"],
): { ratio: number; average: number; utilization?: number } {
  let used = 0;
  let requested = 0;
  for (const [name, { value }] of metrics) {
    used += value;
    requested += requests.get(name) ?? 0;
  }
  const average = Math.trunc(used / metrics.size);
  if (!("utilization" in target)) return { ratio: used / (target.average * metrics.size), average };
  if (requested === 0) throw new Error("no metrics returned matched known pods");
  const utilization = Math.trunc((used * 100) / requested);
  return { ratio: utilization / target.utilization, average, utilization };
}

function requestsOf(pods: Pod[], resource: string): Map<string, number> {
  return new Map(
    pods.map(({ metadata, spec }) => {
      const sum = spec.containers.reduce((total, { name, resources }) => {
        const request = resources?.requests?.[resource];
        if (request === undefined) throw new Error(`missing request for ${resource} in container ${name} of Pod ${metadata.name}`);
        return total + parseQuantity(request).milli();
      }, 0);
      return [metadata.name, sum];
    }),
  );
}

export interface Limited {
  replicas: number;
  reason: string;
  message: string;
}

/** The wanted number within the autoscaler's bounds, and at most doubled (or 4) at a time. */
export function limitReplicas(current: number, desired: number, min: number, max: number): Limited {
  const growth = Math.max(2 * current, 4);
  if (desired < min) return { replicas: min, reason: "TooFewReplicas", message: "the desired replica count is less than the minimum replica count" };
  if (desired > Math.min(max, growth))
    return growth < max
      ? { replicas: growth, reason: "ScaleUpLimit", message: "the desired replica count is increasing faster than the maximum scale rate" }
      : { replicas: max, reason: "TooManyReplicas", message: "the desired replica count is more than the maximum replica count" };
  return { replicas: desired, reason: "DesiredWithinRange", message: "the desired count is within the acceptable range" };
}
