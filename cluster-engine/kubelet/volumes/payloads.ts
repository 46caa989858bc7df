import type { ConfigMap, DownwardAPIVolumeFile, KeyToPath, Pod, Secret, Volume, VolumeProjection } from "../../../shared/kubernetes/types.ts";
import { fieldValue, resourceValue, type Allocatable, type PodAddresses } from "../containers/downwardApi.ts";
import type { ConfigReader } from "../containers/environment.ts";
import type { Payload } from "./atomicWriter.ts";

export interface PayloadSources {
  pod: Pod;
  reader: ConfigReader;
  addresses: PodAddresses;
  allocatable: Allocatable;
  /** A valid token for the pod's ServiceAccount. */
  token(audience: string | undefined, expirationSeconds: number): Promise<string>;
}

const defaultFileMode = 0o644;

/** The files of a configMap, secret, downwardAPI or projected volume; undefined for volumes of other kinds. @throws with the kubelet's message. */
export async function volumePayload(sources: PayloadSources, volume: Volume): Promise<Payload | undefined> {
  const payload: Payload = new Map();
  if (volume.configMap) {
    const { name = "", items, optional, defaultMode } = volume.configMap;
    await addConfigMap(payload, sources, { name, items, optional }, defaultMode ?? defaultFileMode);
  } else if (volume.secret) {
    const { secretName = "", items, optional, defaultMode } = volume.secret;
    await addSecret(payload, sources, { name: secretName, items, optional }, defaultMode ?? defaultFileMode);
  } else if (volume.downwardAPI) {
    addDownwardApi(payload, sources, volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode ?? defaultFileMode);
  } else if (volume.projected) {
    for (const source of volume.projected.sources ?? [])
      await addProjection(payload, sources, source, volume.projected.defaultMode ?? defaultFileMode);
  } else return undefined;
  return payload;
}

async function addProjection(payload: Payload, sources: PayloadSources, source: VolumeProjection, mode: number): Promise<void> {
  if (source.configMap)
    await addConfigMap(
      payload,
      sources,
      { name: source.configMap.name ?? "", items: source.configMap.items, optional: source.configMap.optional },
      mode,
    );
  if (source.secret)
    await addSecret(payload, sources, { name: source.secret.name ?? "", items: source.secret.items, optional: source.secret.optional }, mode);
  if (source.downwardAPI) addDownwardApi(payload, sources, source.downwardAPI.items ?? [], mode);
  if (source.serviceAccountToken) {
    const { audience, expirationSeconds = 3600, path } = source.serviceAccountToken;
    // Readable by its own user alone, unless the pod runs as another: then by all.
    const strict = !runsAsOther(sources.pod) && mode === defaultFileMode;
    payload.set(path, { data: Buffer.from(await sources.token(audience, expirationSeconds)), mode: strict ? 0o600 : mode });
  }
}

const runsAsOther = ({ spec }: Pod): boolean =>
  spec.securityContext?.fsGroup !== undefined ||
  spec.securityContext?.runAsUser !== undefined ||
  spec.containers.some((container) => container.securityContext?.runAsUser !== undefined);

interface Source {
  name: string;
  items: KeyToPath[] | undefined;
  optional: boolean | undefined;
}

async function addConfigMap(payload: Payload, { pod, reader }: PayloadSources, source: Source, mode: number): Promise<void> {
  const found = await reader.configMap(pod.metadata.namespace, source.name);
  if (!found && !source.optional) throw new Error(`configmap "${source.name}" not found`);
  addKeys(payload, configMapData(found), source, mode);
}

async function addSecret(payload: Payload, { pod, reader }: PayloadSources, source: Source, mode: number): Promise<void> {
  const found = await reader.secret(pod.metadata.namespace, source.name);
  if (!found && !source.optional) throw new Error(`secret "${source.name}" not found`);
  addKeys(payload, secretData(found), source, mode);
}

const configMapData = (configMap: ConfigMap | undefined): Map<string, Buffer> =>
  new Map([
    ...Object.entries(configMap?.data ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const),
    ...Object.entries(configMap?.binaryData ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64")] as const),
  ]);

const secretData = (secret: Secret | undefined): Map<string, Buffer> =>
  new Map(Object.entries(secret?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64")]));

function addKeys(payload: Payload, data: Map<string, Buffer>, { items, optional }: Source, mode: number): void {
  if (!items) {
    for (const [key, value] of data) payload.set(key, { data: value, mode });
    return;
  }
  for (const item of items) {
    const value = data.get(item.key);
    if (value) payload.set(item.path, { data: value, mode: item.mode ?? mode });
    else if (!optional) throw new Error(`references non-existent config key: ${item.key}`);
  }
}

function addDownwardApi(payload: Payload, { pod, addresses, allocatable }: PayloadSources, items: DownwardAPIVolumeFile[], mode: number): void {
  for (const item of items) {
    const container = pod.spec.containers.find(({ name }) => name === item.resourceFieldRef?.containerName) ?? pod.spec.containers[0]!;
    const text = item.fieldRef
      ? fieldValue(pod, item.fieldRef, addresses)
      : item.resourceFieldRef
        ? resourceValue(pod, container, item.resourceFieldRef, allocatable)
        : "";
    payload.set(item.path, { data: Buffer.from(text), mode: item.mode ?? mode });
  }
}
