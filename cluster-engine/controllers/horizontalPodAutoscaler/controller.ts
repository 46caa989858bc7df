import { keyOf, parseApiVersion } from "../../../shared/kubernetes/object.ts";
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerCondition,
  MetricSpec,
  MetricStatus,
  Pod,
  Scale,
} from "../../../shared/kubernetes/types.ts";
import { parseQuantity } from "../../api/quantity.ts";
import { HorizontalPodAutoscalers, Pods } from "../../api/resources.ts";
import { resourcePath, type ResourceType } from "../../api/resourceType.ts";
import { parseLabelSelector } from "../../api/selectors.ts";
import { rfc3339 } from "../../base/clock.ts";
import { discoverResources } from "../../client/discovery.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { semanticEqual } from "../equality.ts";
import { messageOf } from "../podControl.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { fetchPodMetrics } from "./metrics.ts";
import { limitReplicas, proposeReplicas } from "./replicas.ts";

/** ms between looks at each autoscaler. */
const period = 15_000;

/** ms for which the highest recommendation holds against scaling down. */
const stabilization = 300_000;

/** Scales workloads by the CPU and memory that their pods use. Scaling policies (rates) of `behavior` are not applied. */
export const horizontalPodAutoscalerController: Controller = {
  name: "horizontal-pod-autoscaler-controller",
  account: "horizontal-pod-autoscaler",
  component: "horizontal-pod-autoscaler",
  start(context) {
    const autoscalers = context.informers.of(HorizontalPodAutoscalers);
    const pods = context.informers.of(Pods);
    const controller = new Autoscaler(context, autoscalers, pods);
    return runReconciler({
      ...loopOptions(context),
      name: "horizontal-pod-autoscaler",
      sources: [
        source(autoscalers, undefined, (each, old) => each.metadata.generation !== old.metadata.generation || !semanticEqual(each.spec, old.spec)),
      ],
      reads: [pods],
      reconcile: (key, run) => controller.reconcile(key, run),
    });
  },
};

interface Target {
  type: ResourceType;
  scale: Scale;
}

interface Recommendation {
  replicas: number;
  metric: string;
  statuses: MetricStatus[];
}

class Autoscaler {
  readonly #context: ControllerContext;
  readonly #autoscalers: Informer<HorizontalPodAutoscaler>;
  readonly #pods: Informer<Pod>;
  readonly #history = new Map<string, { at: number; replicas: number }[]>();

  constructor(context: ControllerContext, autoscalers: Informer<HorizontalPodAutoscaler>, pods: Informer<Pod>) {
    this.#context = context;
    this.#autoscalers = autoscalers;
    this.#pods = pods;
  }

  async reconcile(key: string, { client }: ReconcileContext): Promise<void | { requeueAfter: number }> {
    const autoscaler = this.#autoscalers.get(key);
    if (!autoscaler) return void this.#history.delete(key);
    const draft = structuredClone(autoscaler);
    draft.status ??= { desiredReplicas: 0, currentMetrics: null as never };
    const target = await this.#target(client, draft);
    if (target) await this.#scale(client, draft, target);
    if (!semanticEqual(draft.status, autoscaler.status)) await client.resource(HorizontalPodAutoscalers).updateStatus(draft);
    return { requeueAfter: period };
  }

