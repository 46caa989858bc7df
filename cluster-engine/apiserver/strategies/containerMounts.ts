import type { Container, Volume, VolumeDevice, VolumeMount } from "../../../shared/kubernetes/types.ts";
import { validateDescendingPath } from "./paths.ts";
import type { Problems } from "./problems.ts";

const propagations = ["Bidirectional", "HostToContainer", "None"];
const recursions = ["Disabled", "Enabled", "IfPossible"];

/** Volumes by name: those that are valid. */
export type Volumes = ReadonlyMap<string, Volume>;

/** volumeMounts and volumeDevices of a container. */
export function validateMounts(container: Container, volumes: Volumes, path: string, problems: Problems): void {
  const mounts = container.volumeMounts ?? [];
  const devices = container.volumeDevices ?? [];
  const seen = new Set<string>();
  mounts.forEach((mount, i) => {
    const at = `${path}.volumeMounts[${i}]`;
    validateMountTarget(mount, volumes, seen, at, problems);
    if (devices.some((device) => device.name === mount.name)) problems.invalid(`${at}.name`, mount.name, "must not already exist in volumeDevices");
    if (devices.some((device) => device.devicePath === mount.mountPath))
      problems.invalid(`${at}.mountPath`, mount.mountPath, "must not already exist as a path in volumeDevices");
    validateMountOptions(mount, container, at, `${path}.volumeMounts`, problems);
  });
  if (devices.length > 0) validateDevices(devices, mounts, volumes, `${path}.volumeDevices`, problems);
}

function validateMountTarget(mount: VolumeMount, volumes: Volumes, seen: Set<string>, at: string, problems: Problems): void {
  if (!mount.name) problems.required(`${at}.name`);
  if (!volumes.has(mount.name)) problems.notFound(`${at}.name`, mount.name);
  if (!mount.mountPath) problems.required(`${at}.mountPath`);
  if (seen.has(mount.mountPath)) problems.invalid(`${at}.mountPath`, mount.mountPath, "must be unique");
  seen.add(mount.mountPath);
}

// Some of these fields are reported without their index; that is how Kubernetes does it.
function validateMountOptions(mount: VolumeMount, container: Container, at: string, list: string, problems: Problems): void {
  if (mount.subPath) validateDescendingPath(mount.subPath, `${list}.subPath`, problems);
  if (mount.subPathExpr) {
    if (mount.subPath) problems.invalid(`${at}.subPathExpr`, mount.subPathExpr, "subPathExpr and subPath are mutually exclusive");
    validateDescendingPath(mount.subPathExpr, `${list}.subPathExpr`, problems);
  }
  if (mount.mountPropagation) {
    if (!propagations.includes(mount.mountPropagation)) problems.notSupported(`${list}.mountPropagation`, mount.mountPropagation, propagations);
    if (mount.mountPropagation === "Bidirectional" && !container.securityContext?.privileged) {
      problems.forbidden(`${list}.mountPropagation`, "Bidirectional mount propagation is available only to privileged containers");
    }
  }
  const recursive = mount.recursiveReadOnly;
  if (recursive === undefined || recursive === "Disabled") return;
  if (!recursions.includes(recursive)) return problems.notSupported(`${list}.recursiveReadOnly`, recursive, recursions);
  if (!mount.readOnly) problems.forbidden(`${list}.recursiveReadOnly`, "may only be specified when readOnly is true");
  if (mount.mountPropagation && mount.mountPropagation !== "None") {
    problems.forbidden(`${list}.recursiveReadOnly`, "may only be specified when mountPropagation is None or not specified");
  }
}

function validateDevices(devices: VolumeDevice[], mounts: VolumeMount[], volumes: Volumes, path: string, problems: Problems): void {
  const names = new Set<string>();
  const paths = new Set<string>();
  devices.forEach(({ name, devicePath }, i) => {
    const at = `${path}[${i}]`;
    const volume = volumes.get(name);
    if (!name) problems.required(`${at}.name`);
    if (names.has(name)) problems.invalid(`${at}.name`, name, "must be unique");
    if (!volume) problems.notFound(`${at}.name`, name);
    else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
      problems.invalid(`${at}.name`, name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
    }
    if (!devicePath) problems.required(`${at}.devicePath`);
    if (paths.has(devicePath)) problems.invalid(`${at}.devicePath`, devicePath, "must be unique");
    if (devicePath?.split("/").includes("..")) problems.invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')");
    else paths.add(devicePath);
    if (mounts.some((mount) => mount.name === name)) problems.invalid(`${at}.name`, name, "must not already exist in volumeMounts");
    if (mounts.some((mount) => mount.mountPath === devicePath))
      problems.invalid(`${at}.devicePath`, devicePath, "must not already exist as a path in volumeMounts");
    if (name) names.add(name);
  });
}
