import type { Container, EnvVar, Pod, PodSpec } from "../../../shared/kubernetes/types.ts";
import { dns1123Label } from "../../api/names.ts";
import { parseQuantity } from "../../api/quantity.ts";

const nonFunctional: Record<string, string> = {
  "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
  "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
  "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
};
const deprecatedNodeLabels: Record<string, string> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

/** Warnings for a new pod. */
export function podWarnings(pod: Pod): string[] {
  const warnings: string[] = [];
  const messages = dns1123Label(pod.metadata.name);
  if (messages.length > 0) {
    warnings.push(`metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${messages.join(" ")}]`);
  }
  return [...warnings, ...podTemplateWarnings(pod.metadata.annotations, pod.spec!, "metadata", "spec")];
}

/** Warnings for a template of pods, at `path`. */
export const templateWarnings = (template: { metadata?: { annotations?: Record<string, string> }; spec?: PodSpec } | undefined, path: string): string[] =>
  template?.spec ? podTemplateWarnings(template.metadata?.annotations, template.spec, `${path}.metadata`, `${path}.spec`) : [];

function podTemplateWarnings(annotations: Record<string, string> | undefined, spec: PodSpec, meta: string, path: string): string[] {
  const warnings: string[] = [];
  for (const key of Object.keys(spec.nodeSelector ?? {})) if (deprecatedNodeLabels[key]) warnings.push(`${path}.nodeSelector[${key}]: ${deprecatedNodeLabels[key]}`);
  for (const [key, text] of Object.entries(nonFunctional)) if (annotations && key in annotations) warnings.push(`${meta}.annotations[${key}]: ${text}`);
  if (spec.topologySpreadConstraints) spec.topologySpreadConstraints.forEach((constraint, i) => {
    if (!constraint.labelSelector) warnings.push(`${path}.topologySpreadConstraints[${i}].labelSelector: a null labelSelector results in matching no pod`);
  });
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) warnings.push(`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`);
  spec.initContainers?.forEach((container, i) => containerWarnings(container, `${path}.initContainers[${i}]`, warnings));
  spec.containers?.forEach((container, i) => containerWarnings(container, `${path}.containers[${i}]`, warnings));
  return warnings;
}

function containerWarnings(container: Container, path: string, warnings: string[]): void {
  environmentWarnings(container.env ?? [], `${path}.env`, warnings);
  for (const kind of ["requests", "limits"] as const) {
    for (const name of ["memory", "ephemeral-storage"]) {
      const written = container.resources?.[kind]?.[name];
      if (written === undefined || parseQuantity(written).nano % 1_000_000_000n === 0n) continue;
      warnings.push(`${path}.resources.${kind}[${name}]: fractional byte value ${JSON.stringify(String(written))} is invalid, must be an integer`);
    }
  }
}

function environmentWarnings(variables: EnvVar[], path: string, warnings: string[]): void {
  const seen = new Map<string, string>();
  variables.forEach(({ name, value = "" }, i) => {
    const before = seen.get(name);
    // A value that refers to the earlier one of the same name is meant as an addition to it.
    if (before !== undefined && !value.includes(`$(${name})`)) warnings.push(`${path}[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`);
    seen.set(name, value);
  });
}
