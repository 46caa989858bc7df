import type { Deployment, PodTemplateSpec, ReplicaSet } from "../../../shared/kubernetes/types.ts";
import { Deployments } from "../../api/resources.ts";
import type { EventRecorder } from "../../client/events.ts";
import type { Client } from "../../client/types.ts";
import { copiedAnnotations, hashLabel, isOwnAnnotation, revisionOf, rollbackAnnotation, sameTemplate } from "./revisions.ts";

// Going back by annotation, as the extensions API left it; kubectl writes the old template itself.

/** The revision that a Deployment asks for, 0 for the one before; undefined when it asks for none. */
export function rollbackTarget({ metadata }: Deployment): bigint | undefined {
  const text = metadata.annotations?.[rollbackAnnotation] ?? "";
  return /^-?\d+$/.test(text) ? BigInt(text) : undefined;
}

export interface Rollback {
  event: { type: "Normal" | "Warning"; reason: string; message: string };
  /** What to take from this ReplicaSet. */
  to?: ReplicaSet;
}

export function decideRollback(deployment: Deployment, replicaSets: ReplicaSet[], target: bigint): Rollback {
  const revision = target === 0n ? secondNewest(replicaSets) : target;
  const notFound = (message: string): Rollback => ({ event: { type: "Warning", reason: "DeploymentRollbackRevisionNotFound", message } });
  if (revision === 0n) return notFound("Unable to find last revision.");
  const to = replicaSets.find((each) => revisionOf(each) === revision);
  if (!to) return notFound("Unable to find the revision to rollback to.");
  const { name } = deployment.metadata;
  if (!sameTemplate(to.spec.template, deployment.spec.template))
    return { event: { type: "Normal", reason: "DeploymentRollback", message: `Rolled back deployment "${name}" to revision ${revision}` }, to };
  const message = `The rollback revision contains the same template as current deployment "${name}"`;
  return { event: { type: "Warning", reason: "DeploymentRollbackTemplateUnchanged", message } };
}

const secondNewest = (replicaSets: ReplicaSet[]): bigint =>
  replicaSets
    .map(revisionOf)
    .sort((a, b) => (a < b ? 1 : -1))
    .at(1) ?? 0n;

/** Takes the old template and annotations, and the request off the Deployment in any case. */
export async function rollBack(client: Client, events: EventRecorder, deployment: Deployment, { event, to }: Rollback): Promise<void> {
  const template = to ? withoutHash(to.spec.template!) : deployment.spec.template;
  const { [rollbackAnnotation]: _, ...annotations } = deployment.metadata.annotations ?? {};
  const own = Object.fromEntries(Object.entries(annotations).filter(([key]) => isOwnAnnotation(key)));
  const next = to ? { ...own, ...copiedAnnotations(to.metadata.annotations) } : annotations;
  await client
    .resource(Deployments)
    .update({ ...deployment, metadata: { ...deployment.metadata, annotations: next }, spec: { ...deployment.spec, template } });
  events.event(deployment, event.type, event.reason, event.message);
}

function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [hashLabel]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}
