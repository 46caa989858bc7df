import type { ConfigMap, Container, EnvVar, EnvVarSource, Pod, Secret, Service } from "../../../shared/kubernetes/types.ts";
import { fieldValue, resourceValue, type Allocatable, type PodAddresses } from "./downwardApi.ts";
import { expand } from "./expansion.ts";
import { serviceEnvironment } from "./serviceEnvironment.ts";

/** Reads the ConfigMaps and Secrets that pods refer to. Undefined when absent. */
export interface ConfigReader {
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
}

export interface EnvironmentSources {
  pod: Pod;
  container: Container;
  services: Service[];
  addresses: PodAddresses;
  allocatable: Allocatable;
  reader: ConfigReader;
}

const decodeSecret = (value: string): string => Buffer.from(value, "base64").toString("utf8");

/**
 * The environment of a container: Services, then envFrom, then env, later ones winning.
 * @throws Error with the kubelet's message when something that is not optional is missing (CreateContainerConfigError).
 */
export async function containerEnvironment(sources: EnvironmentSources): Promise<{ name: string; value: string }[]> {
  const { pod, container, services } = sources;
  const values = new Map<string, string>();
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    const entries = configMapRef ? await configMapEntries(sources, configMapRef) : secretRef ? await secretEntries(sources, secretRef) : [];
    for (const [key, value] of entries) values.set(prefix + key, value);
  }
  const fromServices = new Map(serviceEnvironment(services, pod.metadata.namespace, pod.spec.enableServiceLinks !== false));
  const lookup = (name: string) => values.get(name) ?? fromServices.get(name);
  for (const variable of container.env ?? []) {
    const value = await variableValue(sources, variable, lookup);
    if (value !== undefined) values.set(variable.name, value);
  }
  for (const [name, value] of fromServices) if (!values.has(name)) values.set(name, value);
  return [...values].map(([name, value]) => ({ name, value }));
}

async function variableValue(
  sources: EnvironmentSources,
  variable: EnvVar,
  lookup: (name: string) => string | undefined,
): Promise<string | undefined> {
  if (!variable.valueFrom) return expand(variable.value ?? "", lookup);
  return referencedValue(sources, variable.valueFrom);
}

async function referencedValue(sources: EnvironmentSources, from: EnvVarSource): Promise<string | undefined> {
  const { pod, container, addresses, allocatable, reader } = sources;
  const { namespace } = pod.metadata;
  if (from.fieldRef) return fieldValue(pod, from.fieldRef, addresses);
  if (from.resourceFieldRef) return resourceValue(pod, container, from.resourceFieldRef, allocatable);
  if (from.configMapKeyRef) {
    const { name = "", key, optional } = from.configMapKeyRef;
    const configMap = await reader.configMap(namespace, name);
    if (!configMap && !optional) throw new Error(`configmap "${name}" not found`);
    const value = configMap?.data?.[key];
    if (configMap && value === undefined && !optional) throw new Error(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`);
    return value;
  }
  if (from.secretKeyRef) {
    const { name = "", key, optional } = from.secretKeyRef;
    const secret = await reader.secret(namespace, name);
    if (!secret && !optional) throw new Error(`secret "${name}" not found`);
    const value = secret?.data?.[key];
    if (secret && value === undefined && !optional) throw new Error(`couldn't find key ${key} in Secret ${namespace}/${name}`);
    return value === undefined ? undefined : decodeSecret(value);
  }
  return undefined;
}

async function configMapEntries(
  { pod, reader }: EnvironmentSources,
  { name = "", optional }: { name?: string; optional?: boolean },
): Promise<[string, string][]> {
  const configMap = await reader.configMap(pod.metadata.namespace, name);
  if (!configMap && !optional) throw new Error(`configmap "${name}" not found`);
  return Object.entries(configMap?.data ?? {});
}

async function secretEntries(
  { pod, reader }: EnvironmentSources,
  { name = "", optional }: { name?: string; optional?: boolean },
): Promise<[string, string][]> {
  const secret = await reader.secret(pod.metadata.namespace, name);
  if (!secret && !optional) throw new Error(`secret "${name}" not found`);
  return Object.entries(secret?.data ?? {}).map(([key, value]) => [key, decodeSecret(value)]);
}
