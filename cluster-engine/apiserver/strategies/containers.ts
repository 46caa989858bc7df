import type { Container, ContainerPort, EphemeralContainer, PodSpec } from "../../../shared/kubernetes/types.ts";
import { dns1123Label, portName, portNumber } from "../../api/names.ts";
import { validateEnvironment, validateEnvironmentSources } from "./containerEnvironment.ts";
import { validateMounts, type Volumes } from "./containerMounts.ts";
import { validateContainerRestart, validateInitContainerRestart } from "./containerRestart.ts";
import { validateLifecycle, validateProbes } from "./probes.ts";
import type { Problems } from "./problems.ts";
import { validateResourceRequirements } from "./resourceRequirements.ts";
import { validateSecurityContext } from "./securityContexts.ts";

const protocols = ["SCTP", "TCP", "UDP"];
const pullPolicies = ["Always", "IfNotPresent", "Never"];
const messagePolicies = ["File", "FallbackToLogsOnError"];
const sidecarOnly = "may not be set for init containers without restartPolicy=Always";
const forbiddenOnEphemeral = [
  "ports",
  "resources",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
  "resizePolicy",
  "restartPolicy",
  "restartPolicyRules",
] as const;

/** What the containers of one pod share. */
export interface ContainerScope {
  spec: PodSpec;
  volumes: Volumes;
  claims: ReadonlySet<string>;
}

export function validateContainers(scope: ContainerScope, path: string, problems: Problems): void {
  const containers = scope.spec.containers ?? [];
  if (containers.length === 0) return problems.required(path);
  const names = new Set<string>();
  containers.forEach((container, i) => {
    const at = `${path}[${i}]`;
    validateContainer(container, scope, at, problems);
    checkName(container.name, names, at, problems);
    if (container.lifecycle) validateLifecycle(container.lifecycle, gracePeriodOf(scope), osOf(scope), `${at}.lifecycle`, problems);
    validateProbes(container, gracePeriodOf(scope), at, problems);
    validateContainerRestart(container, at, problems);
  });
  validateHostPorts(containers, path, problems);
}

export function validateInitContainers(scope: ContainerScope, path: string, problems: Problems): void {
  const names = new Set((scope.spec.containers ?? []).map((container) => container.name));
  scope.spec.initContainers?.forEach((container, i) => {
    const at = `${path}[${i}]`;
    validateContainer(container, scope, at, problems);
    validateInitContainerRestart(container, at, problems);
    checkName(container.name, names, at, problems);
    validateHostPorts([container], path, problems);
    if (container.restartPolicy === "Always") {
      if (container.lifecycle) validateLifecycle(container.lifecycle, gracePeriodOf(scope), osOf(scope), `${at}.lifecycle`, problems);
      validateProbes(container, gracePeriodOf(scope), at, problems);
    } else {
      for (const field of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const)
        if (container[field]) problems.forbidden(`${at}.${field}`, sidecarOnly);
    }
  });
}

export function validateEphemeralContainers(scope: ContainerScope, path: string, problems: Problems): void {
  const others = new Set([...(scope.spec.containers ?? []), ...(scope.spec.initContainers ?? [])].map((container) => container.name));
  const names = new Set(others);
  scope.spec.ephemeralContainers?.forEach((container, i) => {
    const at = `${path}[${i}]`;
    validateContainer(container as Container, scope, at, problems);
    validateImageSpace(container, at, problems);
    checkName(container.name, names, at, problems);
    if (container.targetContainerName && !others.has(container.targetContainerName))
      problems.notFound(`${at}.targetContainerName`, container.targetContainerName);
    for (const field of forbiddenOnEphemeral)
      if (isSet(container[field])) problems.forbidden(`${at}.${field}`, "cannot be set for an Ephemeral Container");
    container.volumeMounts?.forEach((mount, j) => {
      if (mount.subPath) problems.forbidden(`${at}.volumeMounts[${j}].subPath`, "cannot be set for an Ephemeral Container");
      if (mount.subPathExpr) problems.forbidden(`${at}.volumeMounts[${j}].subPathExpr`, "cannot be set for an Ephemeral Container");
    });
  });
}

