import type { Container, EphemeralContainer, Pod, PodSpec, SeccompProfile, Toleration } from "../../../shared/kubernetes/types.ts";
import { dns1123Subdomain, inclusiveRangeMessage } from "../../api/names.ts";
import { validateImageSpace } from "./containers.ts";
import { validateObjectMeta } from "./objectMeta.ts";
import { subdomainName } from "./nameRules.ts";
import { podQosClass, qosClassOf } from "./podQos.ts";
import { validateTolerations } from "./podScheduling.ts";
import { validatePodSpec } from "./podSpecs.ts";
import type { Problems } from "./problems.ts";
import { sameValue } from "./problems.ts";

const mirrorAnnotation = "kubernetes.io/config.mirror";
const deletionCostAnnotation = "controller.kubernetes.io/pod-deletion-cost";
const maxInt32 = 2 ** 31 - 1;
const updatable =
  "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/** Everything that holds for a pod at any time, apart from its metadata. */
function validatePodState(pod: Pod, problems: Problems): void {
  const { metadata } = pod;
  const spec = pod.spec!;
  const annotations = metadata.annotations ?? {};
  if (mirrorAnnotation in annotations && !spec.nodeName) {
    problems.invalid(
      `metadata.annotations[${mirrorAnnotation}]`,
      annotations[mirrorAnnotation],
      "must set spec.nodeName if mirror pod annotation is set",
    );
  }
  const cost = annotations[deletionCostAnnotation];
  if (cost !== undefined && !(/^(0|-?[1-9][0-9]*)$/.test(cost) && Math.abs(Number(cost)) <= maxInt32)) {
    problems.invalid(`metadata.annotations[${deletionCostAnnotation}]`, cost, "must be a 32bit integer");
  }
  validatePodSpec(spec, metadata, "spec", problems);
  if (!spec.serviceAccountName) refuseTokensWithoutAccount(spec, problems);
  spec.containers?.forEach((container, i) => validateImageSpace(container, `spec.containers[${i}]`, problems));
  spec.initContainers?.forEach((container, i) => validateImageSpace(container, `spec.initContainers[${i}]`, problems));
}

function refuseTokensWithoutAccount(spec: PodSpec, problems: Problems): void {
  spec.volumes?.forEach((volume, i) =>
    volume.projected?.sources?.forEach((source, j) => {
      if (source.serviceAccountToken) {
        problems.forbidden(
          `spec.volumes[${i}].projected.sources[${j}].serviceAccountToken`,
          "must not be specified when serviceAccountName is not set",
        );
      }
    }),
  );
}

export function validatePod(pod: Pod, problems: Problems): void {
  validatePodState(pod, problems);
  const spec = pod.spec!;
  if (spec.ephemeralContainers?.length) problems.forbidden("spec.ephemeralContainers", "cannot be set on create");
  if (spec.nodeName && spec.schedulingGates?.length) problems.forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared");
  validateSeccompAnnotation(pod.metadata.annotations?.["seccomp.security.alpha.kubernetes.io/pod"], spec.securityContext?.seccompProfile, problems);
}

function validateSeccompAnnotation(annotation: string | undefined, profile: SeccompProfile | undefined, problems: Problems): void {
  if (annotation === undefined || !profile) return;
  const expected = {
    Unconfined: ["unconfined"],
    RuntimeDefault: ["runtime/default", "docker/default"],
    Localhost: [`localhost/${profile.localhostProfile ?? ""}`],
  }[profile.type as string];
  if (expected && !expected.includes(annotation))
    problems.forbidden("spec.securityContext.seccompProfile.type", "seccomp type in annotation and field must match");
}

