import type { Deployment, Pod, ReplicaSet } from "../../../shared/kubernetes/types.ts";
import { Deployments, Pods, ReplicaSets } from "../../api/resources.ts";
import { labelSelectorMatcher } from "../../api/selectors.ts";
import { rfc3339 } from "../../base/clock.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { findCondition, withCondition } from "../conditions.ts";
import { candidates, claim, controllerOf, dependants, indexByController, wakesOwners } from "../owners.ts";
import { isTerminal } from "../podState.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { hasDeadline, replicasOf } from "./limits.ts";
import { desiredAnnotation, sizeAnnotation } from "./revisions.ts";
import { decideRollback, rollBack, rollbackTarget } from "./rollback.ts";
import { Rollout } from "./rollout.ts";
import { condition, countedStatus, isComplete, rolloutStatus, untilDeadline } from "./status.ts";
import { shrinkOld } from "./sizes.ts";

/** Rolls out Deployments through ReplicaSets. */
export const deploymentController: Controller = {
  name: "deployment-controller",
  account: "deployment-controller",
  start(context) {
    const deployments = context.informers.of(Deployments);
    const replicaSets = indexByController(context.informers.of(ReplicaSets));
    const pods = indexByController(context.informers.of(Pods));
    const controller = new DeploymentController(context, deployments, replicaSets, pods);
    const selects = (owner: Deployment, labels: Record<string, string>) => labelSelectorMatcher(owner.spec.selector)(labels);
    return runReconciler({
      ...loopOptions(context),
      name: "deployment",
      sources: [
        source(deployments),
        source(replicaSets, wakesOwners(deployments, selects)),
        // Only a pod that goes matters: Recreate waits for it.
        source(
          pods,
          (pod) => controller.recreateWaitingFor(pod),
          (pod, old) => isTerminal(pod) !== isTerminal(old),
        ),
      ],
      reconcile: (key, run) => controller.reconcile(key, run),
    });
  },
};

class DeploymentController {
  readonly #context: ControllerContext;
  readonly #deployments: Informer<Deployment>;
  readonly #replicaSets: Informer<ReplicaSet>;
  readonly #pods: Informer<Pod>;

  constructor(context: ControllerContext, deployments: Informer<Deployment>, replicaSets: Informer<ReplicaSet>, pods: Informer<Pod>) {
    this.#context = context;
    this.#deployments = deployments;
    this.#replicaSets = replicaSets;
    this.#pods = pods;
  }

  recreateWaitingFor(pod: Pod): string[] {
    const { namespace } = pod.metadata;
    const replicaSet = this.#replicaSets.get(`${namespace}/${controllerOf(pod)?.name}`);
    const deployment = replicaSet && this.#deployments.get(`${namespace}/${controllerOf(replicaSet)?.name}`);
    return deployment?.spec.strategy?.type === "Recreate" ? [`${namespace}/${deployment.metadata.name}`] : [];
  }

  async reconcile(key: string, { client }: ReconcileContext): Promise<void | { requeueAfter: number }> {
    const deployment = this.#deployments.get(key);
    if (!deployment) return;
    const { events, clock } = this.#context;
    const now = clock.now();
    const rollout = new Rollout({ deployment, client, events, now, stamp: rfc3339(now) });
    if (selectsEverything(deployment)) return this.#refuse(rollout);
    const selects = labelSelectorMatcher(deployment.spec.selector);
    const owned = await claim({
      client,
      type: ReplicaSets,
      owner: deployment,
      ownerType: Deployments,
      selects,
      objects: candidates(this.#replicaSets, deployment),
    });
    rollout.divide(owned);
    if (deployment.metadata.deletionTimestamp) return rollout.finish(countedStatus(rollout));
    const target = deployment.spec.paused ? undefined : rollbackTarget(deployment);
    try {
      if (target !== undefined) return await this.#goBack(client, rollout, target);
      await this.#step(rollout);
    } catch (error) {
      // What was found out on the way is worth telling, but the error stands.
      await rollout.finish(rollout.deployment.status ?? {}).catch(() => undefined);
      throw error;
    }
    const wait = untilDeadline(deployment, rollout.deployment.status ?? {}, now);
    return wait === undefined ? undefined : { requeueAfter: wait };
  }

  async #step(rollout: Rollout): Promise<void> {
    const { deployment } = rollout;
    notePause(rollout);
    if (deployment.spec.paused || isScaling(rollout)) {
      await rollout.syncNew({ create: false });
      await rollout.scale();
      if (deployment.spec.paused) await rollout.cleanUp();
      return rollout.finish(countedStatus(rollout));
    }
    if (deployment.spec.strategy?.type === "Recreate") await this.#recreate(rollout);
    else await roll(rollout);
    await rollout.finish(rolloutStatus(rollout));
  }

