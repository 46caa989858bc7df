import type { Container, ContainerPort, EnvVar, Pod, PodSpec } from "../../../shared/kubernetes/types.ts";
import { dns1123Label } from "../../api/names.ts";
import { parseQuantity } from "../../api/quantity.ts";

const nonFunctional: Record<string, string> = {
  "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
  "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
  "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
};
export const deprecatedNodeLabels: Record<string, string> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

const noPod = "a null labelSelector results in matching no pod";
export const deprecatedVolumes: Record<string, string> = {
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  gitRepo: "deprecated in v1.11, and disabled by default in v1.33+",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  flocker: "deprecated in v1.22, non-functional in v1.25+",
  storageos: "deprecated in v1.22, non-functional in v1.25+",
  quobyte: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  rbd: "deprecated in v1.28, non-functional in v1.31+",
};

/** Warnings for a new pod. */
export function podWarnings(pod: Pod): string[] {
  const warnings: string[] = [];
  const messages = dns1123Label(pod.metadata.name);
  if (messages.length > 0) {
    warnings.push(
      `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${messages.join(" ")}]`,
    );
  }
  return [...warnings, ...podTemplateWarnings(pod.metadata.annotations, pod.spec!, "metadata", "spec")];
}

/** Warnings for a template of pods, at `path`. */
export const templateWarnings = (
  template: { metadata?: { annotations?: Record<string, string> }; spec?: PodSpec } | undefined,
  path: string,
): string[] => (template?.spec ? podTemplateWarnings(template.metadata?.annotations, template.spec, `${path}.metadata`, `${path}.spec`) : []);

function podTemplateWarnings(annotations: Record<string, string> | undefined, spec: PodSpec, meta: string, path: string): string[] {
  const warnings: string[] = [];
  for (const key of Object.keys(spec.nodeSelector ?? {}))
    if (deprecatedNodeLabels[key]) warnings.push(`${path}.nodeSelector[${key}]: ${deprecatedNodeLabels[key]}`);
  for (const [key, text] of Object.entries(nonFunctional))
    if (annotations && key in annotations) warnings.push(`${meta}.annotations[${key}]: ${text}`);
  if (spec.topologySpreadConstraints)
    spec.topologySpreadConstraints.forEach((constraint, i) => {
      if (!constraint.labelSelector) warnings.push(`${path}.topologySpreadConstraints[${i}].labelSelector: ${noPod}`);
    });
  spec.volumes?.forEach((volume, i) => {
    for (const [kind, text] of Object.entries(deprecatedVolumes)) if (kind in volume) warnings.push(`${path}.volumes[${i}].${kind}: ${text}`);
  });
  const secrets = new Set<string>();
  spec.imagePullSecrets?.forEach(({ name = "" }, i) => {
    const field = `${path}.imagePullSecrets[${i}].name`;
    if (secrets.has(name)) warnings.push(`${field}: duplicate name ${JSON.stringify(name)}`);
    if (!name) warnings.push(`${field}: invalid empty name ""`);
    secrets.add(name);
  });
  spec.initContainers?.forEach((container, i) => containerWarnings(container, `${path}.initContainers[${i}]`, warnings));
  spec.containers?.forEach((container, i) => containerWarnings(container, `${path}.containers[${i}]`, warnings));
  portWarnings(spec, path, warnings);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0)
    warnings.push(`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`);
  for (const kind of ["podAffinity", "podAntiAffinity"] as const) {
    const at = `${path}.affinity.${kind}`;
    const affinity = spec.affinity?.[kind];
    affinity?.requiredDuringSchedulingIgnoredDuringExecution?.forEach((term, i) => {
      if (!term.labelSelector) warnings.push(`${at}.requiredDuringSchedulingIgnoredDuringExecution[${i}].labelSelector: ${noPod}`);
    });
    affinity?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ podAffinityTerm }, i) => {
      if (!podAffinityTerm.labelSelector)
        warnings.push(`${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}].podAffinityTerm.labelSelector: ${noPod}`);
    });
  }
  return warnings;
}

function portWarnings(spec: PodSpec, path: string, warnings: string[]): void {
  const seen = new Map<string, { field: string; port: ContainerPort }[]>();
  const names = new Map<string, string>();
  const visit = (containers: Container[] | undefined, list: string): void =>
    containers?.forEach((container, i) =>
      container.ports?.forEach((port, j) => {
        const field = `${path}.${list}[${i}].ports[${j}]`;
        const key = `${port.containerPort}/${port.protocol}`;
        const others = seen.get(key) ?? [];
        for (const other of others) {
          if ((port.hostIP ?? "") === (other.port.hostIP ?? "") && (port.hostPort ?? 0) === (other.port.hostPort ?? 0))
            warnings.push(`${field}: duplicate port definition with ${other.field}`);
          else if (!port.hostPort || !other.port.hostPort) warnings.push(`${field}: overlapping port definition with ${other.field}`);
          else if (port.hostPort === other.port.hostPort && !port.hostIP !== !other.port.hostIP)
            warnings.push(`${field}: dangerously ambiguous port definition with ${other.field}`);
        }
        seen.set(key, [...others, { field, port }]);
        if (!port.name) return;
        const first = names.get(port.name);
        if (first)
          warnings.push(
            `${field}: duplicate port name ${JSON.stringify(port.name)} with ${first}, services and probes that select ports by name will use ${first}`,
          );
        else names.set(port.name, field);
      }),
    );
  visit(spec.initContainers, "initContainers");
  visit(spec.containers, "containers");
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
  variables.forEach(({ name, value = "", valueFrom }, i) => {
    const before = seen.get(name);
    // A value that refers to the earlier one of the same name is meant as an addition to it.
    if (before !== undefined && (valueFrom || value === `$(${name})` || !value.includes(`$(${name})`)))
      warnings.push(`${path}[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`);
    seen.set(name, value);
  });
}
