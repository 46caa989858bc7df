import type { Job, Pod, PodFailurePolicyRule } from "../../../shared/kubernetes/types.ts";

type Action = "Count" | "Ignore" | "FailJob" | "FailIndex";

/** What the Job's podFailurePolicy says of a failed pod; "Count" without one. */
export function failureAction(job: Job, pod: Pod): Action {
  return (matchingRule(job, pod)?.action as Action | undefined) ?? "Count";
}

/** Why a failed pod fails the whole Job; undefined when it does not. */
export function failJobMessage(job: Job, pod: Pod): string | undefined {
  const rule = matchingRule(job, pod);
  if (rule?.action !== "FailJob") return undefined;
  const index = job.spec!.podFailurePolicy!.rules.indexOf(rule);
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  const container = failedContainer(rule, pod);
  if (container)
    return `Container ${container.name} for pod ${name} failed with exit code ${container.exitCode} matching FailJob rule at index ${index}`;
  const condition = rule.onPodConditions?.find(({ type, status = "True" }) =>
    pod.status?.conditions?.some((each) => each.type === type && each.status === status),
  );
  return `Pod ${name} has condition ${condition?.type} matching FailJob rule at index ${index}`;
}

function matchingRule(job: Job, pod: Pod): PodFailurePolicyRule | undefined {
  return job.spec?.podFailurePolicy?.rules.find((rule) => failedContainer(rule, pod) !== undefined || matchesCondition(rule, pod));
}

const matchesCondition = ({ onPodConditions = [] }: PodFailurePolicyRule, { status }: Pod): boolean =>
  onPodConditions.some((pattern) =>
    status?.conditions?.some(({ type, status: value }) => type === pattern.type && value === (pattern.status ?? "True")),
  );

function failedContainer({ onExitCodes }: PodFailurePolicyRule, { status }: Pod): { name: string; exitCode: number } | undefined {
  if (!onExitCodes) return undefined;
  for (const { name, state } of [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]) {
    const exitCode = state?.terminated?.exitCode;
    if (!exitCode || (onExitCodes.containerName && onExitCodes.containerName !== name)) continue;
    if (onExitCodes.values.includes(exitCode) === (onExitCodes.operator === "In")) return { name, exitCode };
  }
  return undefined;
}
