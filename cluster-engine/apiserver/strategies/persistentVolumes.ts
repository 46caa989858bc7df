import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeSpec } from "../../../shared/kubernetes/types.ts";
import { PersistentVolumeClaims, PersistentVolumes } from "../../api/resources.ts";
import { dns1123Subdomain } from "../../api/names.ts";
import { parseQuantity } from "../../api/quantity.ts";
import { rfc3339 } from "../../base/clock.ts";
import type { StrategyContext } from "../strategy.ts";
import { claimWarnings, validateAccessModes, validateClaimSpec, validateStorageSize, volumeModes } from "./claims.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";
import { deprecatedNodeLabels, deprecatedVolumes } from "./podWarnings.ts";
import { validateNoBacksteps } from "./paths.ts";
import { validateNodeSelector } from "./podScheduling.ts";
import type { Problems } from "./problems.ts";
import { sameValue } from "./problems.ts";
import { validateHostPath } from "./volumes.ts";
import { validateRemoteSource } from "./volumeSources.ts";

/** Kinds of volumes in the order in which Kubernetes looks at them. */
const sources = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "flocker",
  "nfs",
  "rbd",
  "quobyte",
  "cephfs",
  "iscsi",
  "cinder",
  "fc",
  "flexVolume",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "scaleIO",
  "local",
  "storageos",
  "csi",
] as const;
const reclaimPolicies = ["Delete", "Recycle", "Retain"];
const claimImmutable = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

export const persistentVolumes = kindStrategy<PersistentVolume>(PersistentVolumes, {
  name: subdomainName,
  status: true,
  defaults(volume) {
    const spec = volume.spec!;
    spec.persistentVolumeReclaimPolicy ||= "Retain";
    spec.volumeMode ??= "Filesystem";
    (volume.status ??= {}).phase ||= "Pending";
    if (spec.hostPath) spec.hostPath.type ??= "";
  },
  prepareForCreate(volume, context) {
    volume.status = { phase: "Pending", lastPhaseTransitionTime: now(context) };
  },
  prepareForStatusUpdate(volume, old, context) {
    if (volume.status && volume.status.phase !== old.status?.phase) volume.status.lastPhaseTransitionTime = now(context);
  },
  validate: (volume, problems) => validateVolume(volume.spec!, problems),
  validateUpdate(volume, old, problems) {
    validateVolume(volume.spec!, problems);
    const changed = sources.some((source) => !sameValue(volume.spec![source], old.spec![source]));
    if (changed) problems.forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation\n");
    problems.immutable("volumeMode", volume.spec!.volumeMode, old.spec!.volumeMode);
    if (old.spec!.nodeAffinity) problems.immutable("nodeAffinity", volume.spec!.nodeAffinity, old.spec!.nodeAffinity);
  },
  strategy: { warnings: volumeWarnings },
});

const deprecatedAnnotations: Record<string, string> = {
  "volume.beta.kubernetes.io/storage-class": 'deprecated since v1.8; use "storageClassName" attribute instead',
  "volume.beta.kubernetes.io/mount-options": 'deprecated since v1.31; use "mountOptions" attribute instead',
};

function volumeWarnings({ metadata, spec }: PersistentVolume): string[] {
  const warnings: string[] = [];
  for (const [key, text] of Object.entries(deprecatedAnnotations))
    if (metadata.annotations?.[key] !== undefined) warnings.push(`metadata.annotations[${key}]: ${text}`);
  if (spec?.persistentVolumeReclaimPolicy === "Recycle") {
    warnings.push(
      "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
    );
  }
  spec?.nodeAffinity?.required?.nodeSelectorTerms.forEach(({ matchExpressions = [] }, i) =>
    matchExpressions.forEach(({ key }, j) => {
      if (deprecatedNodeLabels[key])
        warnings.push(`spec.nodeAffinity.required.nodeSelectorTerms[${i}].matchExpressions[${j}].key: ${key} is ${deprecatedNodeLabels[key]}`);
    }),
  );
  for (const [source, text] of Object.entries(deprecatedVolumes)) {
    if (spec && source in spec) warnings.push(`spec.${source === "storageos" ? "storageOS" : source}: ${text}`);
  }
  return warnings;
}

const now = (context: StrategyContext): string => rfc3339(context.clock.now());

