import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { PodSpec, PodTemplateSpec, Service } from "../../../shared/kubernetes/types.ts";
import { imageWarnings } from "./images.ts";
import { matchesAll } from "../views/labelSelector.ts";

/** What a plan may rest on besides itself. */
export interface Surroundings {
  /** Whether the cluster has this object. */
  exists(resource: "configmaps" | "secrets" | "persistentvolumeclaims" | "serviceaccounts", namespace: string, name: string): boolean;
  /** Labels of the pods that run in a namespace. */
  podLabels(namespace: string): (Record<string, string> | undefined)[];
  /** Images that the nodes have; undefined where that can't be known. */
  images: ReadonlySet<string> | undefined;
}

type Resource = Parameters<Surroundings["exists"]>[0];

const kinds: Record<Resource, string> = {
  configmaps: "ConfigMap",
  secrets: "Secret",
  persistentvolumeclaims: "PersistentVolumeClaim",
  serviceaccounts: "ServiceAccount",
};

/** What is allowed and yet likely a mistake: references to nothing, selectors that match nothing, images that are not there. */
export function warningsOf(object: KubeObject, plan: KubeObject[], around: Surroundings): string[] {
  const namespace = object.metadata.namespace;
  const planned = (kind: string, name: string) =>
    plan.some((other) => other.kind === kind && other.metadata.name === name && other.metadata.namespace === namespace);
  const missing = references(podTemplateOf(object)?.spec)
    .filter(({ resource, name }) => !planned(kinds[resource], name) && !around.exists(resource, namespace, name))
    .map(({ resource, name, from }) => `${from} names ${kinds[resource]} "${name}", which is neither in namespace ${namespace} nor in this plan`);
  const images = around.images ? imageWarnings(podTemplateOf(object)?.spec, around.images) : [];
  return [...new Set([...missing, ...selectorWarnings(object, plan, around), ...images])];
}

function selectorWarnings(object: KubeObject, plan: KubeObject[], around: Surroundings): string[] {
  if (object.kind !== "Service") return [];
  const { selector = {}, type } = (object as Service).spec ?? {};
  if (Object.keys(selector).length === 0 || type === "ExternalName") return [];
  const { namespace } = object.metadata;
  const planned = plan
    .filter((other) => other.metadata.namespace === namespace)
    .map((other) => podTemplateOf(other)?.metadata?.labels ?? (other.kind === "Pod" ? other.metadata.labels : undefined));
  if ([...planned, ...around.podLabels(namespace)].some((labels) => labels && matchesAll(selector, labels))) return [];
  return [
    `its selector ${Object.entries(selector)
      .map(([key, value]) => `${key}=${value}`)
      .join(",")} matches no pod in namespace ${namespace} or in this plan`,
  ];
}

/** The pod template of a workload, or a Pod as its own. */
export function podTemplateOf(object: KubeObject): PodTemplateSpec | undefined {
  const spec = (object as { spec?: { template?: PodTemplateSpec; jobTemplate?: { spec?: { template?: PodTemplateSpec } } } }).spec;
  if (object.kind === "Pod") return { metadata: object.metadata, spec: spec as PodSpec };
  return object.kind === "CronJob" ? spec?.jobTemplate?.spec?.template : spec?.template;
}

interface Reference {
  resource: Resource;
  name: string;
  from: string;
}

function references(spec: PodSpec | undefined): Reference[] {
  if (!spec) return [];
  const found: (Reference | undefined)[] = [];
  const add = (resource: Resource, source: { name?: string; optional?: boolean } | undefined, from: string) =>
    found.push(source?.name && !source.optional ? { resource, name: source.name, from } : undefined);
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    for (const { name, valueFrom } of container.env ?? []) {
      add("configmaps", valueFrom?.configMapKeyRef, `variable ${name} of container ${container.name}`);
      add("secrets", valueFrom?.secretKeyRef, `variable ${name} of container ${container.name}`);
    }
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      add("configmaps", configMapRef, `container ${container.name}`);
      add("secrets", secretRef, `container ${container.name}`);
    }
  }
  for (const { name, configMap, secret, persistentVolumeClaim } of spec.volumes ?? []) {
    add("configmaps", configMap, `volume ${name}`);
    add("secrets", secret && { name: secret.secretName, optional: secret.optional }, `volume ${name}`);
    add("persistentvolumeclaims", persistentVolumeClaim && { name: persistentVolumeClaim.claimName }, `volume ${name}`);
  }
  if (spec.serviceAccountName && spec.serviceAccountName !== "default") add("serviceaccounts", { name: spec.serviceAccountName }, "the pod");
  for (const { name } of spec.imagePullSecrets ?? []) add("secrets", { name }, "imagePullSecrets");
  return found.filter((reference) => reference !== undefined);
}
