import type { Container, PodSpec, Volume } from "../../../shared/kubernetes/types.ts";

export interface SecurityProblem {
  reason: string;
  detail: string;
}

type Check = (spec: PodSpec, containers: Container[]) => SecurityProblem | undefined;

const baseCapabilities = [
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
];
const seLinuxTypes = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
const safeSysctls = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
];
const safeVolumes = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];

const quoted = (items: Iterable<string>): string => [...items].map((item) => `"${item}"`).join(", ");
const sorted = (items: Iterable<string>): string[] => [...new Set(items)].sort();
const plural = (one: string, many: string, count: number): string => (count === 1 ? one : many);
const named = (containers: Container[]): string =>
  `${plural("container", "containers", containers.length)} ${quoted(containers.map(({ name }) => name))}`;

/** A check of containers by one test, told in one phrase. */
const containersCheck =
  (reason: string, isBad: (container: Container) => boolean, phrase: (bad: Container[]) => string): Check =>
  (_spec, containers) => {
    const bad = containers.filter(isBad);
    return bad.length > 0 ? { reason, detail: `${named(bad)} ${phrase(bad)}` } : undefined;
  };

/** Who sets a field of the security context to a bad value: the pod, containers, or both. */
function setters(podIsBad: boolean, bad: Container[]): string {
  return [...(podIsBad ? ["pod"] : []), ...(bad.length > 0 ? [named(bad)] : [])].join(" and ");
}

const added = ({ securityContext }: Container): string[] => securityContext?.capabilities?.add ?? [];
const isWindows = ({ os }: PodSpec): boolean => os?.name === "windows";
const hasOwnUsers = ({ hostUsers }: PodSpec): boolean => hostUsers === false;

const profileCheck =
  (field: "seccompProfile" | "appArmorProfile", describe: (who: string, values: string[]) => SecurityProblem): Check =>
  (spec, containers) => {
    const type = spec.securityContext?.[field]?.type;
    const isBad = (value: string | undefined): boolean => value !== undefined && value !== "RuntimeDefault" && value !== "Localhost";
    const bad = containers.filter((container) => isBad(container.securityContext?.[field]?.type));
    if (!isBad(type) && bad.length === 0) return undefined;
    return describe(
      setters(isBad(type), bad),
      sorted([...(isBad(type) ? [type!] : []), ...bad.map((container) => container.securityContext![field]!.type)]),
    );
  };

