import type { DaemonSet, Deployment, PodTemplateSpec, ReplicaSet, ReplicationController, StatefulSet } from "../../../shared/kubernetes/types.ts";
import { dns1123Label } from "../../api/names.ts";
import { validateClaimSpec } from "./claims.ts";
import { validatePodTemplate } from "./podSpecs.ts";
import { setMatcher, validateRestartsAlways, validateSelector, validateServingTemplate, validateTemplateLabels } from "./podTemplates.ts";
import type { Problems } from "./problems.ts";
import { sameValue } from "./problems.ts";
import { isZeroAmount, validateAmount, validateAtMostAll } from "./rollingUpdates.ts";

export function validateDeployment({ spec }: Deployment, problems: Problems): void {
  problems.nonNegative("spec.replicas", spec.replicas);
  const matches = validateSelector(spec.selector, { kind: "deployment", unusable: "invalid label selector" }, problems);
  if (matches) validateServingTemplate(spec.template, matches, "ReplicaSet", problems);
  validateStrategy(spec.strategy ?? {}, "spec.strategy", problems);
  problems.nonNegative("spec.minReadySeconds", spec.minReadySeconds);
  problems.nonNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit);
  const deadline = spec.progressDeadlineSeconds;
  if (deadline === undefined) return;
  problems.nonNegative("spec.progressDeadlineSeconds", deadline);
  if (deadline <= (spec.minReadySeconds ?? 0)) problems.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
}

function validateStrategy(strategy: NonNullable<Deployment["spec"]["strategy"]>, path: string, problems: Problems): void {
  const { type, rollingUpdate } = strategy;
  const field = `${path}.rollingUpdate`;
  if (type === "Recreate") {
    if (rollingUpdate) problems.forbidden(field, "may not be specified when strategy `type` is 'Recreate'");
  } else if (type === "RollingUpdate") {
    const { maxUnavailable, maxSurge } = rollingUpdate ?? {};
    validateAmount(maxUnavailable, `${field}.maxUnavailable`, problems);
    validateAmount(maxSurge, `${field}.maxSurge`, problems);
    if (isZeroAmount(maxUnavailable) && isZeroAmount(maxSurge))
      problems.invalid(`${field}.maxUnavailable`, maxUnavailable, "may not be 0 when `maxSurge` is 0");
    validateAtMostAll(maxUnavailable, `${field}.maxUnavailable`, problems);
  } else
    problems.notSupported(
      path,
      { Type: type ?? "", RollingUpdate: rollingUpdate ? { MaxUnavailable: rollingUpdate.maxUnavailable, MaxSurge: rollingUpdate.maxSurge } : null },
      ["Recreate", "RollingUpdate"],
    );
}

export function validateReplicaSet({ spec }: ReplicaSet, problems: Problems): void {
  problems.nonNegative("spec.replicas", spec.replicas);
  problems.nonNegative("spec.minReadySeconds", spec.minReadySeconds);
  const matches = validateSelector(spec.selector, { kind: "deployment", unusable: "invalid label selector" }, problems);
  if (matches) validateServingTemplate(spec.template, matches, "ReplicaSet", problems);
}

export function validateReplicationController({ spec }: ReplicationController, problems: Problems): void {
  problems.nonNegative("spec.minReadySeconds", spec?.minReadySeconds);
  if (Object.keys(spec?.selector ?? {}).length === 0) problems.required("spec.selector");
  problems.nonNegative("spec.replicas", spec?.replicas);
  validateServingTemplate(spec?.template, setMatcher(spec?.selector), "ReplicationController", problems);
}

export function validateDaemonSet({ spec }: DaemonSet, problems: Problems): void {
  const matches = validateSelector(spec.selector, { kind: "daemonset", unusable: undefined, required: false }, problems);
  if (matches) validateTemplateLabels(spec.template, matches, "spec.template", problems);
  validatePodTemplate(spec.template, "spec.template", problems);
  validateRestartsAlways(spec.template, "DaemonSet", problems);
  problems.nonNegative("spec.minReadySeconds", spec.minReadySeconds);
  validateDaemonSetUpdateStrategy(spec.updateStrategy ?? {}, "spec.updateStrategy", problems);
  problems.nonNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit);
}

function validateDaemonSetUpdateStrategy(
  { type, rollingUpdate }: NonNullable<DaemonSet["spec"]["updateStrategy"]>,
  path: string,
  problems: Problems,
): void {
  if (type === "OnDelete") return;
  if (type !== "RollingUpdate")
    return problems.notSupported(path, { Type: type ?? "", RollingUpdate: rollingUpdate ?? null }, ["RollingUpdate", "OnDelete"]);
  if (!rollingUpdate) return problems.required(`${path}.rollingUpdate`);
  const { maxUnavailable, maxSurge } = rollingUpdate;
  const at = (field: string): string => `${path}.rollingUpdate.${field}`;
  validateAmount(maxUnavailable, at("maxUnavailable"), problems);
  validateAmount(maxSurge, at("maxSurge"), problems);
  validateAtMostAll(maxUnavailable, at("maxUnavailable"), problems);
  validateAtMostAll(maxSurge, at("maxSurge"), problems);
  if (!isZeroAmount(maxUnavailable) && !isZeroAmount(maxSurge))
    problems.invalid(at("maxSurge"), maxSurge, "may not be set when maxUnavailable is non-zero");
  else if (isZeroAmount(maxUnavailable) && isZeroAmount(maxSurge)) problems.required(at("maxUnavailable"), "cannot be 0 when maxSurge is 0");
}

const statefulSetImmutable =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
const statefulSetMutable = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
] as const;

