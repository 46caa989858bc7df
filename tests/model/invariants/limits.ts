import type { Deployment, HorizontalPodAutoscaler, Pod, ResourceQuota } from "../../../shared/kubernetes/types.ts";
import { Deployments, HorizontalPodAutoscalers, Pods, ReplicaSets, ResourceQuotas, Services } from "../../../cluster-engine/api/resources.ts";
import { nameOf } from "../history.ts";
import type { Invariant, View } from "../invariant.ts";

const isEnded = ({ status }: Pod): boolean => status?.phase === "Succeeded" || status?.phase === "Failed";

/** What counts against a quota, by its name in `hard`. */
const counted: Record<string, { resource: string; count(view: View, namespace: string): number }> = {
  pods: { resource: nameOf(Pods), count: ({ history }, namespace) => history.list(Pods, namespace).filter((pod) => !isEnded(pod)).length },
  services: { resource: nameOf(Services), count: ({ history }, namespace) => history.list(Services, namespace).length },
  "count/replicasets.apps": { resource: nameOf(ReplicaSets), count: ({ history }, namespace) => history.list(ReplicaSets, namespace).length },
};

export const quotaKept: Invariant = {
  name: "ResourceQuota",
  onChange({ resource, object, previous, deleted }, view) {
    if (previous || deleted) return;
    const { namespace } = object.metadata;
    for (const quota of view.history.list(ResourceQuotas, namespace))
      for (const [name, { resource: limited, count }] of Object.entries(counted)) {
        if (limited !== resource) continue;
        // A quota limits once its controller has counted; one that changed a moment ago may still be the old one to a request.
        const states = view.history.since(ResourceQuotas, quota.metadata, view.now - view.staleness);
        if (states.some(({ status }) => status?.hard?.[name] === undefined)) continue;
        const most = Math.max(...states.map(({ status }) => Number(status!.hard![name])));
        const used = count(view, namespace);
        if (used > most) return `${used} ${name}, ${most} are allowed`;
      }
    return;
  },
};

export const quotaRest: Invariant = {
  name: "ResourceQuota at rest",
  settled: (view) =>
    view.history.list(ResourceQuotas).flatMap(({ metadata, spec, status }: ResourceQuota) =>
      Object.entries(spec?.hard ?? {}).flatMap(([name, hard]) => {
        const used = String(counted[name]!.count(view, metadata.namespace));
        return status?.hard?.[name] === hard && status.used?.[name] === used
          ? []
          : [`${name} is ${used} of ${hard}, told are ${status?.used?.[name]} of ${status?.hard?.[name]}`];
      }),
    ),
};

export const quotaInvariants: readonly Invariant[] = [quotaKept, quotaRest];

const targets = (autoscaler: HorizontalPodAutoscaler, { metadata }: Deployment): boolean =>
  autoscaler.metadata.namespace === metadata.namespace && autoscaler.spec?.scaleTargetRef.name === metadata.name;

export const autoscalerBounds: Invariant = {
  name: "autoscaler stays within its bounds",
  onChange(change, view) {
    if (change.resource !== nameOf(Deployments) || !change.previous || change.deleted || change.touched) return;
    const deployment = change.object as Deployment;
    const { replicas = 1 } = deployment.spec;
    if (replicas === (change.previous as Deployment).spec.replicas) return;
    const autoscaler = view.history.list(HorizontalPodAutoscalers).find((each) => targets(each, deployment));
    if (!autoscaler) return `${deployment.metadata.name} was scaled by nobody`;
    const states = view.history.since(HorizontalPodAutoscalers, autoscaler.metadata, view.now - view.staleness);
    const within = states.some(({ spec }) => replicas >= (spec?.minReplicas ?? 1) && replicas <= spec!.maxReplicas);
    return within ? undefined : `${deployment.metadata.name} was scaled to ${replicas}`;
  },
};

export const autoscalerRest: Invariant = {
  name: "autoscaler at rest",
  settled: (view) =>
    view.history.list(HorizontalPodAutoscalers).flatMap((autoscaler) => {
      const deployment = view.history.list(Deployments).find((each) => targets(autoscaler, each));
      const replicas = deployment?.spec.replicas ?? 0;
      const { minReplicas = 1, maxReplicas } = autoscaler.spec!;
      if (replicas === 0 || deployment?.metadata.deletionTimestamp || (replicas >= minReplicas && replicas <= maxReplicas)) return [];
      return [`${autoscaler.metadata.name} leaves ${replicas} replicas, ${minReplicas} to ${maxReplicas} are allowed`];
    }),
};

export const autoscalerInvariants: readonly Invariant[] = [autoscalerBounds, autoscalerRest];
