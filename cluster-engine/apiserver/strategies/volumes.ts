import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  ObjectMeta,
  ProjectedVolumeSource,
  Volume,
  VolumeProjection,
} from "../../../shared/kubernetes/types.ts";
import { dns1123Label, dns1123Subdomain } from "../../api/names.ts";
import { parseQuantity } from "../../api/quantity.ts";
import { validateClaimTemplate } from "./claims.ts";
import type { Volumes } from "./containerMounts.ts";
import { fileFields, validateFieldRef, validateResourceFieldRef } from "./fieldPaths.ts";
import { validateFileMode, validateFilePath, validateNoBacksteps } from "./paths.ts";
import { Problems } from "./problems.ts";
import { validateRemoteSource } from "./volumeSources.ts";

const hostPathTypes = ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
const pullPolicies = ["Always", "IfNotPresent", "Never"];

/** Kinds of volumes in the order in which Kubernetes looks at them. */
const kinds = [
  "emptyDir",
  "hostPath",
  "gitRepo",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "secret",
  "nfs",
  "iscsi",
  "glusterfs",
  "flocker",
  "persistentVolumeClaim",
  "rbd",
  "cinder",
  "cephfs",
  "quobyte",
  "downwardAPI",
  "fc",
  "flexVolume",
  "configMap",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "storageos",
  "projected",
  "scaleIO",
  "csi",
  "ephemeral",
  "image",
] as const;

/** Checks the volumes of a pod. `meta` is the pod's; undefined in templates. @returns the valid ones, by name */
export function validateVolumes(volumes: Volume[] | undefined, meta: ObjectMeta | undefined, path: string, problems: Problems): Volumes {
  const valid = new Map<string, Volume>();
  volumes?.forEach((volume, i) => {
    const at = `${path}[${i}]`;
    const found = new Problems();
    validateSource(volume, meta, at, found);
    if (!volume.name) found.required(`${at}.name`);
    else found.invalidEach(`${at}.name`, volume.name, dns1123Label(volume.name));
    if (valid.has(volume.name)) found.duplicate(`${at}.name`, volume.name);
    if (found.list.length === 0) valid.set(volume.name, volume);
    else problems.list.push(...found.list);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim && meta?.name && volumes.some((other) => other.ephemeral && `${meta.name}-${other.name}` === claim)) {
      problems.invalid(`${at}.persistentVolumeClaim.claimName`, claim, "must not reference a PVC that gets created for an ephemeral volume");
    }
  });
  return valid;
}

function validateSource(volume: Volume, meta: ObjectMeta | undefined, path: string, problems: Problems): void {
  let count = 0;
  for (const kind of kinds) {
    if (!volume[kind]) continue;
    if (count++ > 0) problems.forbidden(`${path}.${kind}`, "may not specify more than 1 volume type");
    else validateKind(kind, volume, meta, path, problems);
  }
  if (count === 0) problems.required(path, "must specify a volume type");
}

function validateKind(kind: (typeof kinds)[number], volume: Volume, meta: ObjectMeta | undefined, path: string, problems: Problems): void {
  const field = `${path}.${kind}`;
  switch (kind) {
    case "emptyDir": {
      const limit = volume.emptyDir!.sizeLimit;
      if (limit !== undefined && parseQuantity(limit).sign() < 0)
        problems.forbidden(`${field}.sizeLimit`, "SizeLimit field must be a valid resource quantity");
      return;
    }
    case "hostPath":
      return validateHostPath(volume.hostPath!, field, problems);
    case "secret":
      if (!volume.secret!.secretName) problems.required(`${field}.secretName`);
      return validateKeys(volume.secret!, field, problems);
    case "configMap":
      if (!volume.configMap!.name) problems.required(`${field}.name`);
      return validateKeys(volume.configMap!, field, problems);
    case "downwardAPI":
      validateFileMode(volume.downwardAPI!.defaultMode, `${field}.defaultMode`, problems);
      for (const file of volume.downwardAPI!.items ?? []) validateDownwardFile(file, field, problems);
      return;
    case "projected":
      return validateProjected(volume.projected!, field, problems);
    case "persistentVolumeClaim":
      if (!volume.persistentVolumeClaim!.claimName) problems.required(`${field}.claimName`);
      return;
    case "ephemeral":
      return validateEphemeral(volume, meta, path, problems);
    case "image":
      if (meta && !volume.image!.reference) problems.required(`${field}.reference`);
      if (!pullPolicies.includes(volume.image!.pullPolicy ?? ""))
        problems.notSupported(`${field}.pullPolicy`, volume.image!.pullPolicy, pullPolicies);
      return;
    default:
      return validateRemoteSource(kind, volume, path, problems);
  }
}

