import type { Container, HostAlias, ObjectMeta, PodDNSConfig, PodResourceClaim, PodSpec, PodTemplateSpec } from "../../../shared/kubernetes/types.ts";
import { dns1123Label, dns1123Subdomain, dns1123SubdomainWithUnderscore, inclusiveRangeMessage, qualifiedName } from "../../api/names.ts";
import { validateAddress } from "./addresses.ts";
import { validateChoice, validateContainers, validateEphemeralContainers, validateInitContainers, type ContainerScope } from "./containers.ts";
import { validateAnnotations, validateLabels } from "./objectMeta.ts";
import { validateAffinity, validateTolerations, validateTopologySpread } from "./podScheduling.ts";
import type { Problems } from "./problems.ts";
import { validatePodResources } from "./podLevelResources.ts";
import { validateResourceRequirements } from "./resourceRequirements.ts";
import { validatePodSecurityContext } from "./securityContexts.ts";
import { validateVolumes } from "./volumes.ts";

const restartPolicies = ["Always", "OnFailure", "Never"];
const dnsPolicies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const preemptionPolicies = ["PreemptLowerPriority", "Never"];
const maxInt32 = 2 ** 31 - 1;
const mostNameservers = 3;
const mostSearches = 32;
const mostSearchCharacters = 2048;

/** The spec of a pod or of a template. `meta` is that of a pod; undefined in templates. */
export function validatePodSpec(spec: PodSpec, meta: ObjectMeta | undefined, path: string, problems: Problems): void {
  if (spec.terminationGracePeriodSeconds === undefined) problems.required(`${path}.terminationGracePeriodSeconds`);
  const volumes = validateVolumes(spec.volumes, meta, `${path}.volumes`, problems);
  const claims = new Set((spec.resourceClaims ?? []).map((claim) => claim.name));
  validateResourceClaims(spec.resourceClaims, `${path}.resourceClaims`, problems);
  const scope: ContainerScope = { spec, volumes, claims };
  validateContainers(scope, `${path}.containers`, problems);
  validateInitContainers(scope, `${path}.initContainers`, problems);
  validateEphemeralContainers(scope, `${path}.ephemeralContainers`, problems);
  validatePodResources(spec, path, problems);
  validateHostNetwork(spec, meta !== undefined, path, problems);
  validateChoice(spec.restartPolicy, restartPolicies, `${path}.restartPolicy`, problems);
  validateChoice(spec.dnsPolicy, dnsPolicies, `${path}.dnsPolicy`, problems);
  validateLabels(spec.nodeSelector, `${path}.nodeSelector`, problems);
  validatePodSecurityContext(spec, `${path}.securityContext`, problems);
  validateAffinity(spec.affinity, `${path}.affinity`, problems);
  validateDns(spec.dnsConfig, spec.dnsPolicy, `${path}.dnsConfig`, problems);
  validateGates(spec, path, problems);
  validateTopologySpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`, problems);
  validateHostUsers(spec, path, problems);
  validateNames(spec, path, problems);
  validateTolerations(spec.tolerations, `${path}.tolerations`, problems);
  spec.hostAliases?.forEach((alias, i) => validateHostAlias(alias, `${path}.hostAliases[${i}]`, problems));
  validatePriority(spec, path, problems);
  if (spec.overhead) validateResourceRequirements({ limits: spec.overhead }, claims, `${path}.overhead`, problems);
  if (spec.os) validateOs(spec, path, problems);
  validateFileKeyVolumes(spec, path, problems);
}

/** spec.template of a workload: labels, annotations, spec; no ephemeral containers. */
export function validatePodTemplate(template: PodTemplateSpec, path: string, problems: Problems): void {
  validateLabels(template.metadata?.labels, `${path}.metadata.labels`, problems);
  validateAnnotations(template.metadata?.annotations, `${path}.metadata.annotations`, problems);
  validatePodSpec(template.spec ?? { containers: [] }, undefined, `${path}.spec`, problems);
  if (template.spec?.ephemeralContainers?.length)
    problems.forbidden(`${path}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template");
}

