import type { Container, Pod, PodCondition, PodSpec } from "../../../shared/kubernetes/types.ts";
import { Pods } from "../../api/resources.ts";
import { kindStrategy, keepAllButStatus } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";
import { defaultPod, defaultPodSpec } from "./podDefaults.ts";
import { podQosClass } from "./podQos.ts";
import { mergeMatchLabelKeys } from "./podMatchLabelKeys.ts";
import { validateEphemeralContainersUpdate, validatePod, validatePodResize, validatePodStatusUpdate, validatePodUpdate } from "./podValidation.ts";
import { podWarnings } from "./podWarnings.ts";
import { raiseGeneration, validateUpdatedMetadata } from "./objectMeta.ts";
import { Problems, sameValue } from "./problems.ts";
import type { FieldError } from "../../api/fieldError.ts";
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
    completePodIPs(pod);
    if (!pod.spec) return;
    defaultPodSpec(pod.spec);
    defaultPod(pod.spec);
  },
  prepareForCreate(pod, context) {
    pod.status = { phase: "Pending", qosClass: podQosClass(pod.spec!) };
    if (pod.spec!.schedulingGates?.length) pod.status.conditions = [schedulingGated(rfc3339(context.clock.now()))];
    mergeMatchLabelKeys(pod);
    if ((pod.spec!.terminationGracePeriodSeconds ?? 0) < 0) pod.spec!.terminationGracePeriodSeconds = 1;
  },
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  validateStatusUpdate: validatePodStatusUpdate,
  prepareForStatusUpdate(pod, old) {
    pod.metadata.ownerReferences = old.metadata.ownerReferences;
    if (!pod.metadata.ownerReferences) delete pod.metadata.ownerReferences;
    if (pod.status) pod.status.qosClass ??= old.status?.qosClass;
  },
  strategy: {
    warnings: (pod, old) => (old ? [] : podWarnings(pod)),
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

/** podIP and podIPs are one field under two names; the single one wins. */
function completePodIPs({ status }: Pod): void {
  if (!status) return;
  const first = status.podIPs?.[0]?.ip;
  if (status.podIP && status.podIP !== first) status.podIPs = [{ ip: status.podIP }];
  else if (first) status.podIP = first;
}

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

type SpecCheck = (pod: Pod, old: Pod, problems: Problems) => void;

/** An update through a subresource that is for a part of the spec: `take` makes the new spec of the old and the sent one. */
function specSubresource(take: (sent: PodSpec, old: PodSpec) => PodSpec, check: SpecCheck) {
  return {
    prepareForUpdate(pod: Pod, old: Pod): void {
      const spec = take(pod.spec!, old.spec!);
      keepAllButStatus(pod, old);
      pod.spec = spec;
      pod.status = old.status;
      if (!sameValue(spec, old.spec)) raiseGeneration(pod, old);
    },
    validateUpdate(pod: Pod, old: Pod): FieldError[] {
      const problems = new Problems();
      validateUpdatedMetadata(pod, old, problems);
      check(pod, old, problems);
      return problems.list;
    },
  };
}

/** Resources and resize policies of the containers; everything else stays. A changed list of containers is left to validation. */
function resized(sent: PodSpec, old: PodSpec): PodSpec {
  const merge = (sentList: Container[] | null | undefined, before: Container[]): Container[] => {
    const now = sentList ?? [];
    if (now.length !== before.length) return now;
    return before.map((container, i) => ({ ...container, name: now[i]!.name, resources: now[i]!.resources, resizePolicy: now[i]!.resizePolicy }));
  };
  const spec = { ...old, containers: merge(sent.containers, old.containers) };
  if (old.initContainers) spec.initContainers = merge(sent.initContainers, old.initContainers);
  if (sent.resources) spec.resources = sent.resources;
  return spec;
}

const withEphemeralContainers = ({ ephemeralContainers }: PodSpec, { ephemeralContainers: _before, ...old }: PodSpec): PodSpec =>
  ephemeralContainers ? { ...old, ephemeralContainers } : old;

Object.assign(pods.subresources!, {
  ephemeralcontainers: specSubresource(withEphemeralContainers, validateEphemeralContainersUpdate),
  resize: specSubresource(resized, validatePodResize),
});
