import type { Container, Pod, PodSpec } from "../../../shared/kubernetes/types.ts";

export interface Uses {
  configmaps: Set<string>;
  secrets: Set<string>;
  persistentvolumeclaims: Set<string>;
  serviceaccounts: Set<string>;
}

/** Names of what a pod takes from its namespace: through volumes, env and image pull secrets. Optional ones in `optional` (`configmaps/name`). */
export function usesOf(spec: PodSpec): Uses & { optional: Set<string> } {
  const uses = {
    configmaps: new Set<string>(),
    secrets: new Set<string>(),
    persistentvolumeclaims: new Set<string>(),
    serviceaccounts: new Set<string>(),
    optional: new Set<string>(),
  };
  const add = (kind: keyof Uses, name: string | undefined, optional?: boolean) => {
    if (!name) return;
    uses[kind].add(name);
    if (optional) uses.optional.add(`${kind}/${name}`);
  };
  for (const volume of spec.volumes ?? []) addVolume(volume, add);
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) addEnv(container, add);
  for (const { name } of spec.imagePullSecrets ?? []) add("secrets", name, true);
  add("serviceaccounts", spec.serviceAccountName);
  return uses;
}

type Add = (kind: keyof Uses, name: string | undefined, optional?: boolean) => void;

function addVolume(volume: NonNullable<PodSpec["volumes"]>[number], add: Add): void {
  add("configmaps", volume.configMap?.name, volume.configMap?.optional);
  add("secrets", volume.secret?.secretName, volume.secret?.optional);
  add("persistentvolumeclaims", volume.persistentVolumeClaim?.claimName);
  for (const { configMap, secret } of volume.projected?.sources ?? []) {
    add("configmaps", configMap?.name, configMap?.optional);
    add("secrets", secret?.name, secret?.optional);
  }
}

function addEnv(container: Container, add: Add): void {
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    add("configmaps", configMapRef?.name, configMapRef?.optional);
    add("secrets", secretRef?.name, secretRef?.optional);
  }
  for (const { valueFrom } of container.env ?? []) {
    add("configmaps", valueFrom?.configMapKeyRef?.name, valueFrom?.configMapKeyRef?.optional);
    add("secrets", valueFrom?.secretKeyRef?.name, valueFrom?.secretKeyRef?.optional);
  }
}

export const podsUsing = (pods: Pod[], kind: keyof Uses, name: string): Pod[] => pods.filter((pod) => usesOf(pod.spec)[kind].has(name));
