import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { LabelSelector, Pod } from "../../shared/kubernetes/types.ts";
import { ReplicaSets, ReplicationControllers, Services, StatefulSets } from "../api/resources.ts";
import type { ResourceType } from "../api/resourceType.ts";
import { labelSetMatcher } from "../api/selectors.ts";
import type { Informers } from "../client/types.ts";

/** Pods of StatefulSets and Jobs differ one by one. */
const knownLimit = 10_000;

type Selecting = KubeObject & { spec?: { selector?: unknown } };

/**
 * Which pods belong together when a pod says nothing of its spread: those of its Services and of its controller.
 * Answers are kept until some selector changes.
 */
export function defaultSelectors(informers: Informers): (pod: Pod) => LabelSelector | undefined {
  const known = new Map<string, LabelSelector | undefined>();
  const forget = () => known.clear();
  for (const type of [Services, ReplicaSets, ReplicationControllers, StatefulSets] as ResourceType<Selecting>[]) {
    const onUpdate = (now: Selecting, before: Selecting) => {
      if (JSON.stringify(now.spec?.selector) !== JSON.stringify(before.spec?.selector)) forget();
    };
    informers.of(type).handle({ onAdd: forget, onUpdate, onDelete: forget });
  }
  return (pod) => {
    const { namespace, labels, ownerReferences } = pod.metadata;
    const owner = ownerReferences?.find(({ controller }) => controller);
    const key = JSON.stringify([namespace, labels, owner?.uid]);
    if (known.size >= knownLimit) forget();
    if (!known.has(key)) known.set(key, selectorOf(pod, informers));
    return known.get(key);
  };
}

function selectorOf({ metadata }: Pod, informers: Informers): LabelSelector | undefined {
  const { namespace, labels, ownerReferences = [] } = metadata;
  const matchLabels: Record<string, string> = {};
  for (const { spec } of informers.of(Services).list(namespace))
    if (spec?.selector && labelSetMatcher(spec.selector)(labels)) Object.assign(matchLabels, spec.selector);
  const owner = ownerReferences.find(({ controller }) => controller);
  const key = owner && { namespace, name: owner.name };
  const kind = owner && `${owner.apiVersion}/${owner.kind}`;
  if (kind === "v1/ReplicationController") Object.assign(matchLabels, informers.of(ReplicationControllers).get(key!)?.spec?.selector);
  const set =
    kind === "apps/v1/ReplicaSet"
      ? informers.of(ReplicaSets).get(key!)?.spec?.selector
      : kind === "apps/v1/StatefulSet"
        ? informers.of(StatefulSets).get(key!)?.spec?.selector
        : undefined;
  Object.assign(matchLabels, set?.matchLabels);
  const matchExpressions = set?.matchExpressions ?? [];
  if (Object.keys(matchLabels).length + matchExpressions.length === 0) return undefined;
  return { matchLabels, ...(matchExpressions.length > 0 && { matchExpressions }) };
}
