import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Container, Pod, PodSpec } from "../../../shared/kubernetes/types.ts";
import type { Relations } from "../watch/relations.ts";
import { controllerOf } from "./kindView.ts";

interface Uses {
  configmaps: Set<string>;
  secrets: Set<string>;
  persistentvolumeclaims: Set<string>;
  serviceaccounts: Set<string>;
}

/** Names of what a pod takes from its namespace: through volumes, env and image pull secrets. */
export function usesOf(spec: PodSpec): Uses {
  const uses = {
    configmaps: new Set<string>(),
    secrets: new Set<string>(),
    persistentvolumeclaims: new Set<string>(),
    serviceaccounts: new Set<string>(),
  };
  const add = (kind: keyof Uses, name: string | undefined) => {
    if (name) uses[kind].add(name);
  };
  for (const volume of spec.volumes ?? []) addVolume(volume, add);
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) addEnv(container, add);
  for (const { name } of spec.imagePullSecrets ?? []) add("secrets", name);
  add("serviceaccounts", spec.serviceAccountName);
  return uses;
}

type Add = (kind: keyof Uses, name: string | undefined) => void;

function addVolume(volume: NonNullable<PodSpec["volumes"]>[number], add: Add): void {
  add("configmaps", volume.configMap?.name);
  add("secrets", volume.secret?.secretName);
  add("persistentvolumeclaims", volume.persistentVolumeClaim?.claimName);
  for (const { configMap, secret } of volume.projected?.sources ?? []) {
    add("configmaps", configMap?.name);
    add("secrets", secret?.name);
  }
}

function addEnv(container: Container, add: Add): void {
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    add("configmaps", configMapRef?.name);
    add("secrets", secretRef?.name);
  }
  for (const { valueFrom } of container.env ?? []) {
    add("configmaps", valueFrom?.configMapKeyRef?.name);
    add("secrets", valueFrom?.secretKeyRef?.name);
  }
}

/** `configmaps/default/settings`, for each object of its namespace that a pod takes. */
export function useKeys({ spec, metadata }: Pod): string[] {
  const uses = usesOf(spec);
  return (Object.keys(uses) as (keyof Uses)[]).flatMap((kind) => [...uses[kind]].map((name) => `${kind}/${metadata.namespace}/${name}`));
}

/** Who uses an object of the given kind: the workloads' names rather than those of each of their pods. */
export function usersOf(object: KubeObject, kind: keyof Uses, relations: Relations): string[] {
  const users = relations.podsUsing(`${kind}/${object.metadata.namespace}/${object.metadata.name}`).map((pod) => {
    const owner = controllerOf(pod);
    const above = owner?.kind === "ReplicaSet" ? relations.get<KubeObject>("replicasets", `${pod.metadata.namespace}/${owner.name}`) : undefined;
    const top = (above && controllerOf(above)) ?? owner;
    return top ? `${top.kind}/${top.name}` : `Pod/${pod.metadata.name}`;
  });
  return [...new Set(users)].sort();
}