const isSet = (value: unknown): boolean => value !== undefined && (typeof value !== "object" || Object.keys(value as object).length > 0);
const gracePeriodOf = ({ spec }: ContainerScope): number | undefined => spec.terminationGracePeriodSeconds;
const osOf = ({ spec }: ContainerScope): string | undefined => spec.os?.name;

function checkName(name: string, names: Set<string>, at: string, problems: Problems): void {
  if (names.has(name)) problems.duplicate(`${at}.name`, name);
  else if (name) names.add(name);
}

/** Only in pods, not in templates: an image may not have space around it. */
export function validateImageSpace(container: Container | EphemeralContainer, at: string, problems: Problems): void {
  const image = container.image ?? "";
  if (image.trim().length !== image.length) problems.invalid(`${at}.image`, image, "must not have leading or trailing whitespace");
}

function validateContainer(container: Container, scope: ContainerScope, at: string, problems: Problems): void {
  if (!container.name) problems.required(`${at}.name`);
  else problems.invalidEach(`${at}.name`, container.name, dns1123Label(container.name));
  if (!container.image) problems.required(`${at}.image`);
  validateChoice(container.terminationMessagePolicy, messagePolicies, `${at}.terminationMessagePolicy`, problems);
  validatePorts(container.ports, `${at}.ports`, problems);
  validateEnvironment(container.env, `${at}.env`, problems);
  validateEnvironmentSources(container.envFrom, `${at}.envFrom`, problems);
  validateMounts(container, scope.volumes, at, problems);
  validateChoice(container.imagePullPolicy, pullPolicies, `${at}.imagePullPolicy`, problems);
  validateResourceRequirements(container.resources, scope.claims, `${at}.resources`, problems);
  validateResizePolicy(container, scope, `${at}.resizePolicy`, problems);
  validateSecurityContext(container.securityContext, scope.spec, `${at}.securityContext`, problems);
}

/** A required value of a set. */
export function validateChoice(value: string | undefined, choices: readonly string[], field: string, problems: Problems): void {
  if (!value) problems.required(field);
  else if (!choices.includes(value)) problems.notSupported(field, value, choices);
}

function validatePorts(ports: ContainerPort[] | undefined, path: string, problems: Problems): void {
  const names = new Set<string>();
  ports?.forEach((port, i) => {
    const at = `${path}[${i}]`;
    if (port.name) {
      const messages = portName(port.name);
      if (messages.length > 0) problems.invalidEach(`${at}.name`, port.name, messages);
      else if (names.has(port.name)) problems.duplicate(`${at}.name`, port.name);
      else names.add(port.name);
    }
    if (!port.containerPort) problems.required(`${at}.containerPort`);
    else problems.invalidEach(`${at}.containerPort`, port.containerPort, portNumber(port.containerPort));
    if (port.hostPort) problems.invalidEach(`${at}.hostPort`, port.hostPort, portNumber(port.hostPort));
    validateChoice(port.protocol, protocols, `${at}.protocol`, problems);
  });
}

function validateHostPorts(containers: Container[], path: string, problems: Problems): void {
  const seen = new Set<string>();
  containers.forEach((container, i) =>
    container.ports?.forEach((port, j) => {
      if (!port.hostPort) return;
      const identity = `${port.protocol}/${port.hostIP ?? ""}/${port.hostPort}`;
      if (seen.has(identity)) problems.duplicate(`${path}[${i}].ports[${j}].hostPort`, identity);
      seen.add(identity);
    }),
  );
}

function validateResizePolicy(container: Container, { spec }: ContainerScope, path: string, problems: Problems): void {
  const seen = new Set<string>();
  container.resizePolicy?.forEach(({ resourceName, restartPolicy }, i) => {
    if (seen.has(resourceName)) problems.duplicate(`${path}[${i}]`, resourceName);
    seen.add(resourceName);
    validateChoice(resourceName, ["cpu", "memory"], path, problems);
    validateChoice(restartPolicy, ["NotRequired", "RestartContainer"], path, problems);
    if (spec.restartPolicy === "Never" && restartPolicy !== "NotRequired") {
      problems.invalid(path, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'");
    }
  });
}