  async #target(client: Client, draft: HorizontalPodAutoscaler): Promise<Target | undefined> {
    const { kind, name, apiVersion = "" } = draft.spec!.scaleTargetRef;
    const { namespace } = draft.metadata;
    try {
      const { group } = parseApiVersion(apiVersion);
      const type = (await discoverResources(client.transport)).find((each) => each.kind === kind && each.group === group);
      if (!type) throw new Error(`no matches for kind "${kind}" in group "${group}"`);
      const scale = (await client.transport.send({ method: "GET", path: resourcePath(type, { namespace, name }, "scale") })) as Scale;
      this.#note(draft, "AbleToScale", "True", "SucceededGetScale", "the HPA controller was able to get the target's current scale");
      return { type, scale };
    } catch (error) {
      this.#context.events.event(draft, "Warning", "FailedGetScale", messageOf(error));
      this.#note(
        draft,
        "AbleToScale",
        "False",
        "FailedGetScale",
        `the HPA controller was unable to get the target's current scale: ${messageOf(error)}`,
      );
      return undefined;
    }
  }

  async #scale(client: Client, draft: HorizontalPodAutoscaler, target: Target): Promise<void> {
    const { minReplicas: min = 1, maxReplicas: max } = draft.spec!;
    const current = target.scale.spec?.replicas ?? 0;
    const status = draft.status!;
    if (current === 0) {
      this.#note(draft, "ScalingActive", "False", "ScalingDisabled", "scaling is disabled since the replica count of the target is zero");
      return this.#noteReplicas(draft, current, 0, []);
    }
    if (current > max) return this.#resize(client, draft, target, max, "Current number of replicas above Spec.MaxReplicas");
    if (current < min) return this.#resize(client, draft, target, min, "Current number of replicas below Spec.MinReplicas");
    const recommendation = await this.#recommend(client, draft, target);
    if (!recommendation) {
      status.currentReplicas = current;
      status.currentMetrics = draft.spec!.metrics?.map(() => ({ type: "" })) as MetricStatus[];
      return;
    }
    const desired = this.#normalise(draft, current, recommendation.replicas, min, max);
    if (desired === current) return this.#noteReplicas(draft, current, current, recommendation.statuses);
    const reason = desired > current ? `${recommendation.metric} above target` : "All metrics below target";
    await this.#resize(client, draft, target, desired, reason, recommendation.statuses);
  }

  /** The largest of what the metrics ask for; undefined when none could be read, or shrinking without all of them. */
  async #recommend(client: Client, draft: HorizontalPodAutoscaler, target: Target): Promise<Recommendation | undefined> {
    const current = target.scale.spec?.replicas ?? 0;
    let best: Recommendation | undefined;
    let failure: unknown;
    const statuses: MetricStatus[] = [];
    for (const metric of draft.spec!.metrics ?? []) {
      try {
        const proposal = await this.#propose(client, draft, target, metric);
        statuses.push(proposal.status);
        if (!best || proposal.replicas > best.replicas) best = { replicas: proposal.replicas, metric: proposal.metric, statuses };
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure && (!best || best.replicas < current)) {
      this.#context.events.event(draft, "Warning", "FailedGetResourceMetric", messageOf(failure));
      this.#context.events.event(
        draft,
        "Warning",
        "FailedComputeMetricsReplicas",
        `invalid metrics (1 invalid out of ${draft.spec!.metrics?.length ?? 0}), first error is: ${messageOf(failure)}`,
      );
      this.#note(
        draft,
        "ScalingActive",
        "False",
        "FailedGetResourceMetric",
        `the HPA was unable to compute the replica count: ${messageOf(failure)}`,
      );
      return undefined;
    }
    if (best)
      this.#note(
        draft,
        "ScalingActive",
        "True",
        "ValidMetricFound",
        `the HPA was able to successfully calculate a replica count from ${best.metric}`,
      );
    return best;
  }

  async #propose(client: Client, draft: HorizontalPodAutoscaler, { scale }: Target, { type, resource }: MetricSpec) {
    if (type !== "Resource" || !resource) throw new Error(`unable to get metric: no ${type} metrics are served`);
    const { name, target } = resource;
    const { namespace } = draft.metadata;
    const byUse = target.averageValue === undefined;
    const selector = scale.status?.selector ?? "";
    const selects = parseLabelSelector(selector);
    const now = this.#context.clock.now();
    try {
      const metrics = await fetchPodMetrics(client.transport, namespace, selector, name).catch((error: unknown) => {
        throw new Error(`unable to get metrics for resource ${name}: ${messageOf(error)}`);
      });
      const pods = this.#pods.list(namespace).filter((pod) => selects(pod.metadata.labels));
      const wanted = byUse ? { utilization: target.averageUtilization ?? 80 } : { average: parseQuantity(target.averageValue!).milli() };
      const proposal = proposeReplicas({ current: scale.spec?.replicas ?? 0, pods, metrics, resource: name, target: wanted, now });
      const averageValue = parseQuantity(`${proposal.average}m`).toString();
      const current = byUse ? { averageUtilization: proposal.utilization, averageValue } : { averageValue };
      const status: MetricStatus = { type: "Resource", resource: { name, current } };
      return { replicas: proposal.replicas, status, metric: byUse ? `${name} resource utilization (percentage of request)` : `${name} resource` };
    } catch (error) {
      throw new Error(`failed to get ${name} ${byUse ? "utilization" : "usage"}: ${messageOf(error)}`, { cause: error });
    }
  }

  #normalise(draft: HorizontalPodAutoscaler, current: number, proposed: number, min: number, max: number): number {
    const stable = this.#stabilise(draft, proposed);
    if (stable === proposed) this.#note(draft, "AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size");
    else
      this.#note(
        draft,
        "AbleToScale",
        "True",
        "ScaleDownStabilized",
        "recent recommendations were higher than current one, applying the highest recent recommendation",
      );
    const { replicas, reason, message } = limitReplicas(current, stable, min, max);
    this.#note(draft, "ScalingLimited", replicas === stable ? "False" : "True", reason, message);
    return replicas;
  }

  #stabilise({ metadata, spec }: HorizontalPodAutoscaler, proposed: number): number {
    const now = this.#context.clock.now();
    const window = (spec!.behavior?.scaleDown?.stabilizationWindowSeconds ?? stabilization / 1000) * 1000;
    const recent = [...(this.#history.get(keyOf(metadata)) ?? []), { at: now, replicas: proposed }].filter(({ at }) => at >= now - window);
    this.#history.set(keyOf(metadata), recent);
    return Math.max(proposed, ...recent.map(({ replicas }) => replicas));
  }

  async #resize(
    client: Client,
    draft: HorizontalPodAutoscaler,
    { type, scale }: Target,
    replicas: number,
    reason: string,
    statuses: MetricStatus[] = [],
  ): Promise<void> {
    const { events, clock } = this.#context;
    const current = scale.spec?.replicas ?? 0;
    try {
      await client.transport.send({
        method: "PUT",
        path: resourcePath(type, scale.metadata, "scale"),
        body: { ...scale, spec: { ...scale.spec, replicas } },
      });
    } catch (error) {
      events.event(draft, "Warning", "FailedRescale", `New size: ${replicas}; reason: ${reason}; error: ${messageOf(error)}`);
      this.#note(draft, "AbleToScale", "False", "FailedUpdateScale", `the HPA controller was unable to update the target scale: ${messageOf(error)}`);
      throw error;
    }
    this.#note(draft, "AbleToScale", "True", "SucceededRescale", `the HPA controller was able to update the target scale to ${replicas}`);
    events.event(draft, "Normal", "SuccessfulRescale", `New size: ${replicas}; reason: ${reason}`);
    this.#noteReplicas(draft, current, replicas, statuses);
    draft.status!.lastScaleTime = rfc3339(clock.now());
  }

  #noteReplicas(draft: HorizontalPodAutoscaler, current: number, desired: number, statuses: MetricStatus[]): void {
    Object.assign(draft.status!, { currentReplicas: current, desiredReplicas: desired, currentMetrics: statuses.length > 0 ? statuses : null });
  }

  /** Conditions keep their order; reason and message follow at once, the time only the status. */
  #note(draft: HorizontalPodAutoscaler, type: string, status: "True" | "False", reason: string, message: string): void {
    const conditions = (draft.status!.conditions ??= []);
    const current = conditions.find((condition) => condition.type === type);
    const stamp = rfc3339(this.#context.clock.now());
    if (!current) conditions.push({ type, status, lastTransitionTime: stamp, reason, message } as HorizontalPodAutoscalerCondition);
    else Object.assign(current, { status, reason, message, lastTransitionTime: current.status === status ? current.lastTransitionTime : stamp });
  }
}
