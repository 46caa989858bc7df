import type {
  Container,
  EphemeralContainer,
  Lifecycle,
  LifecycleHandler,
  PodSpec,
  PodTemplateSpec,
  Probe,
  ResourceRequirements,
  Volume,
  VolumeProjection,
} from "../../../shared/kubernetes/types.ts";

/** What a pod's spec gets in every place: pods and the templates of workloads. */
export function defaultPodSpec(spec: PodSpec): void {
  spec.dnsPolicy ||= "ClusterFirst";
  spec.restartPolicy ||= "Always";
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= "default-scheduler";
  if (spec.hostNetwork) for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) defaultHostPorts(container);
  // The two names of one field follow each other, as the conversions of Kubernetes do.
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  else if (spec.serviceAccount) spec.serviceAccountName = spec.serviceAccount;
  spec.volumes?.forEach(defaultVolume);
  spec.initContainers?.forEach(defaultContainer);
  spec.containers?.forEach(defaultContainer);
  spec.ephemeralContainers?.forEach(defaultContainer);
}

export function defaultPodTemplate(template: PodTemplateSpec | undefined): void {
  if (template?.spec) defaultPodSpec(template.spec);
}

/** What only pods get, not templates: requests from limits, service links. */
export function defaultPod(spec: PodSpec): void {
  spec.containers?.forEach((container) => requestsFromLimits(container.resources));
  spec.initContainers?.forEach((container) => requestsFromLimits(container.resources));
  spec.enableServiceLinks ??= true;
}

function requestsFromLimits(resources: ResourceRequirements | undefined): void {
  if (!resources?.limits) return;
  resources.requests = { ...resources.limits, ...resources.requests };
}

function defaultHostPorts(container: Container): void {
  for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
}

function defaultContainer(container: Container | EphemeralContainer): void {
  container.terminationMessagePath ||= "/dev/termination-log";
  container.terminationMessagePolicy ||= "File";
  container.imagePullPolicy ||= pullPolicyOf(container.image ?? "");
  for (const port of container.ports ?? []) port.protocol ||= "TCP";
  for (const variable of container.env ?? []) {
    const source = variable.valueFrom;
    if (source?.fieldRef) source.fieldRef.apiVersion ||= "v1";
    if (source?.fileKeyRef) source.fileKeyRef.optional ??= false;
    if (source?.resourceFieldRef) source.resourceFieldRef.divisor ??= "0";
  }
  defaultProbe(container.livenessProbe);
  defaultProbe(container.readinessProbe);
  defaultProbe(container.startupProbe);
  defaultLifecycle(container.lifecycle);
}

/** Always for the tag `latest` (also when there is neither tag nor digest), else IfNotPresent. */
export function pullPolicyOf(image: string): "Always" | "IfNotPresent" {
  const digest = image.indexOf("@");
  const name = digest < 0 ? image : image.slice(0, digest);
  const colon = name.lastIndexOf(":");
  const tag = colon > name.lastIndexOf("/") ? name.slice(colon + 1) : digest < 0 ? "latest" : "";
  return tag === "latest" && image !== "" ? "Always" : "IfNotPresent";
}

function defaultProbe(probe: Probe | undefined): void {
  if (!probe) return;
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  defaultHandler(probe);
  if (probe.grpc) probe.grpc.service ??= "";
}

function defaultLifecycle(lifecycle: Lifecycle | undefined): void {
  if (lifecycle?.postStart) defaultHandler(lifecycle.postStart);
  if (lifecycle?.preStop) defaultHandler(lifecycle.preStop);
}

function defaultHandler(handler: Pick<LifecycleHandler, "httpGet">): void {
  if (!handler.httpGet) return;
  handler.httpGet.path ||= "/";
  handler.httpGet.scheme ||= "HTTP";
}

const defaultMode = 0o644;

export function defaultVolume(volume: Volume): void {
  if (Object.keys(volume).every((name) => name === "name")) volume.emptyDir = {};
  if (volume.secret) volume.secret.defaultMode ??= defaultMode;
  if (volume.configMap) volume.configMap.defaultMode ??= defaultMode;
  if (volume.hostPath) volume.hostPath.type ??= "";
  if (volume.image) volume.image.pullPolicy ||= pullPolicyOf(volume.image.reference ?? "");
  if (volume.ephemeral?.volumeClaimTemplate?.spec) volume.ephemeral.volumeClaimTemplate.spec.volumeMode ??= "Filesystem";
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= defaultMode;
    defaultDownwardItems(volume.downwardAPI.items);
  }
  if (volume.projected) {
    volume.projected.defaultMode ??= defaultMode;
    volume.projected.sources?.forEach(defaultProjection);
  }
  defaultRemoteVolume(volume);
}

function defaultProjection(source: VolumeProjection): void {
  if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600;
  defaultDownwardItems(source.downwardAPI?.items);
}

function defaultDownwardItems(items: { fieldRef?: { apiVersion?: string }; resourceFieldRef?: { divisor?: string | number } }[] | undefined): void {
  for (const item of items ?? []) {
    if (item.fieldRef) item.fieldRef.apiVersion ||= "v1";
    if (item.resourceFieldRef) item.resourceFieldRef.divisor ??= "0";
  }
}

function defaultRemoteVolume(volume: Volume): void {
  if (volume.iscsi) volume.iscsi.iscsiInterface ||= "default";
  if (volume.rbd) {
    volume.rbd.pool ||= "rbd";
    volume.rbd.user ||= "admin";
    volume.rbd.keyring ||= "/etc/ceph/keyring";
  }
  if (volume.azureDisk) {
    volume.azureDisk.cachingMode ??= "ReadWrite";
    volume.azureDisk.kind ??= "Shared";
    volume.azureDisk.fsType ??= "ext4";
    volume.azureDisk.readOnly ??= false;
  }
  if (volume.scaleIO) {
    volume.scaleIO.storageMode ||= "ThinProvisioned";
    volume.scaleIO.fsType ||= "xfs";
  }
}
