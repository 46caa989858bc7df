import type { PersistentVolumeClaim, Pod, PodTemplateSpec, StatefulSet } from "../../../shared/kubernetes/types.ts";
import { StatefulSets } from "../../api/resources.ts";
import { podFromTemplate } from "../podControl.ts";

export const revisionLabel = "controller-revision-hash";
const podNameLabel = "statefulset.kubernetes.io/pod-name";
const podIndexLabel = "apps.kubernetes.io/pod-index";

export const firstOrdinal = ({ spec }: StatefulSet): number => spec.ordinals?.start ?? 0;

/** The number at the end of the pod's name; undefined for a pod that is named otherwise. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const { name } = pod.metadata;
  const prefix = `${set.metadata.name}-`;
  const number = name.slice(prefix.length);
  return name.startsWith(prefix) && /^\d+$/.test(number) ? Number(number) : undefined;
}

export const revisionOf = (pod: Pod): string => pod.metadata.labels?.[revisionLabel] ?? "";

type NewPod = ReturnType<typeof podFromTemplate>;

/** The pod of an ordinal, with its sticky name, hostname and claims. */
export function statefulPod(set: StatefulSet, template: PodTemplateSpec, revision: string, ordinal: number): NewPod {
  const { metadata, spec } = podFromTemplate(template, set, StatefulSets);
  const name = `${set.metadata.name}-${ordinal}`;
  const labels = { ...metadata.labels, ...identityLabels(name, ordinal), [revisionLabel]: revision };
  const claimed = new Set((set.spec.volumeClaimTemplates ?? []).map((claim) => claim.metadata.name));
  const volumes = [
    ...[...claimed].map((volume) => ({ name: volume, persistentVolumeClaim: { claimName: `${volume}-${name}` } })),
    ...(spec.volumes ?? []).filter((volume) => !claimed.has(volume.name)),
  ];
  return {
    metadata: { ...metadata, name, labels },
    spec: {
      ...spec,
      hostname: name,
      ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...(volumes.length > 0 ? { volumes } : {}),
    },
  };
}

/** The labels that name a pod's place in the set are as they should be. */
export const hasIdentity = ({ metadata }: Pod): boolean => metadata.labels?.[podNameLabel] === metadata.name;

export const identityLabels = (name: string, ordinal: number): Record<string, string> => ({ [podNameLabel]: name, [podIndexLabel]: String(ordinal) });

type NewClaim = Omit<PersistentVolumeClaim, "metadata"> & {
  metadata: Partial<PersistentVolumeClaim["metadata"]> & { name: string; namespace: string };
};

/** The claims that the pod of an ordinal needs. */
export function claimsOf(set: StatefulSet, ordinal: number): NewClaim[] {
  const { namespace, name } = set.metadata;
  return (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      ...(template.metadata.annotations ? { annotations: template.metadata.annotations } : {}),
      labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
      name: `${template.metadata.name}-${name}-${ordinal}`,
      namespace,
    },
    spec: template.spec,
  }));
}
