import type { ObjectMessage } from "../../../shared/contract.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { ContainerStatus, EndpointSlice, Event, Node, PersistentVolumeClaim, Pod, Service } from "../../../shared/kubernetes/types.ts";
import { podSummary } from "../views/podStatus.ts";
import { workloadState } from "../views/workloadStatus.ts";

type Why = NonNullable<ObjectMessage["why"]>;

export interface Evidence {
  /** Of the object and its pods, newest first. */
  events: Event[];
  pods: Pod[];
  slices: EndpointSlice[];
}

/** Why an object is not well: cause, evidence, next step; undefined when it is. */
export function whyOf(object: KubeObject, evidence: Evidence): Why | undefined {
  switch (object.kind) {
    case "Pod":
      return podWhy(object as Pod, evidence.events);
    case "Service":
      return serviceWhy(object as Service, evidence);
    case "Node":
      return nodeWhy(object as Node);
    case "PersistentVolumeClaim":
      return claimWhy(object as PersistentVolumeClaim, evidence.events);
    default:
      return workloadWhy(object, evidence);
  }
}

function workloadWhy(object: KubeObject, { pods, events }: Evidence): Why | undefined {
  const state = workloadState(object);
  if (!state || state.complete) return undefined;
  const troubled = pods.map((pod) => ({ pod, why: podWhy(pod, events) })).find(({ why }) => why);
  if (troubled?.why)
    return {
      ...troubled.why,
      cause: `${state.ready} of ${state.desired} ready: ${troubled.why.cause}`,
      evidence: [`pod ${troubled.pod.metadata.name}`, ...troubled.why.evidence],
    };
  if (state.failure) return { cause: state.failure, evidence: warnings(events), next: "Look at the object's events and at its pods." };
  return undefined;
}

function podWhy(pod: Pod, events: Event[]): Why | undefined {
  const { reason, status, ready, containers } = podSummary(pod);
  if (status === "succeeded" || status === "terminating" || (status === "running" && ready === containers)) return undefined;
  const own = events.filter(({ involvedObject }) => involvedObject.uid === pod.metadata.uid || involvedObject.name === pod.metadata.name);
  const unscheduled = pod.status?.conditions?.find((condition) => condition.type === "PodScheduled" && condition.status === "False");
  if (unscheduled)
    return {
      cause: "No node can take it",
      evidence: [unscheduled.message ?? unscheduled.reason ?? ""],
      next: schedulingStep(unscheduled.message ?? ""),
    };
  const troubled = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].find(
    ({ ready: isReady, state }) => !isReady && !(state?.terminated?.exitCode === 0),
  );
  if (!troubled) return undefined;
  return containerWhy(pod, reason, troubled, own);
}

function containerWhy(pod: Pod, reason: string, container: ContainerStatus, events: Event[]): Why | undefined {
  const { waiting, terminated, running } = container.state ?? {};
  // A container that runs again is judged by its probe, not by how its last run ended.
  const ended = terminated ?? (running ? undefined : container.lastState?.terminated);
  const image = pod.spec.containers.find(({ name }) => name === container.name)?.image ?? container.image;
  if (/ImagePull|InvalidImageName|ErrImageNeverPull/.test(reason)) {
    return {
      cause: `The image ${image} can't be pulled`,
      evidence: [waiting?.message ?? reason, ...warnings(events)],
      next: /unauthori|denied|credentials|authentication/i.test(waiting?.message ?? "")
        ? "The registry asks for a login: name a Secret in imagePullSecrets."
        : "Check the image's name and tag, or load the image into the engine.",
    };
  }
  if (/CreateContainerConfigError/.test(reason))
    return {
      cause: "Its configuration is incomplete",
      evidence: [waiting?.message ?? reason],
      next: "Create the missing ConfigMap or Secret, or its key.",
    };
  if (ended) {
    const memory = ended.reason === "OOMKilled";
    const cause = memory
      ? `Container ${container.name} used more memory than its limit`
      : `Container ${container.name} ends with code ${ended.exitCode}${reason === "CrashLoopBackOff" ? " again and again" : ""}`;
    return {
      cause,
      evidence: [
        `${ended.reason ?? "Error"}, exit code ${ended.exitCode}`,
        `restarted ${container.restartCount} times`,
        ...(ended.message ? [ended.message] : []),
      ],
      next: memory ? "Raise its memory limit, or find what grows." : "Read the log of its previous run.",
    };
  }
  const probe = events.find(({ reason: why }) => why === "Unhealthy");
  if (probe)
    return {
      cause: `Container ${container.name} is not ready: its probe fails`,
      evidence: [probe.message ?? ""],
      next: "Check the probe's path and port, or give the container more time to start.",
    };
  const failed = events.find(({ type }) => type === "Warning");
  return failed ? { cause: failed.reason ?? reason, evidence: [failed.message ?? ""], next: "Look at the pod's events." } : undefined;
}

function schedulingStep(message: string): string {
  if (/Insufficient (\S+)/.test(message)) return `Lower the request for ${/Insufficient ([^,.\s]+)/.exec(message)![1]}, or free some on a node.`;
  if (/untolerated taint/.test(message)) return "Add a toleration to the pod, or remove the node's taint.";
  if (/affinity|selector/.test(message)) return "Check nodeSelector and affinity against the labels of the nodes.";
  if (/unschedulable/.test(message)) return "Uncordon a node.";
  if (/PersistentVolumeClaim/i.test(message)) return "Look at the claims that the pod names.";
  return /no nodes available/.test(message)
    ? "The cluster has no node yet: wait for it, or look at Clusters."
    : "Compare what the pod asks for with what the nodes have.";
}

function serviceWhy(service: Service, { pods, slices }: Evidence): Why | undefined {
  const selector = service.spec?.selector ?? {};
  if (Object.keys(selector).length === 0 || service.spec?.type === "ExternalName") return undefined;
  if (slices.some(({ endpoints }) => endpoints?.some(({ conditions }) => conditions?.ready !== false))) return undefined;
  const text = Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  if (pods.length === 0)
    return {
      cause: "It has no endpoints: no pod matches its selector",
      evidence: [`selector ${text}`],
      next: "Compare the selector with the labels of the pods.",
    };
  return {
    cause: "It has no endpoints: none of its pods is ready",
    evidence: pods.slice(0, 3).map((pod) => `${pod.metadata.name}: ${podSummary(pod).reason}`),
    next: "Open one of the pods to see why.",
  };
}

function nodeWhy(node: Node): Why | undefined {
  const conditions = node.status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === "Ready");
  const pressed = conditions.find(({ type, status }) => type !== "Ready" && status === "True");
  if (ready?.status === "True" && !pressed) return undefined;
  const bad = ready?.status === "True" ? pressed! : ready;
  return {
    cause: bad ? `${bad.type} is ${bad.status}` : "The node has not reported yet",
    evidence: [bad?.message ?? ""].filter(Boolean),
    next: "Check that the container engine runs on the node.",
  };
}

function claimWhy(claim: PersistentVolumeClaim, events: Event[]): Why | undefined {
  if (claim.status?.phase === "Bound") return undefined;
  return {
    cause: `The claim is ${claim.status?.phase ?? "Pending"}`,
    evidence: events.slice(0, 3).map(({ message }) => message ?? ""),
    next: "Check that a StorageClass or a volume fits the claim.",
  };
}

const warnings = (events: Event[]): string[] =>
  events
    .filter(({ type }) => type === "Warning")
    .slice(0, 3)
    .map(({ message }) => message ?? "");
