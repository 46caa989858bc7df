import type { Container, Pod, ResourceRequirements } from "../../../shared/kubernetes/types.ts";
import { parseQuantity } from "../../api/quantity.ts";
import { isReady, readyCondition } from "../podState.ts";
import type { PodMetric, PodMetrics } from "./metricsApi.ts";

// How many replicas a metric asks for: the replica calculator of pkg/controller/podautoscaler. Amounts in thousandths.

// ms; the defaults of kube-controller-manager.
const cpuInitialization = 300_000;
const initialReadiness = 30_000;

const maxInt32 = 2 ** 31 - 1;

/** Changes smaller than these shares are left alone. */
export interface Tolerances {
  up: number;
  down: number;
}

export interface Proposal {
  replicas: number;
  /** Per cent of the requests. */
  utilization?: number;
  /** Of a pod. */
  average: number;
}

export interface PodsInput {
  current: number;
  pods: Pod[];
  metrics: PodMetrics;
  /** Absent for a metric that is no resource. */
  resource?: string;
  /** Of each pod; absent: all of them. */
  container?: string;
  target: { utilization: number } | { average: number };
  tolerances: Tolerances;
  /** ms */
  now: number;
}

/** From what each pod shows. @throws Error that says why nothing can be computed */
export function fromPods(input: PodsInput): Proposal {
  const { pods, metrics, current, target, tolerances } = input;
  if (pods.length === 0) throw noPods();
  const groups = groupPods(input);
  const measured = new Map([...metrics].filter(([name]) => !groups.uncounted.has(name)));
  if (measured.size === 0) throw new Error("did not receive metrics for targeted pods (pods might be unready)");
  const requests = "utilization" in target ? requestsOf(pods, input.resource!, input.container) : new Map<string, number>();
  const first = usage(measured, requests, target);
  const proposal = { utilization: first.utilization, average: first.average };
  const growingWithUnready = groups.unready.length > 0 && first.ratio > 1;
  if (!growingWithUnready && groups.missing.length === 0)
    return { ...proposal, replicas: isWithin(first.ratio, tolerances) ? current : upTo32(first.ratio * groups.ready) };
  const assumed = assume(measured, groups, first.ratio, requests, target);
  const second = usage(assumed, requests, target);
  const turned = (first.ratio < 1 && second.ratio > 1) || (first.ratio > 1 && second.ratio < 1);
  const replicas = upTo32(second.ratio * assumed.size);
  const against = (second.ratio < 1 && replicas > current) || (second.ratio > 1 && replicas < current);
  return { ...proposal, replicas: isWithin(second.ratio, tolerances) || turned || against ? current : replicas };
}

/** From one value for all, which should be `target`. @throws Error when the ready pods are to be counted and there are none */
export function fromValue(
  value: number,
  target: number,
  { current, pods, tolerances }: { current: number; pods: Pod[]; tolerances: Tolerances },
): number {
  const ratio = value / target;
  if (current === 0) return upTo32(ratio);
  if (isWithin(ratio, tolerances)) return current;
  if (pods.length === 0) throw new Error(`unable to calculate ready pods: ${noPods().message}`);
  return upTo32(ratio * pods.filter((pod) => pod.status?.phase === "Running" && isReady(pod)).length);
}

/** From one value for all, of which each of `present` pods should have `target`. */
export function fromShare(value: number, target: number, { present, tolerances }: { present: number; tolerances: Tolerances }): Proposal {
  const replicas = isWithin(value / (target * present), tolerances) ? present : upTo32(value / target);
  return { replicas, average: present > 0 ? Math.ceil(value / present) : value };
}

const noPods = (): Error => new Error("no pods returned by selector while calculating replica count");

const upTo32 = (count: number): number => Math.min(maxInt32, Math.ceil(count));

const isWithin = (ratio: number, { up, down }: Tolerances): boolean => 1 - down <= ratio && ratio <= 1 + up;

interface Groups {
  ready: number;
  unready: string[];
  missing: string[];
  /** Their metrics say nothing: pods that are unready, failed or on their way out. */
  uncounted: Set<string>;
}

function groupPods({ pods, metrics, resource, now }: PodsInput): Groups {
  const groups: Groups = { ready: 0, unready: [], missing: [], uncounted: new Set() };
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const metric = metrics.get(name);
    if (deletionTimestamp || pod.status?.phase === "Failed") groups.uncounted.add(name);
    else if (pod.status?.phase === "Pending") groups.unready.push(name);
    else if (!metric) groups.missing.push(name);
    else if (resource === "cpu" && isStarting(pod, metric, now)) groups.unready.push(name);
    else groups.ready++;
  }
  for (const name of groups.unready) groups.uncounted.add(name);
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
  target: PodsInput["target"],
): PodMetrics {
  const assumed = new Map(measured);
  const put = (name: string, value: number) => assumed.set(name, { value, at: 0, window: 0 });
  const busy = (name: string) =>
    "utilization" in target ? Math.trunc(((requests.get(name) ?? 0) * Math.max(100, target.utilization)) / 100) : target.average;
  if (ratio !== 1) for (const name of missing) put(name, ratio < 1 ? busy(name) : 0);
  if (ratio > 1) for (const name of unready) put(name, 0);
  return assumed;
}

function usage(
  metrics: PodMetrics,
  requests: Map<string, number>,
  target: PodsInput["target"],
): { ratio: number; average: number; utilization?: number } {
  const counted = "utilization" in target ? [...metrics].filter(([name]) => requests.has(name)) : [...metrics];
  const used = counted.reduce((sum, [, { value }]) => sum + value, 0);
  const average = Math.trunc(used / counted.length);
  if (!("utilization" in target)) return { ratio: average / target.average, average };
  const requested = counted.reduce((sum, [name]) => sum + requests.get(name)!, 0);
  if (requested === 0) throw new Error("no metrics returned matched known pods");
  const utilization = Math.trunc((used * 100) / requested);
  return { ratio: utilization / target.utilization, average, utilization };
}

function requestsOf(pods: Pod[], resource: string, container: string | undefined): Map<string, number> {
  return new Map(pods.map((pod) => [pod.metadata.name, requestOf(pod, resource, container)]));
}

/** Of the pod as a whole when it has requests as such; else of its containers, sidecars included. */
function requestOf({ metadata, spec }: Pod, resource: string, container: string | undefined): number {
  const whole = (spec.resources as ResourceRequirements | undefined)?.requests;
  if (whole && !container) {
    if (whole[resource] === undefined) throw new Error(`missing pod-level request for ${resource} in Pod ${metadata.name}`);
    return parseQuantity(whole[resource]).milli();
  }
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  const all: Container[] = [...spec.containers, ...sidecars];
  const counted = container ? all.filter(({ name }) => name === container) : all;
  if (container && counted.length === 0) throw new Error(`container ${container} not found in Pod ${metadata.name}`);
  return counted.reduce((total, { name, resources }) => {
    const request = resources?.requests?.[resource];
    if (request === undefined) throw new Error(`missing request for ${resource} in container ${name} of Pod ${metadata.name}`);
    return total + parseQuantity(request).milli();
  }, 0);
}
