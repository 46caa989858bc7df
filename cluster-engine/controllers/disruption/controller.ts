import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from "../../../shared/kubernetes/types.ts";
import { PodDisruptionBudgets, Pods } from "../../api/resources.ts";
import { labelSelectorMatcher } from "../../api/selectors.ts";
import { hasReason } from "../../api/statusError.ts";
import { Disposables } from "../../base/disposal.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { countedKinds, expectedPods } from "./expectedPods.ts";
import { clearStaleDisruptions } from "./stalePods.ts";
import { budgetStatus, disruptionTimeout, divideDisrupted, failedStatus } from "./status.ts";
import { semanticEqual } from "../equality.ts";
import { goSelector } from "../goSelector.ts";
import { messageOf } from "../podControl.ts";
import { ServedResources } from "../servedResources.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";

/** Counts how many pods of each PodDisruptionBudget may be evicted. */
export const disruptionController: Controller = {
  name: "disruption-controller",
  account: "disruption-controller",
  component: "controllermanager",
  start(context) {
    const { informers } = context;
    const budgets = informers.of(PodDisruptionBudgets);
    const pods = informers.of(Pods);
    const controller = new DisruptionController(context, budgets, pods);
    const running = new Disposables();
    running.add(
      runReconciler({
        ...loopOptions(context),
        name: "disruption",
        sources: [source(budgets), source(pods, (pod) => controller.budgetsOf(pod))],
        reads: countedKinds.map((type) => informers.of(type as typeof PodDisruptionBudgets)),
        reconcile: (key, run) => controller.reconcile(key, run),
      }),
    );
    running.add(clearStaleDisruptions(context));
    return running;
  },
};

class DisruptionController {
  readonly #context: ControllerContext;
  readonly #budgets: Informer<PodDisruptionBudget>;
  readonly #pods: Informer<Pod>;
  readonly #served: ServedResources;

  constructor(context: ControllerContext, budgets: Informer<PodDisruptionBudget>, pods: Informer<Pod>) {
    this.#context = context;
    this.#budgets = budgets;
    this.#pods = pods;
    this.#served = new ServedResources(context.clock);
  }

  /** The keys of the budgets that select a pod; there should be one at most. */
  budgetsOf(pod: Pod): string[] {
    const { namespace, name, labels } = pod.metadata;
    const found = this.#budgets.list(namespace).filter(({ spec }) => labelSelectorMatcher(spec?.selector)(labels));
    if (found.length > 1) {
      const message = `Pod "${namespace}"/"${name}" matches multiple PodDisruptionBudgets.  Chose "${found[0]!.metadata.name}" arbitrarily.`;
      this.#context.events.event(pod, "Warning", "MultiplePodDisruptionBudgets", message);
    }
    return found.map(({ metadata }) => keyOf(metadata));
  }

  async reconcile(key: string, { client }: ReconcileContext): Promise<void | { requeueAfter: number }> {
    const budget = this.#budgets.get(key);
    if (!budget) return;
    const selects = labelSelectorMatcher(budget.spec?.selector);
    const selected = this.#pods.list(budget.metadata.namespace).filter((pod) => selects(pod.metadata.labels));
    if (selected.length === 0) this.#context.events.event(budget, "Normal", "NoPods", "No matching pods found");
    try {
      return await this.#count(client, budget, selected);
    } catch (error) {
      if (hasReason(error, "Conflict")) throw error;
      await this.#write(client, budget, failedStatus(budget, messageOf(error), this.#context.clock.now()));
    }
  }

  async #count(client: Client, budget: PodDisruptionBudget, selected: Pod[]): Promise<void | { requeueAfter: number }> {
    const now = this.#context.clock.now();
    const expected = await this.#expected(client, budget, selected);
    for (const pod of divideDisrupted(budget.status?.disruptedPods, selected, now).overdue) this.#tellOverdue(budget, pod);
    const status = budgetStatus(budget, selected, expected, now);
    await this.#write(client, budget, status);
    const oldest = Math.min(...Object.values(status.disruptedPods ?? {}).map((time) => Date.parse(time)));
    return Number.isFinite(oldest) ? { requeueAfter: oldest + disruptionTimeout - now } : undefined;
  }

  async #expected(client: Client, budget: PodDisruptionBudget, selected: Pod[]): Promise<number> {
    const { informers, events } = this.#context;
    try {
      const { count, unmanaged } = await expectedPods({ transport: client.transport, informers, served: this.#served }, budget, selected);
      if (unmanaged.length > 0) events.event(budget, "Warning", "UnmanagedPods", unmanagedMessage(budget));
      return count;
    } catch (error) {
      const message = `Failed to calculate the number of expected pods: ${messageOf(error)}`;
      events.event(budget, "Warning", "CalculateExpectedPodCountFailed", message);
      throw error;
    }
  }

  #tellOverdue({ metadata }: PodDisruptionBudget, pod: Pod): void {
    const message = `Pod was expected by PDB ${metadata.namespace}/${metadata.namespace} to be deleted but it wasn't`;
    this.#context.events.event(pod, "Warning", "NotDeleted", message);
  }

  async #write(client: Client, budget: PodDisruptionBudget, status: PodDisruptionBudgetStatus): Promise<void> {
    if (!semanticEqual(status, budget.status)) await client.resource(PodDisruptionBudgets).updateStatus({ ...budget, status });
  }
}

const unmanagedMessage = ({ spec }: PodDisruptionBudget): string =>
  `Pods selected by this PodDisruptionBudget (selector: ${goSelector(spec?.selector)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;
