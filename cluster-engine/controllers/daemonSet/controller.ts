import type { ControllerRevision, DaemonSet, DaemonSetStatus, Node, Pod } from "../../../shared/kubernetes/types.ts";
import { ControllerRevisions, DaemonSets, Nodes, Pods } from "../../api/resources.ts";
import { labelSelectorMatcher } from "../../api/selectors.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { slowStart, together } from "../batches.ts";
import { omitZero, semanticEqual } from "../equality.ts";
import { syncHistory, truncateHistory } from "../history.ts";
import { candidates, claim, indexByController, wakesOwners } from "../owners.ts";
import { createPod, deletePod, isNamespaceTerminating, podFromTemplate } from "../podControl.ts";
import { nextAvailability } from "../podState.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { Failures } from "./failures.ts";
import { daemonTemplate, nodeFitter, targetNode } from "./nodes.ts";
import { countDaemons, planDaemons, type DaemonInput } from "./plan.ts";

const hashLabel = "controller-revision-hash";

/** As many pods are made or deleted in one run at most. */
const burst = 250;

/** Runs a pod of each DaemonSet on every node that fits. */
export const daemonSetController: Controller = {
  name: "daemonset-controller",
  account: "daemon-set-controller",
  component: "daemonset-controller",
  start(context) {
    const sets = context.informers.of(DaemonSets);
    const pods = indexByController(context.informers.of(Pods));
    const nodes = context.informers.of(Nodes);
    const revisions = indexByController(context.informers.of(ControllerRevisions));
    const controller = new DaemonSetController({ context, sets, pods, nodes, revisions });
    const selects = (owner: DaemonSet, labels: Record<string, string>) => labelSelectorMatcher(owner.spec.selector)(labels);
    return runReconciler({
      ...loopOptions(context),
      name: "daemonset",
      sources: [
        source(sets),
        source(pods, wakesOwners(sets, selects)),
        source(
          nodes,
          () => sets.list().map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
          (node, old) => !semanticEqual(traits(node), traits(old)),
        ),
      ],
      reads: [revisions],
      reconcile: (key, run) => controller.reconcile(key, run),
    });
  },
};

const traits = ({ metadata, spec }: Node): unknown => [metadata.labels, spec?.taints, spec?.unschedulable];

interface Caches {
  context: ControllerContext;
  sets: Informer<DaemonSet>;
  pods: Informer<Pod>;
  nodes: Informer<Node>;
  revisions: Informer<ControllerRevision>;
}

class DaemonSetController {
  readonly #caches: Caches;
  readonly #failures = new Failures();

  constructor(caches: Caches) {
    this.#caches = caches;
  }

  async reconcile(key: string, { client }: ReconcileContext): Promise<void | { requeueAfter: number }> {
    const { sets, pods, nodes, revisions: informer, context } = this.#caches;
    const set = sets.get(key);
    if (!set) return;
    const { matchLabels = {}, matchExpressions = [] } = set.spec.selector;
    if (Object.keys(matchLabels).length + matchExpressions.length === 0)
      return context.events.event(set, "Warning", "SelectingAll", "This daemon set is selecting all pods. A non-empty selector is required.");
    if (set.metadata.deletionTimestamp) return;
    const owned = await claim({
      client,
      type: Pods,
      owner: set,
      ownerType: DaemonSets,
      selects: labelSelectorMatcher(set.spec.selector),
      objects: candidates(pods, set),
    });
    const history = await syncHistory({ client, type: DaemonSets, owner: set, informer, hashLabel });
    const now = context.clock.now();
    const { uid } = set.metadata;
    const input: DaemonInput = {
      set,
      nodes: nodes.list(),
      pods: owned,
      fit: nodeFitter(set),
      hash: history.hash,
      now,
      backsOff: (node) => this.#failures.wait(uid, node, now) > 0,
    };
    try {
      await this.#carryOut(client, input);
    } finally {
      await updateStatus(client, input, history.collisionCount);
    }
    const live = new Set([history.hash, ...owned.map((pod) => pod.metadata.labels?.[hashLabel])]);
    await truncateHistory(client, set, history.revisions, ({ metadata }) => live.has(metadata.labels?.[hashLabel]));
    const failed = owned.filter(({ status, metadata }) => status?.phase === "Failed" && !metadata.deletionTimestamp);
    const backoffs = failed.map(({ spec }) => this.#failures.wait(uid, targetNode(spec) ?? "", now)).filter((each) => each > 0);
    const waits = [nextAvailability(owned, set.spec.minReadySeconds ?? 0, now), ...backoffs].filter((each) => each !== undefined);
    return waits.length > 0 ? { requeueAfter: Math.min(...waits) } : undefined;
  }

  async #carryOut(client: Client, input: DaemonInput): Promise<void> {
    const { set, hash } = input;
    const { events } = this.#caches.context;
    const plan = planDaemons(input);
    const created = plan.create.slice(0, burst);
    await slowStart(created.length, async (index) => {
      const template = daemonTemplate(set, hash, created[index]!);
      await createPod({ client, events }, set, podFromTemplate(template, set, DaemonSets)).catch((error: unknown) => {
        if (!isNamespaceTerminating(error)) throw error;
      });
    });
    for (const pod of plan.delete) this.#explain(set, pod);
    await together(plan.delete.slice(0, burst), (pod) => deletePod({ client, events }, set, pod));
  }

  #explain(set: DaemonSet, { metadata, spec, status }: Pod): void {
    const { events, clock } = this.#caches.context;
    if (status?.phase === "Failed") this.#failures.note(set.metadata.uid, targetNode(spec) ?? "", clock.now());
    const pod = `${metadata.namespace}/${metadata.name} on node ${spec.nodeName}`;
    if (status?.phase === "Failed") events.event(set, "Warning", "FailedDaemonPod", `Found failed daemon pod ${pod}, will try to kill it`);
    if (status?.phase === "Succeeded") events.event(set, "Normal", "SucceededDaemonPod", `Found succeeded daemon pod ${pod}, will try to delete it`);
  }
}

async function updateStatus(client: Client, input: DaemonInput, collisionCount: number): Promise<void> {
  const { set } = input;
  const { desired, current, misscheduled, ready, updated, available } = countDaemons(input);
  const status: DaemonSetStatus = {
    desiredNumberScheduled: desired,
    currentNumberScheduled: current,
    numberMisscheduled: misscheduled,
    numberReady: ready,
    ...omitZero({
      observedGeneration: set.metadata.generation,
      updatedNumberScheduled: updated,
      numberAvailable: available,
      numberUnavailable: desired - available,
      collisionCount,
    }),
    ...(set.status?.conditions ? { conditions: set.status.conditions } : {}),
  };
  if (!semanticEqual(status, set.status)) await client.resource(DaemonSets).updateStatus({ ...set, status });
}
