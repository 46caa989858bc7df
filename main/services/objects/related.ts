import type { ObjectMessage, ObjectRef, StatusClass } from "../../../shared/contract.ts";
import { apiVersionOf, type KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Pod, PodSpec, Service } from "../../../shared/kubernetes/types.ts";
import { podTemplateOf } from "../plans/warnings.ts";
import { matchesAll } from "../views/labelSelector.ts";
import { ref } from "../views/kindView.ts";
import { podSummary } from "../views/podStatus.ts";
import { usesOf } from "../views/usedBy.ts";
import { workloadState, workloadStatus } from "../views/workloadStatus.ts";
import type { Join, Relations } from "../watch/relations.ts";
import { known, knownKind, type KnownResource } from "../watch/resources.ts";

type Related = ObjectMessage["related"][number];

/** The caches that an object's relations are read from. */
export const relatedJoins: readonly Join[] = [
  "pods",
  "services",
  "replicasets",
  "deployments",
  "statefulsets",
  "daemonsets",
  "jobs",
  "endpointslices",
];

const ownedResources: readonly KnownResource[] = ["replicasets", "jobs", "pods"];
const selectedBy: readonly KnownResource[] = ["services"];
const users: readonly KnownResource[] = ["deployments", "statefulsets", "daemonsets", "pods"];

const kinds: Partial<Record<KnownResource, string>> = {
  pods: "Pod",
  services: "Service",
  replicasets: "ReplicaSet",
  deployments: "Deployment",
  statefulsets: "StatefulSet",
  daemonsets: "DaemonSet",
  jobs: "Job",
};

/** What an object is connected with, both ways. */
export function relatedTo(object: KubeObject, relations: Relations): Related[] {
  return [...ownersOf(object), ...ownedBy(object, relations), ...selection(object, relations), ...uses(object), ...usedBy(object, relations)];
}

function ownersOf({ metadata }: KubeObject): Related[] {
  return (metadata.ownerReferences ?? []).flatMap(({ apiVersion, kind, name }) => {
    const resource = knownKind(apiVersion, kind);
    return resource ? [{ relation: "owner" as const, object: ref(resource, name, kind === "Node" ? undefined : metadata.namespace), kind }] : [];
  });
}

function ownedBy(object: KubeObject, relations: Relations): Related[] {
  return ownedResources.flatMap((resource) =>
    relations
      .all<KubeObject>(resource)
      .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid))
      .map((owned) => entry("owned", resource, owned)),
  );
}

function selection(object: KubeObject, relations: Relations): Related[] {
  if (object.kind === "Service") {
    const selector = (object as Service).spec?.selector ?? {};
    if (Object.keys(selector).length === 0) return [];
    return relations
      .podsIn(object.metadata.namespace)
      .filter(({ metadata }) => matchesAll(selector, metadata.labels))
      .map((pod) => entry("selects", "pods", pod));
  }
  const labels = podTemplateOf(object)?.metadata?.labels;
  if (!labels) return [];
  return selectedBy.flatMap((resource) =>
    relations
      .all<Service>(resource)
      .filter(
        ({ metadata, spec }) =>
          metadata.namespace === object.metadata.namespace && Object.keys(spec?.selector ?? {}).length > 0 && matchesAll(spec!.selector!, labels),
      )
      .map((service) => entry("selected-by", resource, service)),
  );
}

function uses(object: KubeObject): Related[] {
  const spec = podTemplateOf(object)?.spec;
  const { namespace } = object.metadata;
  const related = configOf(spec).map(({ resource, name, kind }) => ({
    relation: "uses" as const,
    object: ref(known[resource], name, namespace),
    kind,
  }));
  return spec?.nodeName ? [...related, { relation: "node", object: ref(known.nodes, spec.nodeName), kind: "Node" }] : related;
}

function usedBy(object: KubeObject, relations: Relations): Related[] {
  if (!Object.values<string>(configKinds).includes(object.kind)) return [];
  const { namespace, name } = object.metadata;
  return users.flatMap((resource) =>
    relations
      .all<KubeObject>(resource)
      .filter((user) => user.metadata.namespace === namespace && !user.metadata.ownerReferences?.length)
      .filter((user) => configOf(podTemplateOf(user)?.spec).some((used) => used.kind === object.kind && used.name === name))
      .map((user) => entry("used-by", resource, user)),
  );
}

const configKinds = {
  configmaps: "ConfigMap",
  secrets: "Secret",
  persistentvolumeclaims: "PersistentVolumeClaim",
  serviceaccounts: "ServiceAccount",
} as const;
type ConfigResource = keyof typeof configKinds;

/** ConfigMaps, Secrets, claims and the service account that a pod names. */
function configOf(spec: PodSpec | undefined): { resource: ConfigResource; kind: string; name: string }[] {
  if (!spec) return [];
  const found = usesOf(spec);
  return (Object.keys(configKinds) as ConfigResource[]).flatMap((resource) =>
    [...found[resource]].map((name) => ({ resource, kind: configKinds[resource], name })),
  );
}

function entry(relation: Related["relation"], resource: KnownResource, object: KubeObject): Related {
  const shown = statusOf(object);
  const kind = object.kind || kinds[resource] || apiVersionOf(known[resource]);
  return { relation, object: ref(known[resource], object.metadata.name, object.metadata.namespace) satisfies ObjectRef, kind, ...shown };
}

function statusOf(object: KubeObject): { status: StatusClass; text: string } | undefined {
  if (object.kind === "Pod") {
    const { status, reason } = podSummary(object as Pod);
    return { status, text: reason };
  }
  const state = workloadState(object);
  return state && workloadStatus(state, []);
}