function validateResourceClaims(claims: PodResourceClaim[] | undefined, path: string, problems: Problems): void {
  const seen = new Set<string>();
  claims?.forEach((claim, i) => {
    const at = `${path}[${i}]`;
    if (!claim.name) problems.required(`${at}.name`);
    else if (seen.has(claim.name)) problems.duplicate(`${at}.name`, claim.name);
    else problems.invalidEach(`${at}.name`, claim.name, dns1123Label(claim.name));
    seen.add(claim.name);
    const sources = [claim.resourceClaimName, claim.resourceClaimTemplateName].filter((name) => name !== undefined).length;
    if (sources === 2) problems.invalid(at, claim, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified");
    if (sources === 0) problems.invalid(at, claim, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
  });
}

function validateHostNetwork(spec: PodSpec, isPod: boolean, path: string, problems: Problems): void {
  if (!spec.hostNetwork) return;
  spec.containers?.forEach((container, i) =>
    container.ports?.forEach(({ hostPort = 0, containerPort }, j) => {
      if ((isPod || hostPort !== 0) && hostPort !== containerPort) {
        problems.invalid(`${path}.containers[${i}].ports[${j}].hostPort`, hostPort, "must match `containerPort` when `hostNetwork` is true");
      }
    }),
  );
}

function validateDns(config: PodDNSConfig | undefined, policy: string | undefined, path: string, problems: Problems): void {
  if (policy === "None") {
    if (!config) return problems.required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
    if (!config.nameservers?.length)
      return problems.required(`${path}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None");
  }
  if (!config) return;
  const { nameservers = [], searches = [], options = [] } = config;
  if (nameservers.length > mostNameservers)
    problems.invalid(`${path}.nameservers`, nameservers, `must not have more than ${mostNameservers} nameservers`);
  nameservers.forEach((server, i) => validateAddress(server, `${path}.nameservers[${i}]`, problems));
  if (searches.length > mostSearches) problems.invalid(`${path}.searches`, searches, `must not have more than ${mostSearches} search paths`);
  if (searches.join(" ").length > mostSearchCharacters) {
    problems.invalid(
      `${path}.searches`,
      searches,
      `must not have more than ${mostSearchCharacters} characters (including spaces) in the search list`,
    );
  }
  searches.forEach((search, i) => {
    if (search === ".") return;
    const name = search.replace(/\.$/, "");
    problems.invalidEach(`${path}.searches[${i}]`, name, dns1123SubdomainWithUnderscore(name));
  });
  options.forEach((option, i) => {
    if (!option.name) problems.required(`${path}.options[${i}]`, "must not be empty");
  });
}

function validateGates(spec: PodSpec, path: string, problems: Problems): void {
  spec.readinessGates?.forEach(({ conditionType }, i) =>
    problems.invalidEach(`${path}.readinessGates[${i}].conditionType`, conditionType, qualifiedName(conditionType)),
  );
  const seen = new Set<string>();
  spec.schedulingGates?.forEach(({ name }, i) => {
    problems.invalidEach(`${path}.schedulingGates[${i}]`, name, qualifiedName(name));
    if (seen.has(name)) problems.duplicate(`${path}.schedulingGates[${i}]`, name);
    seen.add(name);
  });
}

function validateHostUsers(spec: PodSpec, path: string, problems: Problems): void {
  if (spec.hostUsers !== false) return;
  if (spec.hostNetwork) problems.forbidden(`${path}.hostNetwork`, "when `hostUsers` is false");
  if (spec.hostPID) problems.forbidden(`${path}.HostPID`, "when `hostUsers` is false");
  if (spec.hostIPC) problems.forbidden(`${path}.HostIPC`, "when `hostUsers` is false");
}

function validateNames(spec: PodSpec, path: string, problems: Problems): void {
  const check = (field: keyof PodSpec, rule: (value: string) => string[]): void => {
    const value = spec[field] as string | undefined;
    if (value) problems.invalidEach(`${path}.${field}`, value, rule(value));
  };
  validateHostnameOverride(spec, path, problems);
  check("serviceAccountName", dns1123Subdomain);
  check("nodeName", dns1123Subdomain);
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > maxInt32))
    problems.invalid(`${path}.activeDeadlineSeconds`, deadline, inclusiveRangeMessage(1, maxInt32));
  check("hostname", dns1123Label);
  check("subdomain", dns1123Label);
}

function validateHostnameOverride(spec: PodSpec, path: string, problems: Problems): void {
  const name = spec.hostnameOverride;
  if (name === undefined) return;
  const field = `${path}.hostnameOverride`;
  if (spec.setHostnameAsFQDN) problems.forbidden(field, "may not be specified when setHostnameAsFQDN is true");
  if (spec.hostNetwork) problems.forbidden(field, "may not be specified when hostNetwork is true");
  if (name.length > 64) problems.tooLong(field, 64);
  problems.invalidEach(field, name, dns1123Subdomain(name));
}

function validateHostAlias(alias: HostAlias, path: string, problems: Problems): void {
  validateAddress(alias.ip, `${path}.ip`, problems);
  alias.hostnames?.forEach((name, i) => problems.invalidEach(`${path}.hostnames[${i}]`, name, dns1123Subdomain(name)));
}

function validatePriority(spec: PodSpec, path: string, problems: Problems): void {
  const { priorityClassName, runtimeClassName, preemptionPolicy } = spec;
  if (priorityClassName) problems.invalidEach(`${path}.priorityClassName`, priorityClassName, dns1123Subdomain(priorityClassName));
  if (runtimeClassName !== undefined) problems.invalidEach(`${path}.runtimeClassName`, runtimeClassName, dns1123Subdomain(runtimeClassName));
  if (preemptionPolicy !== undefined) validateChoice(preemptionPolicy, preemptionPolicies, `${path}.preemptionPolicy`, problems);
}

function validateOs(spec: PodSpec, path: string, problems: Problems): void {
  const { name } = spec.os!;
  if (!name) return problems.required(`${path}.os.name`);
  if (!["linux", "windows"].includes(name)) return problems.notSupported(`${path}.os`, name, ["linux", "windows"]);
  if (name === "linux" && spec.securityContext?.windowsOptions)
    problems.forbidden(`${path}.securityContext.windowsOptions`, "windows options cannot be set for a linux pod");
  if (name === "windows" && spec.securityContext) refuseOnWindows(spec, path, problems);
}

const linuxOnly = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "fsGroup",
  "fsGroupChangePolicy",
  "sysctls",
  "runAsUser",
  "runAsGroup",
  "supplementalGroups",
  "supplementalGroupsPolicy",
  "seLinuxChangePolicy",
] as const;

function refuseOnWindows(spec: PodSpec, path: string, problems: Problems): void {
  for (const field of ["hostUsers", "hostPID", "hostIPC", "shareProcessNamespace"] as const)
    if (spec[field] !== undefined) problems.forbidden(`${path}.${field}`, "cannot be set for a windows pod");
  for (const field of linuxOnly)
    if (spec.securityContext?.[field] !== undefined) problems.forbidden(`${path}.securityContext.${field}`, "cannot be set for a windows pod");
}

function validateFileKeyVolumes(spec: PodSpec, path: string, problems: Problems): void {
  const visit = (containers: Container[] | undefined, list: string): void =>
    containers?.forEach((container, i) =>
      container.env?.forEach(({ valueFrom }, j) => {
        const name = valueFrom?.fileKeyRef?.volumeName;
        if (name === undefined) return;
        const volume = spec.volumes?.find((candidate) => candidate.name === name);
        const field = `${path}.${list}[${i}].env[${j}].valueFrom.fileKeyRef.volumeName`;
        if (!volume) problems.notFound(field, name);
        else if (!volume.emptyDir) problems.invalid(field, name, "referenced volume must be of type emptyDir");
      }),
    );
  visit(spec.initContainers, "initContainers");
  visit(spec.containers, "containers");
}