export function validateStatefulSet({ spec }: StatefulSet, problems: Problems, old: StatefulSet | undefined): void {
  const management = spec.podManagementPolicy ?? "";
  if (!management) problems.required("spec.podManagementPolicy");
  else if (management !== "OrderedReady" && management !== "Parallel")
    problems.invalid("spec.podManagementPolicy", management, "must be 'OrderedReady' or 'Parallel'");
  validateStatefulSetUpdateStrategy(spec.updateStrategy ?? {}, "spec.updateStrategy", problems);
  validateRetention(spec.persistentVolumeClaimRetentionPolicy ?? {}, problems);
  if (!old) spec.volumeClaimTemplates?.forEach((claim, i) => validateClaimSpec(claim.spec ?? {}, `spec.volumeClaimTemplates[${i}].spec`, problems));
  problems.nonNegative("spec.replicas", spec.replicas);
  problems.nonNegative("spec.minReadySeconds", spec.minReadySeconds);
  problems.nonNegative("spec.ordinals.start", spec.ordinals?.start);
  if (!old && spec.serviceName) problems.invalidEach("spec.serviceName", spec.serviceName, dns1123Label(spec.serviceName));
  const matches = validateSelector(spec.selector, { kind: "statefulset", unusable: "" }, problems);
  if (matches) {
    validateTemplateLabels(spec.template, matches, "spec.template", problems);
    validatePodTemplate(withClaimVolumes(spec), "spec.template", problems);
  }
  validateRestartsAlways(spec.template, "StatefulSet", problems);
}

export function validateStatefulSetUpdate(object: StatefulSet, old: StatefulSet, problems: Problems): void {
  validateStatefulSet(object, problems, old);
  const before: Record<string, unknown> = { ...old.spec };
  for (const field of statefulSetMutable) before[field] = object.spec[field];
  if (!sameValue(object.spec, before)) problems.forbidden("spec", statefulSetImmutable);
}

/** The template with the volumes of the claims that each pod will have. */
function withClaimVolumes(spec: StatefulSet["spec"]): PodTemplateSpec {
  const claims = new Map(
    (spec.volumeClaimTemplates ?? []).map(({ metadata }) => [
      metadata.name,
      { name: metadata.name, persistentVolumeClaim: { claimName: metadata.name } },
    ]),
  );
  const { subdomain: _subdomain, hostname: _hostname, ...template } = spec.template.spec ?? { containers: [] };
  return {
    ...spec.template,
    spec: { ...template, volumes: [...claims.values(), ...(template.volumes ?? []).filter((volume) => !claims.has(volume.name))] },
  };
}

function validateStatefulSetUpdateStrategy(
  { type, rollingUpdate }: NonNullable<StatefulSet["spec"]["updateStrategy"]>,
  path: string,
  problems: Problems,
): void {
  if (type === "OnDelete") {
    if (rollingUpdate)
      problems.invalid(
        `${path}.rollingUpdate`,
        { Partition: rollingUpdate.partition ?? 0, MaxUnavailable: rollingUpdate.maxUnavailable ?? null },
        "only allowed for updateStrategy 'RollingUpdate'",
      );
  } else if (type === "RollingUpdate") {
    const { partition, maxUnavailable } = rollingUpdate ?? {};
    const field = `${path}.rollingUpdate.maxUnavailable`;
    problems.nonNegative(`${path}.rollingUpdate.partition`, partition);
    if (maxUnavailable === undefined) return;
    validateAmount(maxUnavailable, field, problems);
    if (isZeroAmount(maxUnavailable)) problems.invalid(field, maxUnavailable, "cannot be 0");
    validateAtMostAll(maxUnavailable, field, problems);
  } else problems.invalid(path, { Type: type ?? "", RollingUpdate: rollingUpdate ?? null }, "must be 'RollingUpdate' or 'OnDelete'");
}

function validateRetention(policy: NonNullable<StatefulSet["spec"]["persistentVolumeClaimRetentionPolicy"]>, problems: Problems): void {
  for (const field of ["whenDeleted", "whenScaled"] as const) {
    const value = policy[field] ?? "";
    if (!["Retain", "Delete"].includes(value))
      problems.notSupported(`spec.persistentVolumeClaimRetentionPolicy.${field}`, value, ["Retain", "Delete"]);
  }
}

interface Counts {
  replicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  collisionCount?: number;
  observedGeneration?: number;
}

const more = "cannot be greater than status.replicas";

/** Counts in the status of a workload: none negative, and no part larger than the whole. */
export function validateReplicaCounts(
  status: Counts | undefined,
  old: Counts | undefined,
  extra: string[],
  readyName: string,
  problems: Problems,
): void {
  const counts = (status ?? {}) as Record<string, number | undefined>;
  for (const field of ["replicas", ...extra, "readyReplicas", "availableReplicas", "observedGeneration", "collisionCount"])
    problems.nonNegative(`status.${field}`, counts[field]);
  const replicas = counts.replicas ?? 0;
  for (const field of [...extra.filter((name) => name !== "unavailableReplicas"), "readyReplicas", "availableReplicas"]) {
    if ((counts[field] ?? 0) > replicas) problems.invalid(`status.${field}`, counts[field], more);
  }
  if ((counts.availableReplicas ?? 0) > (counts.readyReplicas ?? 0))
    problems.invalid("status.availableReplicas", counts.availableReplicas, `cannot be greater than ${readyName}`);
  if ((counts.collisionCount ?? 0) < (old?.collisionCount ?? 0))
    problems.invalid("status.collisionCount", counts.collisionCount ?? 0, "cannot be decremented");
}