const appArmor = profileCheck("appArmorProfile", (who, values) => ({
  reason: plural("forbidden AppArmor profile", "forbidden AppArmor profiles", values.length),
  detail: `${who} must not set AppArmor profile type to ${quoted(values)}`,
}));
const seccompBaseline = profileCheck("seccompProfile", (who, values) => ({
  reason: "seccompProfile",
  detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(values)}`,
}));

const seccompRestricted: Check = (spec, containers) => {
  if (isWindows(spec)) return undefined;
  const explicit = seccompBaseline(spec, containers);
  if (explicit || spec.securityContext?.seccompProfile) return explicit;
  const bad = containers.filter((container) => !container.securityContext?.seccompProfile);
  return bad.length > 0
    ? { reason: "seccompProfile", detail: `pod or ${named(bad)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"` }
    : undefined;
};

const capabilitiesBaseline: Check = containersCheck(
  "non-default capabilities",
  (container) => added(container).some((capability) => !baseCapabilities.includes(capability)),
  (bad) =>
    `must not include ${quoted(sorted(bad.flatMap(added).filter((capability) => !baseCapabilities.includes(capability))))} in securityContext.capabilities.add`,
);

const capabilitiesRestricted: Check = (spec, containers) => {
  if (isWindows(spec)) return undefined;
  const keeping = containers.filter(({ securityContext }) => !securityContext?.capabilities?.drop?.includes("ALL"));
  const foreign = (container: Container): string[] => added(container).filter((capability) => capability !== "NET_BIND_SERVICE");
  const adding = containers.filter((container) => foreign(container).length > 0);
  const details = [
    ...(keeping.length > 0 ? [`${named(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0
      ? [`${named(adding)} must not include ${quoted(sorted(adding.flatMap(foreign)))} in securityContext.capabilities.add`]
      : []),
  ];
  return details.length > 0 ? { reason: "unrestricted capabilities", detail: details.join("; ") } : undefined;
};

const hostNamespaces: Check = (spec) => {
  const used = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((field) => spec[field]).map((field) => `${field}=true`);
  return used.length > 0 ? { reason: "host namespaces", detail: used.join(", ") } : undefined;
};

const hostPaths: Check = ({ volumes = [] }) => {
  const bad = volumes.filter((volume) => volume.hostPath);
  return bad.length > 0
    ? { reason: "hostPath volumes", detail: `${plural("volume", "volumes", bad.length)} ${quoted(bad.map(({ name }) => name))}` }
    : undefined;
};

const hostPorts: Check = (_spec, containers) => {
  const ports = (container: Container): string[] => (container.ports ?? []).filter((port) => port.hostPort).map((port) => String(port.hostPort));
  const bad = containers.filter((container) => ports(container).length > 0);
  const used = sorted(bad.flatMap(ports));
  return bad.length > 0
    ? {
        reason: "hostPort",
        detail: `${named(bad)} ${plural("uses", "use", bad.length)} ${plural("hostPort", "hostPorts", used.length)} ${used.join(", ")}`,
      }
    : undefined;
};

function actionHosts(container: Container): string[] {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  const actions = [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop];
  return actions
    .flatMap((action) => [action?.httpGet?.host, action?.tcpSocket?.host])
    .filter((host): host is string => !!host && host !== "127.0.0.1" && host !== "::1");
}

const actionHostsCheck: Check = (_spec, containers) => {
  const bad = containers.filter((container) => actionHosts(container).length > 0).sort((a, b) => (a.name < b.name ? -1 : 1));
  const hosts = sorted(bad.flatMap(actionHosts));
  return bad.length > 0
    ? {
        reason: "probe or lifecycle host",
        detail: `${named(bad)} ${plural("uses", "use", bad.length)} probe or lifecycle ${plural("host", "hosts", hosts.length)} ${quoted(hosts)}`,
      }
    : undefined;
};

const privileged = containersCheck(
  "privileged",
  ({ securityContext }) => !!securityContext?.privileged,
  () => "must not set securityContext.privileged=true",
);

const procMountOf = ({ securityContext }: Container): string => securityContext?.procMount ?? "Default";
const procMount = containersCheck(
  "procMount",
  (container) => procMountOf(container) !== "Default",
  (bad) => `must not set securityContext.procMount to ${quoted(sorted(bad.map(procMountOf)))}`,
);

const seLinuxOptions: Check = (spec, containers) => {
  const own = spec.securityContext?.seLinuxOptions;
  const isBad = (options: typeof own): boolean => !!options && (!seLinuxTypes.includes(options.type ?? "") || !!options.user || !!options.role);
  const bad = containers.filter((container) => isBad(container.securityContext?.seLinuxOptions));
  if (!isBad(own) && bad.length === 0) return undefined;
  const all = [own, ...bad.map((container) => container.securityContext?.seLinuxOptions)].filter((options) => options !== undefined);
  const types = sorted(all.map((options) => options.type ?? "").filter((type) => !seLinuxTypes.includes(type)));
  const data = [
    ...(types.length > 0 ? [`${plural("type", "types", types.length)} ${quoted(types)}`] : []),
    ...(all.some((options) => options.user) ? ["user may not be set"] : []),
    ...(all.some((options) => options.role) ? ["role may not be set"] : []),
  ];
  return { reason: "seLinuxOptions", detail: `${setters(isBad(own), bad)} set forbidden securityContext.seLinuxOptions: ${data.join("; ")}` };
};

const sysctls: Check = (spec) => {
  const bad = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !safeSysctls.includes(name));
  return bad.length > 0 ? { reason: "forbidden sysctls", detail: bad.join(", ") } : undefined;
};

const hostProcess: Check = (spec, containers) => {
  const own = !!spec.securityContext?.windowsOptions?.hostProcess;
  const bad = containers.filter((container) => container.securityContext?.windowsOptions?.hostProcess);
  return own || bad.length > 0
    ? { reason: "hostProcess", detail: `${setters(own, bad)} must not set securityContext.windowsOptions.hostProcess=true` }
    : undefined;
};

const allowPrivilegeEscalation: Check = (spec, containers) =>
  isWindows(spec)
    ? undefined
    : containersCheck(
        "allowPrivilegeEscalation != false",
        ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false,
        () => "must set securityContext.allowPrivilegeEscalation=false",
      )(spec, containers);

const volumeTypes = (volume: Volume): string[] => Object.keys(volume).filter((key) => key !== "name" && !safeVolumes.includes(key));
const restrictedVolumes: Check = ({ volumes = [] }) => {
  const bad = volumes.filter((volume) => volumeTypes(volume).length > 0);
  const types = sorted(bad.flatMap(volumeTypes));
  if (bad.length === 0) return undefined;
  const who = `${plural("volume", "volumes", bad.length)} ${quoted(bad.map(({ name }) => name))} ${plural("uses", "use", bad.length)}`;
  return {
    reason: "restricted volume types",
    detail: `${who} ${plural("restricted volume type", "restricted volume types", types.length)} ${quoted(types)}`,
  };
};

const runAsNonRoot: Check = (spec, containers) => {
  if (hasOwnUsers(spec)) return undefined;
  const reason = "runAsNonRoot != true";
  const own = spec.securityContext?.runAsNonRoot;
  const explicit = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === false);
  if (own === false || explicit.length > 0)
    return { reason, detail: `${setters(own === false, explicit)} must not set securityContext.runAsNonRoot=false` };
  const silent = own ? [] : containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  return silent.length > 0 ? { reason, detail: `pod or ${named(silent)} must set securityContext.runAsNonRoot=true` } : undefined;
};

const runAsUser: Check = (spec, containers) => {
  if (hasOwnUsers(spec)) return undefined;
  const own = spec.securityContext?.runAsUser === 0;
  const bad = containers.filter(({ securityContext }) => securityContext?.runAsUser === 0);
  return own || bad.length > 0 ? { reason: "runAsUser=0", detail: `${setters(own, bad)} must not set runAsUser=0` } : undefined;
};

/** By the names that Kubernetes gives its checks, which order the messages. */
const baselineChecks: Check[] = [
  appArmor,
  capabilitiesBaseline,
  hostNamespaces,
  hostPaths,
  hostPorts,
  actionHostsCheck,
  privileged,
  (spec, containers) => (hasOwnUsers(spec) ? undefined : procMount(spec, containers)),
  seLinuxOptions,
  seccompBaseline,
  sysctls,
  hostProcess,
];
const restrictedChecks: Check[] = [
  appArmor,
  hostNamespaces,
  hostPorts,
  actionHostsCheck,
  privileged,
  seLinuxOptions,
  sysctls,
  hostProcess,
  allowPrivilegeEscalation,
  capabilitiesRestricted,
  procMount,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompRestricted,
];

/** What a pod does that a level of the Pod Security Standards (as of 1.35) does not allow. */
export function securityProblems(spec: PodSpec, level: string): SecurityProblem[] {
  if (level !== "baseline" && level !== "restricted") return [];
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...((spec.ephemeralContainers ?? []) as Container[])];
  return (level === "baseline" ? baselineChecks : restrictedChecks)
    .map((check) => check(spec, containers))
    .filter((problem) => problem !== undefined);
}
