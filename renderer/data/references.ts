import type { ApiResource, ObjectRef, ResourceRef, Target } from "../../shared/contract.ts";

/** `apps/v1/deployments`: one key for a resource. */
export const resourceKey = (ref: ResourceRef): string => `${ref.group}/${ref.version}/${ref.resource}`;

/** The resource alone, of something that carries one. */
export const resourceOf = (ref: ResourceRef): ResourceRef => ({ group: ref.group, version: ref.version, resource: ref.resource });

export const objectKey = (ref: ObjectRef): string => `${resourceKey(ref)}/${ref.namespace ?? ""}/${ref.name}`;
export const targetKey = (target: Target): string => `${target.cluster}|${objectKey(target.object)}`;

export const builtIn = (group: string, resource: string, version = "v1"): ResourceRef => ({ group, version, resource });

/** `deployments.apps`, as kubectl takes it without doubt; core resources have no suffix. */
export const kubectlResource = (ref: ResourceRef): string => (ref.group ? `${ref.resource}.${ref.group}` : ref.resource);

export const isResource = (ref: ResourceRef, group: string, resource: string): boolean => ref.group === group && ref.resource === resource;

/** Kinds that keep a number of pods. */
export function isScalable(ref: ResourceRef, discovered?: ApiResource): boolean {
  if (discovered) return discovered.subresources.includes("scale");
  return (
    (ref.group === "apps" && ["deployments", "replicasets", "statefulsets"].includes(ref.resource)) ||
    (ref.group === "" && ref.resource === "replicationcontrollers")
  );
}

/** Kinds that have pods, and so logs. */
export function hasLogs(ref: ResourceRef): boolean {
  if (ref.group === "apps") return ["deployments", "replicasets", "statefulsets", "daemonsets"].includes(ref.resource);
  if (ref.group === "batch") return ref.resource === "jobs";
  return ref.group === "" && ["pods", "replicationcontrollers"].includes(ref.resource);
}

/** What a port of this machine can lead to. */
export const isForwardable = (ref: ResourceRef): boolean => hasLogs(ref) || isResource(ref, "", "services");

export const isRestartable = (ref: ResourceRef): boolean =>
  ref.group === "apps" && ["deployments", "statefulsets", "daemonsets"].includes(ref.resource);

/** A word for the shell: quoted when it needs to be. */
const shellWord = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`);

/** The kubectl line that shows these objects. */
export function kubectlGet(objects: readonly ObjectRef[], options: { context?: string; output?: string } = {}): string {
  const first = objects[0];
  if (!first) return "kubectl get";
  const sameNamespace = objects.every((each) => each.namespace === first.namespace);
  const line = (of: readonly ObjectRef[]): string => {
    const head = of[0]!;
    const words = [
      "kubectl",
      ...(options.context ? ["--context", options.context] : []),
      "get",
      kubectlResource(head),
      ...of.map((each) => each.name),
    ];
    if (head.namespace) words.push("-n", head.namespace);
    if (options.output) words.push("-o", options.output);
    return words.map(shellWord).join(" ");
  };
  return sameNamespace ? line(objects) : objects.map((each) => line([each])).join("\n");
}

/** The kubectl line for a list with its filter. */
export function kubectlList(resource: ResourceRef, namespaces: readonly string[], labelSelector: string, context?: string): string {
  const words = ["kubectl", ...(context ? ["--context", context] : []), "get", kubectlResource(resource)];
  if (namespaces.length === 1) words.push("-n", namespaces[0]!);
  else words.push("-A");
  if (labelSelector) words.push("-l", labelSelector);
  return words.map(shellWord).join(" ");
}
