import type { Deployment, PodTemplateSpec, ReplicaSet } from "../../../shared/kubernetes/types.ts";
import { semanticEqual } from "../equality.ts";
import { maxSurge, replicasOf } from "./limits.ts";

export const revisionAnnotation = "deployment.kubernetes.io/revision";
const historyAnnotation = "deployment.kubernetes.io/revision-history";
export const desiredAnnotation = "deployment.kubernetes.io/desired-replicas";
export const maxAnnotation = "deployment.kubernetes.io/max-replicas";
export const hashLabel = "pod-template-hash";
export const rollbackAnnotation = "deprecated.deployment.rollback.to";

/** Annotations that are the controller's or kubectl's own: never copied to ReplicaSets. */
const ownAnnotations = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
  rollbackAnnotation,
]);

export const isOwnAnnotation = (name: string): boolean => ownAnnotations.has(name);

const maxHistoryLength = 2000;

type Annotations = Record<string, string>;

/** Those that Deployments and their ReplicaSets share. */
export const copiedAnnotations = (annotations: Annotations = {}): Annotations =>
  Object.fromEntries(Object.entries(annotations).filter(([name]) => !isOwnAnnotation(name)));

const byAge = (a: ReplicaSet, b: ReplicaSet): number =>
  a.metadata.creationTimestamp === b.metadata.creationTimestamp
    ? a.metadata.name < b.metadata.name
      ? -1
      : 1
    : a.metadata.creationTimestamp < b.metadata.creationTimestamp
      ? -1
      : 1;

/** Oldest first. */
export const sortedByAge = (replicaSets: ReplicaSet[]): ReplicaSet[] => [...replicaSets].sort(byAge);

/** The oldest ReplicaSet with the Deployment's template. */
export const findNew = (deployment: Deployment, replicaSets: ReplicaSet[]): ReplicaSet | undefined =>
  sortedByAge(replicaSets).find((replicaSet) => sameTemplate(replicaSet.spec.template, deployment.spec.template));

/** Equality of templates apart from the hash label. */
export const sameTemplate = (a: PodTemplateSpec | undefined, b: PodTemplateSpec): boolean => semanticEqual(withoutHash(a), withoutHash(b));

function withoutHash(template: PodTemplateSpec | undefined): unknown {
  const { [hashLabel]: _, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
}

/** 0 when it has none, or none that is a number. Revisions are Go's int64: larger than what a double holds. */
export function revisionOf(replicaSet: ReplicaSet): bigint {
  return parseRevision(replicaSet.metadata.annotations?.[revisionAnnotation]) ?? 0n;
}

/** Undefined when the text is no number. */
const parseRevision = (text = "0"): bigint | undefined => (/^-?\d+$/.test(text) ? BigInt(text) : undefined);

export const maxRevision = (replicaSets: ReplicaSet[]): bigint => replicaSets.map(revisionOf).reduce((max, each) => (each > max ? each : max), 0n);

/** What the annotations of the Deployment's current ReplicaSet should be; `annotations` is what they are. */
export function newAnnotations(deployment: Deployment, annotations: Annotations, revision: bigint, exists: boolean): Annotations {
  const next: Annotations = { ...annotations, ...copiedAnnotations(deployment.metadata.annotations) };
  const old = annotations[revisionAnnotation];
  const oldRevision = parseRevision(old);
  if (oldRevision === undefined) return next;
  if (oldRevision < revision) {
    next[revisionAnnotation] = String(revision);
    if (old !== undefined) next[historyAnnotation] = extendedHistory(annotations[historyAnnotation] ?? "", old);
  }
  return exists ? next : { ...next, ...sizeAnnotations(deployment) };
}

/** Drops the oldest revisions when the text grows too long. */
function extendedHistory(history: string, revision: string): string {
  const revisions = history ? history.split(",") : [];
  revisions.push(revision);
  while (revisions.join(",").length > maxHistoryLength) revisions.shift();
  return revisions.join(",");
}

/** What the Deployment asked for when the ReplicaSet was last sized. */
export const sizeAnnotations = (deployment: Deployment): Annotations => ({
  [desiredAnnotation]: String(replicasOf(deployment)),
  [maxAnnotation]: String(replicasOf(deployment) + maxSurge(deployment)),
});

export function sizeAnnotation(replicaSet: ReplicaSet, name: typeof desiredAnnotation | typeof maxAnnotation): number | undefined {
  const text = replicaSet.metadata.annotations?.[name];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
