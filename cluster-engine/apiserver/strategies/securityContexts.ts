import type { AppArmorProfile, PodSpec, SeccompProfile, SecurityContext } from "../../../shared/kubernetes/types.ts";
import { inRange } from "../../api/names.ts";
import { validateDescendingPath } from "./paths.ts";
import type { Problems } from "./problems.ts";

const maxId = 2 ** 31 - 1;
const profileTypes = ["Localhost", "RuntimeDefault", "Unconfined"];
const sysctlFormat = "([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const sysctlPattern = new RegExp(`^${sysctlFormat}$`);
const sysctlMessage = `must have at most 253 characters and match regex ^${sysctlFormat}$`;

function validateId(id: number | undefined, field: string, problems: Problems): void {
  if (id !== undefined) problems.invalidEach(field, id, inRange(id, 0, maxId));
}

/** securityContext of a container. */
export function validateSecurityContext(context: SecurityContext | undefined, spec: PodSpec, path: string, problems: Problems): void {
  if (!context) return;
  validateId(context.runAsUser, `${path}.runAsUser`, problems);
  validateId(context.runAsGroup, `${path}.runAsGroup`, problems);
  if (context.procMount !== undefined) {
    if (!["Default", "Unmasked"].includes(context.procMount)) problems.notSupported(`${path}.procMount`, context.procMount, ["Default", "Unmasked"]);
    if (context.procMount === "Unmasked" && spec.hostUsers !== false)
      problems.invalid(`${path}.procMount`, context.procMount, "`hostUsers` must be false to use `Unmasked`");
  }
  validateSeccomp(context.seccompProfile, `${path}.seccompProfile`, problems);
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged) problems.invalid(path, internalForm(context), "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
    if (context.capabilities?.add?.includes("CAP_SYS_ADMIN")) {
      problems.invalid(path, internalForm(context), "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
    }
  }
  validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`, problems);
}

/** How Kubernetes prints this struct in its messages: by the names of its internal type. */
const internalForm = (context: SecurityContext): unknown => ({
  Capabilities: context.capabilities ? { Add: context.capabilities.add ?? null, Drop: context.capabilities.drop ?? null } : null,
  Privileged: context.privileged ?? null,
  SELinuxOptions: context.seLinuxOptions ?? null,
  WindowsOptions: context.windowsOptions ?? null,
  RunAsUser: context.runAsUser ?? null,
  RunAsGroup: context.runAsGroup ?? null,
  RunAsNonRoot: context.runAsNonRoot ?? null,
  ReadOnlyRootFilesystem: context.readOnlyRootFilesystem ?? null,
  AllowPrivilegeEscalation: context.allowPrivilegeEscalation ?? null,
  ProcMount: context.procMount ?? null,
  SeccompProfile: context.seccompProfile ?? null,
  AppArmorProfile: context.appArmorProfile ?? null,
});

/** securityContext of the pod, and what it shares with the host. */
export function validatePodSecurityContext(spec: PodSpec, path: string, problems: Problems): void {
  const context = spec.securityContext;
  if (!context) return;
  validateId(context.fsGroup, `${path}.fsGroup`, problems);
  validateId(context.runAsUser, `${path}.runAsUser`, problems);
  validateId(context.runAsGroup, `${path}.runAsGroup`, problems);
  context.supplementalGroups?.forEach((group, i) => validateId(group, `${path}.supplementalGroups[${i}]`, problems));
  if (spec.shareProcessNamespace && spec.hostPID) {
    problems.invalid(`${path}.shareProcessNamespace`, true, "ShareProcessNamespace and HostPID cannot both be enabled");
  }
  validateSysctls(spec, `${path}.sysctls`, problems);
  validateOptional(context.fsGroupChangePolicy, ["Always", "OnRootMismatch"], `${path}.fsGroupChangePolicy`, problems);
  validateSeccomp(context.seccompProfile, `${path}.seccompProfile`, problems);
  validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`, problems);
  validateOptional(context.supplementalGroupsPolicy, ["Merge", "Strict"], `${path}.supplementalGroupsPolicy`, problems);
  validateOptional(context.seLinuxChangePolicy, ["MountOption", "Recursive"], `${path}.seLinuxChangePolicy`, problems);
}

function validateOptional(value: string | undefined, choices: string[], field: string, problems: Problems): void {
  if (value !== undefined && !choices.includes(value)) problems.notSupported(field, value, choices);
}

function validateSysctls(spec: PodSpec, path: string, problems: Problems): void {
  const seen = new Set<string>();
  spec.securityContext?.sysctls?.forEach(({ name }, i) => {
    const field = `${path}[${i}].name`;
    if (!name) problems.required(field);
    else if (name.length > 253 || !sysctlPattern.test(name)) problems.invalid(field, name, sysctlMessage);
    else if (seen.has(name)) problems.duplicate(field, name);
    seen.add(name);
    const dotted = name.replaceAll("/", ".");
    if (spec.hostNetwork && dotted.startsWith("net.")) problems.invalid(field, name, "may not be specified when 'hostNetwork' is true");
    if (spec.hostIPC && /^(kernel\.(shm|msg|sem)|fs\.mqueue\.)/.test(dotted))
      problems.invalid(field, name, "may not be specified when 'hostIPC' is true");
  });
}

function validateSeccomp(profile: SeccompProfile | undefined, path: string, problems: Problems): void {
  if (!profile) return;
  if (!profile.type) problems.required(`${path}.type`, "type is required when seccompProfile is set");
  else if (!profileTypes.includes(profile.type)) problems.notSupported(`${path}.type`, profile.type, profileTypes);
  const field = `${path}.localhostProfile`;
  if (profile.type === "Localhost") {
    if (profile.localhostProfile === undefined) problems.required(field, "must be set when seccomp type is Localhost");
    else validateDescendingPath(profile.localhostProfile, field, problems);
  } else if (profile.localhostProfile !== undefined) {
    problems.invalid(field, { Type: profile.type, LocalhostProfile: profile.localhostProfile }, "can only be set when seccomp type is Localhost");
  }
}

function validateAppArmor(profile: AppArmorProfile | undefined, path: string, problems: Problems): void {
  if (!profile) return;
  const field = `${path}.localhostProfile`;
  const { type, localhostProfile } = profile;
  if (!type) problems.required(`${path}.type`, "type is required when appArmorProfile is set");
  else if (!profileTypes.includes(type)) problems.notSupported(`${path}.type`, type, profileTypes);
  else if (type !== "Localhost") {
    if (localhostProfile !== undefined) problems.invalid(field, localhostProfile, "can only be set when AppArmor type is Localhost");
  } else if (!localhostProfile?.trim()) problems.required(field, "must be set when AppArmor type is Localhost");
  else if (localhostProfile.trim() !== localhostProfile) problems.invalid(field, localhostProfile, "must not be padded with whitespace");
}
