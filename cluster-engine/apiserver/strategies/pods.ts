import type { Pod, PodCondition } from "../../../shared/kubernetes/types.ts";
import { Pods } from "../../api/resources.ts";
import { kindStrategy, keepAllButStatus } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";
import { defaultPod, defaultPodSpec } from "./podDefaults.ts";
import { podQosClass } from "./podQos.ts";
import { mergeMatchLabelKeys } from "./podMatchLabelKeys.ts";
import { rfc3339 } from "../../base/clock.ts";

const finished = (pod: Pod): boolean => pod.status?.phase === "Failed" || pod.status?.phase === "Succeeded";

/** Seconds a pod may take to stop: none when it never ran or has ended. */
export function podGracePeriod(pod: Pod, asked: number | undefined): number {
  if (!pod.spec?.nodeName || finished(pod)) return 0;
  const period = asked ?? pod.spec.terminationGracePeriodSeconds ?? 0;
  return period < 0 ? 1 : period;
}

export const pods = kindStrategy<Pod>(Pods, {
  name: subdomainName,
  status: true,
  generation: ["spec"],
  defaults(pod) {
    if (!pod.spec) return;
    defaultPodSpec(pod.spec);
    defaultPod(pod.spec);
  },
  prepareForCreate(pod, context) {
    pod.status = { phase: "Pending", qosClass: podQosClass(pod.spec!) };
    if (pod.spec!.schedulingGates?.length) pod.status.conditions = [schedulingGated(rfc3339(context.clock.now()))];
    mergeMatchLabelKeys(pod);
  },
  prepareForStatusUpdate(pod, old) {
    pod.metadata.ownerReferences = old.metadata.ownerReferences;
    if (!pod.metadata.ownerReferences) delete pod.metadata.ownerReferences;
    if (pod.status) pod.status.qosClass ??= old.status?.qosClass;
  },
  strategy: {
    selectableFields: (pod) => ({
      "spec.nodeName": pod.spec?.nodeName ?? "",
      "spec.restartPolicy": pod.spec?.restartPolicy ?? "",
      "spec.schedulerName": pod.spec?.schedulerName ?? "",
      "spec.serviceAccountName": pod.spec?.serviceAccountName ?? "",
      "spec.hostNetwork": String(pod.spec?.hostNetwork ?? false),
      "status.phase": pod.status?.phase ?? "",
      "status.podIP": pod.status?.podIP ?? "",
      "status.podIPs": (pod.status?.podIPs ?? []).map((entry) => entry.ip).join(",") || (pod.status?.podIP ?? ""),
      "status.nominatedNodeName": pod.status?.nominatedNodeName ?? "",
    }),
    gracePeriod: (pod, options) => podGracePeriod(pod, options.gracePeriodSeconds),
  },
});

function schedulingGated(now: string): PodCondition {
  return {
    type: "PodScheduled",
    status: "False",
    reason: "SchedulingGated",
    message: "Scheduling is blocked due to non-empty scheduling gates",
    lastProbeTime: null as unknown as string,
    lastTransitionTime: now,
  };
}

/** Keeps all of a pod but the fields of its spec that the subresource is for. */
function keepAllButSpec(pod: Pod, old: Pod): void {
  const spec = pod.spec!;
  keepAllButStatus(pod, old);
  pod.status = old.status;
  pod.spec = spec;
}

pods.subresources!.ephemeralcontainers = {
  prepareForUpdate(pod, old) {
    const added = pod.spec?.ephemeralContainers;
    keepAllButSpec(pod, old);
    pod.spec = { ...old.spec!, ...(added ? { ephemeralContainers: added } : {}) };
    if (JSON.stringify(added ?? []) !== JSON.stringify(old.spec?.ephemeralContainers ?? [])) pod.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
};
