import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerCondition, MetricStatus, Pod, Scale } from "../../../shared/kubernetes/types.ts";
import { parseQuantity } from "../../api/quantity.ts";
import { HorizontalPodAutoscalers, Pods } from "../../api/resources.ts";
import { parseLabelSelector } from "../../api/selectors.ts";
import { rfc3339 } from "../../base/clock.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { semanticEqual } from "../equality.ts";
import { messageOf } from "../podControl.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import type { Tolerances } from "./calculator.ts";
import { limitByPolicies, limitReplicas, type Bounds } from "./limits.ts";
import { ScalingMemory } from "./memory.ts";
import { MetricsApi } from "./metricsApi.ts";
import { readScale, writeScale, type ScaleTarget } from "../scale.ts";
import { ServedResources } from "../servedResources.ts";
import { MetricError, proposeFor, type MetricProposal, type Subject } from "./sources.ts";

/** ms between looks at each autoscaler. */
const period = 15_000;

/** Changes smaller than this share are left alone. */
const defaultTolerance = 0.1;

/** Scales workloads by what metrics say of them. */
export const horizontalPodAutoscalerController: Controller = {
  name: "horizontal-pod-autoscaler-controller",
  account: "horizontal-pod-autoscaler",
  component: "horizontal-pod-autoscaler",
  start(context) {
    const autoscalers = context.informers.of(HorizontalPodAutoscalers);
    const pods = context.informers.of(Pods);
    const controller = new Autoscalers(context, autoscalers, pods);
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

type Status = NonNullable<HorizontalPodAutoscaler["status"]>;

/** One look at an autoscaler. */
interface Run {
  client: Client;
  /** Conditions and counts are noted in its status. */
  draft: HorizontalPodAutoscaler & { status: Status };
  target: ScaleTarget;
  bounds: Bounds;
  memory: ScalingMemory;
  /** ms */
  now: number;
}

interface Recommendation {
  replicas: number;
  reason: string;
  statuses: MetricStatus[];
}

class Autoscalers {
  readonly #context: ControllerContext;
  readonly #autoscalers: Informer<HorizontalPodAutoscaler>;
  readonly #pods: Informer<Pod>;
  readonly #served: ServedResources;
  readonly #memories = new Map<string, ScalingMemory>();
  /** What each autoscaler was last seen to select, by key. */
  readonly #selectors = new Map<string, string>();

  constructor(context: ControllerContext, autoscalers: Informer<HorizontalPodAutoscaler>, pods: Informer<Pod>) {
    this.#context = context;
    this.#autoscalers = autoscalers;
    this.#pods = pods;
    this.#served = new ServedResources(context.clock);
  }

  async reconcile(key: string, { client }: ReconcileContext): Promise<void | { requeueAfter: number }> {
    const autoscaler = this.#autoscalers.get(key);
    if (!autoscaler) {
      this.#memories.delete(key);
      this.#selectors.delete(key);
      return;
    }
    const draft = {
      ...structuredClone(autoscaler),
      status: structuredClone(autoscaler.status) ?? { desiredReplicas: 0, currentMetrics: null as never },
    };
    const target = await this.#target(client, draft);
    if (target) await this.#look(client, draft, target);
    if (!semanticEqual(draft.status, autoscaler.status)) await client.resource(HorizontalPodAutoscalers).updateStatus(draft);
    return { requeueAfter: period };
  }

  async #target(client: Client, draft: Run["draft"]): Promise<ScaleTarget | undefined> {
    try {
      const target = await readScale(client.transport, this.#served, draft.metadata.namespace, draft.spec!.scaleTargetRef);
      this.#note(draft, "AbleToScale", "True", "SucceededGetScale", "the HPA controller was able to get the target's current scale");
      return target;
    } catch (error) {
      const message = messageOf(error);
      this.#tell(draft, "FailedGetScale", message);
      this.#note(draft, "AbleToScale", "False", "FailedGetScale", `the HPA controller was unable to get the target's current scale: ${message}`);
      return undefined;
    }
  }

  async #look(client: Client, draft: Run["draft"], target: ScaleTarget): Promise<void> {
    const { minReplicas: min = 1, maxReplicas: max } = draft.spec!;
    const current = target.scale.spec?.replicas ?? 0;
    const now = this.#context.clock.now();
    const run: Run = { client, draft, target, bounds: { current, min, max }, memory: this.#memoryOf(draft), now };
    run.memory.begin(current, now);
    if (current === 0) {
      this.#note(draft, "ScalingActive", "False", "ScalingDisabled", "scaling is disabled since the replica count of the target is zero");
      return noteReplicas(draft, current, 0, []);
    }
    if (current > max) return this.#resize(run, { replicas: max, reason: "Current number of replicas above Spec.MaxReplicas", statuses: [] });
    if (current < min) return this.#resize(run, { replicas: min, reason: "Current number of replicas below Spec.MinReplicas", statuses: [] });
    const recommendation = await this.#recommend(run);
    if (!recommendation) return;
    const replicas = this.#normalise(run, recommendation.replicas);
    if (replicas === current) return noteReplicas(draft, current, current, recommendation.statuses);
    await this.#resize(run, { ...recommendation, replicas });
  }

  #memoryOf({ metadata }: HorizontalPodAutoscaler): ScalingMemory {
    const key = keyOf(metadata);
    const known = this.#memories.get(key) ?? new ScalingMemory();
    this.#memories.set(key, known);
    return known;
  }

  /** The largest of what the metrics ask for; undefined when none could be read, or shrinking without all of them. */
  async #recommend(run: Run): Promise<Recommendation | undefined> {
    const { draft, target, bounds } = run;
    const metrics = draft.spec!.metrics ?? [];
    const subject = this.#subject(run, target.scale);
    if (!subject) {
      noteReplicas(draft, bounds.current, draft.status.desiredReplicas, []);
      return undefined;
    }
    const results = await Promise.all(metrics.map((metric) => proposeFor(subject, metric).catch((error: MetricError) => error)));
    const failures = results.filter((result) => result instanceof MetricError);
    const proposals = results.filter((result): result is MetricProposal => !(result instanceof MetricError));
    const statuses = results.map((result) => (result instanceof MetricError ? ({ type: "" } as MetricStatus) : result.status));
    for (const { reason, brief } of failures) this.#tell(draft, reason, brief);
    const best = proposals.reduce<MetricProposal | undefined>((a, b) => (a && a.replicas !== 0 && a.replicas >= b.replicas ? a : b), undefined);
    if (!best || (failures.length > 0 && best.replicas < bounds.current)) {
      this.#refuse(run, failures, metrics.length, statuses);
      return undefined;
    }
    this.#note(draft, "ScalingActive", "True", "ValidMetricFound", `the HPA was able to successfully calculate a replica count from ${best.name}`);
    const reason = best.replicas > bounds.current ? `${best.name} above target` : "All metrics below target";
    return { replicas: best.replicas, reason, statuses };
  }

  #refuse({ draft, bounds }: Run, failures: MetricError[], metrics: number, statuses: MetricStatus[]): void {
    const [first] = failures;
    if (!first) return;
    const { reason, brief, message } = first;
    this.#note(draft, "ScalingActive", "False", reason, `the HPA was unable to compute the replica count: ${brief}`);
    noteReplicas(draft, bounds.current, draft.status.desiredReplicas, statuses);
    this.#tell(draft, "FailedComputeMetricsReplicas", `invalid metrics (${failures.length} invalid out of ${metrics}), first error is: ${message}`);
  }

  /** The target's pods; undefined when it does not say which, or another autoscaler has them as well. */
  #subject({ client, draft, bounds, now }: Run, scale: Scale): Subject | undefined {
    const { namespace } = draft.metadata;
    const selector = scale.status?.selector ?? "";
    const refuse = (event: string, reason: string, message: string, condition = message) => {
      this.#tell(draft, event, message);
      this.#note(draft, "ScalingActive", "False", reason, condition);
      this.#tell(draft, "FailedComputeMetricsReplicas", message);
      return undefined;
    };
    if (!selector) return refuse("SelectorRequired", "InvalidSelector", "selector is required", "the HPA target's scale is missing a selector");
    let selects: ReturnType<typeof parseLabelSelector>;
    try {
      selects = parseLabelSelector(selector);
    } catch (error) {
      const message = `couldn't convert selector into a corresponding internal selector object: ${messageOf(error)}`;
      return refuse("InvalidSelector", "InvalidSelector", message);
    }
    const pods = this.#pods.list(namespace).filter((pod) => selects(pod.metadata.labels));
    const rivals = this.#rivals(draft, selector, pods);
    if (rivals.length > 1) {
      const message = `pods by selector ${selector} are controlled by multiple HPAs: [${rivals.map((name) => `{${name} ${namespace}}`).join(" ")}]`;
      return refuse("AmbiguousSelector", "AmbiguousSelector", message);
    }
    const api = new MetricsApi(client.transport, this.#served);
    return { api, namespace, selector, pods, replicas: bounds.current, present: scale.status?.replicas ?? 0, tolerances: tolerancesOf(draft), now };
  }

  /** Names of the autoscalers that these pods belong to, this one included. */
  #rivals({ metadata }: HorizontalPodAutoscaler, selector: string, pods: Pod[]): string[] {
    this.#selectors.set(keyOf(metadata), selector);
    const names = this.#autoscalers.list(metadata.namespace).map(({ metadata: { name } }) => name);
    return names.filter((name) => {
      const known = this.#selectors.get(`${metadata.namespace}/${name}`);
      if (known === undefined) return false;
      const selects = parseLabelSelector(known);
      return pods.some((pod) => selects(pod.metadata.labels));
    });
  }

  #normalise({ draft, bounds, memory, now }: Run, proposed: number): number {
    const { behavior } = draft.spec!;
    const stable = behavior ? memory.stabilizeBy(behavior, bounds.current, proposed, now) : memory.stabilize(proposed, now);
    if (stable.replicas === proposed) this.#note(draft, "AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size");
    else this.#note(draft, "AbleToScale", "True", stable.reason, stable.message);
    const { scaleUp = {}, scaleDown = {} } = behavior ?? {};
    const limited = behavior
      ? limitByPolicies(stable.replicas, bounds, { scaleUp, scaleDown, changes: memory.changes, now })
      : limitReplicas(stable.replicas, bounds);
    this.#note(draft, "ScalingLimited", limited.replicas === stable.replicas ? "False" : "True", limited.reason, limited.message);
    return limited.replicas;
  }

  async #resize({ client, draft, target, bounds, memory, now }: Run, { replicas, reason, statuses }: Recommendation): Promise<void> {
    try {
      await writeScale(client.transport, target, replicas);
    } catch (error) {
      const message = messageOf(error);
      this.#tell(draft, "FailedRescale", `New size: ${replicas}; reason: ${reason}; error: ${message}`);
      this.#note(draft, "AbleToScale", "False", "FailedUpdateScale", `the HPA controller was unable to update the target scale: ${message}`);
      return noteReplicas(draft, bounds.current, draft.status.desiredReplicas, statuses);
    }
    this.#note(draft, "AbleToScale", "True", "SucceededRescale", `the HPA controller was able to update the target scale to ${replicas}`);
    this.#context.events.event(draft, "Normal", "SuccessfulRescale", `New size: ${replicas}; reason: ${reason}`);
    if (draft.spec!.behavior) memory.changed(draft.spec!.behavior, bounds.current, replicas, now);
    noteReplicas(draft, bounds.current, replicas, statuses);
    draft.status.lastScaleTime = rfc3339(now);
  }

  #tell(draft: HorizontalPodAutoscaler, reason: string, message: string): void {
    this.#context.events.event(draft, "Warning", reason, message);
  }

  /** Conditions keep their order; reason and message follow at once, the time only the status. */
  #note({ status: noted }: Run["draft"], type: string, status: "True" | "False", reason: string, message: string): void {
    const conditions = (noted.conditions ??= []);
    const current = conditions.find((condition) => condition.type === type);
    const stamp = rfc3339(this.#context.clock.now());
    if (!current) conditions.push({ type, status, lastTransitionTime: stamp, reason, message } as HorizontalPodAutoscalerCondition);
    else Object.assign(current, { status, reason, message, lastTransitionTime: current.status === status ? current.lastTransitionTime : stamp });
  }
}

function noteReplicas({ status }: Run["draft"], current: number, desired: number, statuses: MetricStatus[]): void {
  Object.assign(status, { currentReplicas: current, desiredReplicas: desired, currentMetrics: statuses.length > 0 ? statuses : null });
}

function tolerancesOf({ spec }: HorizontalPodAutoscaler): Tolerances {
  const { scaleUp, scaleDown } = spec!.behavior ?? {};
  const of = (tolerance: string | number | undefined) => (tolerance === undefined ? defaultTolerance : parseQuantity(tolerance).toNumber());
  return { up: of(scaleUp?.tolerance), down: of(scaleDown?.tolerance) };
}