/** Pods change little once they exist: images, deadline, more tolerations, fewer gates. */
export function validatePodUpdate(pod: Pod, old: Pod, problems: Problems): void {
  validateObjectMeta(pod.metadata, true, subdomainName, "metadata", problems);
  validatePodState(pod, problems);
  const spec = pod.spec!;
  const before = old.spec!;
  if (!sameContainers(spec.containers, before.containers, "spec.containers", problems)) return;
  if (!sameContainers(spec.initContainers, before.initContainers, "spec.initContainers", problems)) return;
  if (!validateDeadline(spec, before, problems)) return;
  validateTolerationUpdate(spec.tolerations ?? [], before.tolerations ?? [], problems);
  const gates = new Set((before.schedulingGates ?? []).map((gate) => gate.name));
  spec.schedulingGates?.forEach(({ name }, i) => {
    if (!gates.has(name)) problems.forbidden(`spec.schedulingGates[${i}].name`, `only deletion is allowed, but found new scheduling gate '${name}'`);
  });
  if (sameValue(spec, before) || sameValue(immutablePart(spec, before), before)) return;
  problems.forbidden("spec", `pod updates may not change fields other than ${updatable}\n${difference(before, immutablePart(spec, before))}`);
}

/** A missing list of containers is null. */
type Containers = Container[] | null | undefined;

function sameContainers(written: Containers, stored: Containers, path: string, problems: Problems): boolean {
  const now = written ?? [];
  const before = stored ?? [];
  if (now.length !== before.length) {
    problems.forbidden(path, "pod updates may not add or remove containers");
    return false;
  }
  now.forEach((container, i) => {
    if (!container.image) problems.required(`${path}[${i}].image`);
    validateImageSpace(container, `${path}[${i}]`, problems);
  });
  return true;
}

function validateDeadline(spec: PodSpec, before: PodSpec, problems: Problems): boolean {
  const field = "spec.activeDeadlineSeconds";
  const now = spec.activeDeadlineSeconds;
  if (now === undefined) {
    if (before.activeDeadlineSeconds !== undefined) problems.invalid(field, null, "must not update from a positive integer to nil value");
    return true;
  }
  if (now < 0 || now > maxInt32) problems.invalid(field, now, inclusiveRangeMessage(0, maxInt32));
  else if (before.activeDeadlineSeconds !== undefined && before.activeDeadlineSeconds < now)
    problems.invalid(field, now, "must be less than or equal to previous value");
  else return true;
  return false;
}

function validateTolerationUpdate(now: Toleration[], before: Toleration[], problems: Problems): void {
  const withoutSeconds = ({ tolerationSeconds: _seconds, ...rest }: Toleration): Omit<Toleration, "tolerationSeconds"> => rest;
  const kept = before.every((toleration) => now.some((candidate) => sameValue(withoutSeconds(candidate), withoutSeconds(toleration))));
  if (!kept) return problems.forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
  validateTolerations(now, "spec.tolerations", problems);
}

/** The new spec with all that may change put back. */
function immutablePart(spec: PodSpec, before: PodSpec): PodSpec {
  const oldImages = (now: Container[] | undefined, old: Container[] | undefined) =>
    now?.map((container, i) => ({ ...container, image: old?.[i]?.image }));
  const part: PodSpec = {
    ...spec,
    containers: oldImages(spec.containers, before.containers)!,
    activeDeadlineSeconds: before.activeDeadlineSeconds,
    schedulingGates: before.schedulingGates,
    tolerations: before.tolerations,
  };
  if (spec.initContainers) part.initContainers = oldImages(spec.initContainers, before.initContainers);
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1)
    part.terminationGracePeriodSeconds = before.terminationGracePeriodSeconds;
  if (before.schedulingGates?.length) {
    part.nodeSelector = before.nodeSelector;
    part.affinity = { ...spec.affinity, nodeAffinity: before.affinity?.nodeAffinity };
    if (!before.affinity && !spec.affinity?.podAffinity && !spec.affinity?.podAntiAffinity) part.affinity = undefined;
  }
  return part;
}

/** The fields that differ, one a line, for the message about a refused update. */
function difference(before: PodSpec, now: PodSpec): string {
  const fields = new Set([...Object.keys(before), ...Object.keys(now)]) as Set<keyof PodSpec>;
  return [...fields]
    .filter((field) => !sameValue(before[field], now[field]))
    .map((field) => `- ${field}: ${JSON.stringify(before[field])}\n+ ${field}: ${JSON.stringify(now[field])}`)
    .join("\n");
}