/** hostPath of pods and of PersistentVolumes. */
export function validateHostPath(source: { path: string; type?: string }, field: string, problems: Problems): void {
  if (!source.path) return problems.required(`${field}.path`);
  validateNoBacksteps(source.path, `${field}.path`, problems);
  if (source.type !== undefined && !hostPathTypes.includes(source.type)) problems.notSupported(`${field}.type`, source.type, hostPathTypes);
}

function validateKeys(source: { defaultMode?: number; items?: KeyToPath[] }, field: string, problems: Problems): void {
  validateFileMode(source.defaultMode, `${field}.defaultMode`, problems);
  source.items?.forEach((item, i) => validateKeyToPath(item, `${field}.items[${i}]`, problems));
}

function validateKeyToPath(item: KeyToPath, field: string, problems: Problems): void {
  if (!item.key) problems.required(`${field}.key`);
  if (!item.path) problems.required(`${field}.path`);
  validateFilePath(item.path, `${field}.path`, problems);
  validateFileMode(item.mode, `${field}.mode`, problems);
}

function validateDownwardFile(file: DownwardAPIVolumeFile, field: string, problems: Problems): void {
  if (!file.path) problems.required(`${field}.path`);
  validateFilePath(file.path, `${field}.path`, problems);
  if (file.fieldRef) {
    validateFieldRef(file.fieldRef, fileFields, `${field}.fieldRef`, problems);
    if (file.resourceFieldRef) problems.invalid(field, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
  } else if (file.resourceFieldRef) validateResourceFieldRef(file.resourceFieldRef, true, `${field}.resourceFieldRef`, problems);
  else problems.required(field, "one of fieldRef and resourceFieldRef is required");
  validateFileMode(file.mode, `${field}.mode`, problems);
}

function validateProjected(source: ProjectedVolumeSource, field: string, problems: Problems): void {
  validateFileMode(source.defaultMode, `${field}.defaultMode`, problems);
  const paths = new Set<string>();
  const claim = (path: string | undefined, value: string | undefined): void => {
    if (!path) return;
    if (paths.has(path)) problems.invalid(field, value ?? "", "conflicting duplicate paths");
    paths.add(path);
  };
  source.sources?.forEach((projection, i) => {
    const at = `${field}.sources[${i}]`;
    validateProjection(projection, field, at, claim, problems);
    if (Object.values(projection).filter(Boolean).length > 1) problems.forbidden(at, "may not specify more than 1 volume type per source");
  });
}

type ClaimPath = (path: string | undefined, value: string | undefined) => void;

function validateProjection(projection: VolumeProjection, field: string, at: string, claim: ClaimPath, problems: Problems): void {
  for (const kind of ["secret", "configMap"] as const) {
    const source = projection[kind];
    if (!source) continue;
    if (!source.name) problems.required(`${at}.${kind}.name`);
    source.items?.forEach((item, i) => {
      validateKeyToPath(item, `${at}.${kind}.items[${i}]`, problems);
      claim(item.path, source.name);
    });
  }
  for (const file of projection.downwardAPI?.items ?? []) {
    validateDownwardFile(file, `${at}.downwardAPI`, problems);
    claim(file.path, file.path);
  }
  const token = projection.serviceAccountToken;
  if (!token) return;
  const seconds = token.expirationSeconds ?? 3600;
  if (seconds < 600) problems.invalid(`${at}.serviceAccountToken.expirationSeconds`, seconds, "may not specify a duration less than 10 minutes");
  if (seconds > 2 ** 32)
    problems.invalid(`${at}.serviceAccountToken.expirationSeconds`, seconds, "may not specify a duration larger than 2^32 seconds");
  if (!token.path) problems.required(`${field}.path`);
  else validateFilePath(token.path, `${field}.path`, problems);
}

function validateEphemeral(volume: Volume, meta: ObjectMeta | undefined, path: string, problems: Problems): void {
  const template = volume.ephemeral!.volumeClaimTemplate;
  if (!template) problems.required(`${path}.ephemeral.volumeClaimTemplate`);
  else validateClaimTemplate(template, `${path}.ephemeral.volumeClaimTemplate`, problems);
  if (!meta?.name || !volume.name) return;
  const claim = `${meta.name}-${volume.name}`;
  for (const message of dns1123Subdomain(claim)) problems.invalid(`${path}.name`, volume.name, `PVC name "${claim}": ${message}`);
}