function validateVolume(spec: PersistentVolumeSpec, problems: Problems): void {
  validateAccessModes(spec.accessModes, "spec.accessModes", problems, undefined);
  const capacity = spec.capacity ?? {};
  if (Object.keys(capacity).length === 0) problems.required("spec.capacity");
  if (capacity.storage === undefined || Object.keys(capacity).length > 1) problems.notSupported("spec.capacity", capacity, ["storage"]);
  for (const name in capacity) validateStorageSize(capacity[name], `spec.capacity[${name}]`, problems);
  const policy = spec.persistentVolumeReclaimPolicy;
  if (policy && !reclaimPolicies.includes(policy)) problems.notSupported("spec.persistentVolumeReclaimPolicy", policy, reclaimPolicies);
  if (spec.nodeAffinity) {
    if (spec.nodeAffinity.required) validateNodeSelector(spec.nodeAffinity.required, "spec.nodeAffinity.required", problems, true);
    else problems.required("spec.nodeAffinity.required", "must specify required node constraints");
  }
  validateSources(spec, problems);
  if (spec.hostPath && /^\/+$/.test(spec.hostPath.path) && policy === "Recycle")
    problems.forbidden("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'");
  if (spec.storageClassName) problems.invalidEach("spec.storageClassName", spec.storageClassName, dns1123Subdomain(spec.storageClassName));
  if (spec.volumeMode !== undefined && !volumeModes.includes(spec.volumeMode)) problems.notSupported("spec.volumeMode", spec.volumeMode, volumeModes);
}

function validateSources(spec: PersistentVolumeSpec, problems: Problems): void {
  let count = 0;
  for (const source of sources) {
    if (!spec[source]) continue;
    if (count++ > 0) problems.forbidden(`spec.${source}`, "may not specify more than 1 volume type");
    else if (source === "hostPath") validateHostPath(spec.hostPath!, "spec.hostPath", problems);
    else if (source === "local") validateLocal(spec, problems);
    else {
      validateRemoteSource(source, spec, "spec", problems);
      if (source === "csi" && !spec.csi!.volumeHandle) problems.required("spec.csi.volumeHandle");
    }
  }
  if (count === 0) problems.required("spec", "must specify a volume type");
}

function validateLocal(spec: PersistentVolumeSpec, problems: Problems): void {
  if (!spec.local!.path) problems.required("spec.local.path");
  else validateNoBacksteps(spec.local!.path, "spec.local.path", problems);
  if (!spec.nodeAffinity) problems.required("spec.nodeAffinity", "Local volume requires node affinity");
}

export const persistentVolumeClaims = kindStrategy<PersistentVolumeClaim>(PersistentVolumeClaims, {
  name: subdomainName,
  status: true,
  defaults(claim) {
    (claim.spec ??= {}).volumeMode ??= "Filesystem";
    (claim.status ??= {}).phase ||= "Pending";
  },
  prepareForCreate(claim) {
    claim.status = { phase: "Pending" };
    completeDataSource(claim);
  },
  validate: (claim, problems) => validateClaimSpec(claim.spec!, "spec", problems),
  validateUpdate(claim, old, problems) {
    validateClaimSpec(claim.spec!, "spec", problems);
    validateClaimUpdate(claim, old, problems);
  },
  strategy: {
    warnings({ metadata, spec }) {
      const annotation = "volume.beta.kubernetes.io/storage-class";
      const annotated =
        metadata.annotations?.[annotation] === undefined
          ? []
          : [`metadata.annotations[${annotation}]: deprecated since v1.8; use "storageClassName" attribute instead`];
      return [...annotated, ...claimWarnings(spec, "spec")];
    },
  },
});

/** dataSource and dataSourceRef name one thing: each fills in the other within a namespace. */
function completeDataSource(claim: PersistentVolumeClaim): void {
  const spec = claim.spec!;
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) spec.dataSource = { ...spec.dataSourceRef };
}

function validateClaimUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim, problems: Problems): void {
  const bound = claim.status?.phase === "Bound";
  const spec = { ...claim.spec! };
  const before = { ...old.spec! };
  if (!before.volumeName) before.volumeName = spec.volumeName;
  if (before.storageClassName === undefined && spec.storageClassName !== undefined) before.storageClassName = spec.storageClassName;
  if (bound) {
    spec.resources = {
      ...spec.resources,
      requests: {
        ...spec.resources?.requests,
        ...(before.resources?.requests?.storage === undefined ? {} : { storage: before.resources.requests.storage }),
      },
    };
    spec.volumeAttributesClassName = before.volumeAttributesClassName;
  }
  if (!sameValue(spec, before)) problems.forbidden("spec", `${claimImmutable}\n${JSON.stringify(before)} -> ${JSON.stringify(spec)}`);
  const size = claim.spec!.resources?.requests?.storage;
  const oldSize = old.spec!.resources?.requests?.storage;
  const given = old.status?.capacity?.storage;
  if (
    size !== undefined &&
    oldSize !== undefined &&
    parseQuantity(size).compare(parseQuantity(oldSize)) < 0 &&
    parseQuantity(size).compare(parseQuantity(given ?? "0")) <= 0
  ) {
    problems.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
  }
  problems.immutable("volumeMode", claim.spec!.volumeMode, old.spec!.volumeMode);
}