/** Through pods/ephemeralcontainers containers are added, never changed or taken away. */
export function validateEphemeralContainersUpdate(pod: Pod, old: Pod, problems: Problems): void {
  validateObjectMeta(pod.metadata, true, subdomainName, "metadata", problems);
  validatePodState(pod, problems);
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) return problems.forbidden("", "static pods do not support ephemeral containers");
  const now = new Map((pod.spec!.ephemeralContainers ?? []).map((container) => [container.name, container]));
  for (const container of old.spec!.ephemeralContainers ?? []) validateKept(container, now.get(container.name), problems);
}

function validateKept(before: EphemeralContainer, now: EphemeralContainer | undefined, problems: Problems): void {
  const name = JSON.stringify(before.name);
  if (!now) problems.forbidden("spec.ephemeralContainers", `existing ephemeral containers ${name} may not be removed\n`);
  else if (!sameValue(before, now)) problems.forbidden("spec.ephemeralContainers", `existing ephemeral containers ${name} may not be changed\n`);
}

/** Through pods/resize cpu and memory of containers change, within the pod's quality of service class. */
export function validatePodResize(pod: Pod, old: Pod, problems: Problems): void {
  validateObjectMeta(pod.metadata, true, subdomainName, "metadata", problems);
  validatePodState(pod, problems);
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) return problems.forbidden("", "static pods cannot be resized");
  if (podQosClass(pod.spec!) !== qosClassOf(old))
    problems.invalid("spec", pod.status?.qosClass ?? "", "Pod QOS Class may not change as a result of resizing");
  const now = pod.spec!.containers;
  const before = old.spec!.containers;
  if (now.length !== before.length || now.some((container, i) => container.name !== before[i]!.name)) {
    return problems.forbidden("spec.containers", "containers may not be added, removed, renamed or reordered on resize");
  }
  before.forEach((container, i) => {
    for (const kind of ["limits", "requests"] as const) {
      for (const name of ["cpu", "memory"]) {
        const given = container.resources?.[kind]?.[name];
        if (given !== undefined && now[i]!.resources?.[kind]?.[name] === undefined)
          problems.forbidden(`spec.containers[${i}].resources.${kind}`, "resource " + kind + " cannot be removed");
      }
    }
    if (!sameValue(withoutCompute(now[i]!), withoutCompute(container))) problems.forbidden("spec", "only cpu and memory resources are mutable");
  });
}

function withoutCompute(container: Container): unknown {
  const rest = (amounts: Record<string, unknown> | undefined) =>
    Object.fromEntries(Object.entries(amounts ?? {}).filter(([name]) => name !== "cpu" && name !== "memory"));
  const { resources, resizePolicy: _policy, ...others } = container;
  return { ...others, limits: rest(resources?.limits), requests: rest(resources?.requests) };
}

export function validatePodStatusUpdate(pod: Pod, old: Pod, problems: Problems): void {
  const status = pod.status ?? {};
  const nominated = status.nominatedNodeName;
  if (nominated && nominated !== old.status?.nominatedNodeName) {
    problems.invalidEach("status.nominatedNodeName", nominated, dns1123Subdomain(nominated));
    if (old.spec?.nodeName) problems.forbidden("status.nominatedNodeName", "may not be set on pods that are already bound to a node");
  }
  if ((status.observedGeneration ?? 0) < 0)
    problems.invalid("status.observedGeneration", status.observedGeneration, "must be a non-negative integer");
  problems.immutable("status.qosClass", status.qosClass, old.status?.qosClass);
  validateStayedTerminated(pod, old, problems);
}

/** A container that has ended for good does not come back. */
function validateStayedTerminated(pod: Pod, old: Pod, problems: Problems): void {
  const policy = old.spec?.restartPolicy;
  old.status?.containerStatuses?.forEach((before, i) => {
    const ended = before.state?.terminated;
    const container = old.spec?.containers.find((candidate) => candidate.name === before.name);
    if (!ended || container?.restartPolicyRules?.length) return;
    const own = container?.restartPolicy ?? policy;
    if (own === "Always" || (own === "OnFailure" && ended.exitCode !== 0)) return;
    const now = pod.status?.containerStatuses?.find((candidate) => candidate.name === before.name);
    if (now && !now.state?.terminated) problems.forbidden(`status.containerStatuses[${i}].state`, "may not be transitioned to non-terminated state");
  });
}