  async #goBack(client: Client, rollout: Rollout, target: bigint): Promise<void> {
    await rollout.syncNew({ create: true });
    const all = [...rollout.oldReplicaSets, rollout.newReplicaSet!];
    await rollBack(client, this.#context.events, rollout.deployment, decideRollback(rollout.deployment, all, target));
  }

  /** All old pods go before the first new one is made. */
  async #recreate(rollout: Rollout): Promise<void> {
    await rollout.syncNew({ create: false });
    const old = rollout.oldReplicaSets.filter((each) => replicasOf(each) > 0);
    if (old.length > 0) return rollout.resize(old.map((replicaSet) => ({ replicaSet, replicas: 0 })));
    if (this.#oldPodsRun(rollout)) return;
    await rollout.syncNew({ create: true });
    await rollout.resize([{ replicaSet: rollout.newReplicaSet!, replicas: replicasOf(rollout.deployment) }]);
    if (isComplete(rollout.deployment, rollout.deployment.status)) await rollout.cleanUp();
  }

  #oldPodsRun({ oldReplicaSets }: Rollout): boolean {
    return oldReplicaSets.some((each) => (each.status?.replicas ?? 0) > 0 || dependants(this.#pods, each).some((pod) => !isTerminal(pod)));
  }

  async #refuse(rollout: Rollout): Promise<void> {
    const { deployment } = rollout;
    const message = "This deployment is selecting all pods. A non-empty selector is required.";
    this.#context.events.event(deployment, "Warning", "SelectingAll", message);
    await rollout.finish({ ...deployment.status, observedGeneration: deployment.metadata.generation });
  }
}

async function roll(rollout: Rollout): Promise<void> {
  await rollout.syncNew({ create: true });
  if (await rollout.growNew()) return;
  const resizes = shrinkOld(rollout.deployment, rollout.newReplicaSet!, rollout.oldReplicaSets);
  if (resizes.length > 0) return rollout.resize(resizes);
  if (isComplete(rollout.deployment, rollout.deployment.status)) await rollout.cleanUp();
}

const selectsEverything = ({ spec: { selector } }: Deployment): boolean =>
  Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;

/** The Deployment's size is another than when its ReplicaSets were sized. */
function isScaling({ deployment, newReplicaSet, oldReplicaSets }: Rollout): boolean {
  const active = [...oldReplicaSets, ...(newReplicaSet ? [newReplicaSet] : [])].filter((each) => replicasOf(each) > 0);
  return active.some((each) => {
    const desired = sizeAnnotation(each, desiredAnnotation);
    return desired !== undefined && desired !== replicasOf(deployment);
  });
}

/** A pause stops the clock of the progress deadline, and resuming starts it anew. */
function notePause({ deployment, stamp }: Rollout): void {
  const current = findCondition(deployment.status?.conditions, "Progressing");
  if (!hasDeadline(deployment) || current?.reason === "ProgressDeadlineExceeded") return;
  const noted = current?.reason === "DeploymentPaused";
  const { paused = false } = deployment.spec;
  if (paused === noted) return;
  const next = paused
    ? condition("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused", stamp)
    : condition("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed", stamp);
  deployment.status = { ...deployment.status, conditions: withCondition(deployment.status?.conditions, next) };
}
