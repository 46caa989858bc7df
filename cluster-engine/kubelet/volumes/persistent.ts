import { stat } from "node:fs/promises";
import type { PersistentVolume, Pod, Volume } from "../../../shared/kubernetes/types.ts";
import type { ContainerRuntime } from "../../runtime/types.ts";
import type { ClaimedVolume } from "./claims.ts";
import { prepareHostPath, sharesFiles } from "./hostPath.ts";
import { giveToGroup } from "./ownership.ts";

/** Where a PersistentVolume is on this machine; undefined for volumes that are elsewhere. */
export const pathOf = ({ spec }: PersistentVolume): string | undefined => spec?.local?.path ?? spec?.hostPath?.path;

/** Whether its folder was made for the claim, rather than found on this machine. */
export const isMade = ({ metadata, spec }: PersistentVolume): boolean =>
  spec?.local !== undefined && metadata.annotations?.["pv.kubernetes.io/provisioned-by"] !== undefined;

/** Makes a PersistentVolume ready for a pod. @throws Error with the message of a FailedMount event. */
export async function preparePersistent(runtime: ContainerRuntime, pod: Pod, { persistentVolume, readOnly }: ClaimedVolume): Promise<void> {
  // Where containers are only played, every kind of volume is there.
  if (!sharesFiles(runtime)) return;
  const { local, hostPath } = persistentVolume.spec ?? {};
  const { name } = persistentVolume.metadata;
  if (hostPath) return attempt("SetUp", name, () => prepareHostPath(runtime, hostPath));
  if (!local) throw new Error(problemOf(persistentVolume));
  await attempt("NewMounter initialization", name, () => checkExists(local.path));
  const { fsGroup, fsGroupChangePolicy } = pod.spec.securityContext ?? {};
  if (fsGroup !== undefined && !readOnly) await attempt("SetUp", name, () => giveToGroup(runtime, local.path, fsGroup, fsGroupChangePolicy));
}

async function attempt(step: string, volume: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new Error(`MountVolume.${step} failed for volume "${volume}" : ${(error as Error).message}`, { cause: error });
  }
}

async function checkExists(path: string): Promise<void> {
  if (!(await stat(path).catch(() => undefined))) throw new Error(`path "${path}" does not exist`);
}

const noDriver = (driver: string): string => `driver name ${driver} not found in the list of registered CSI drivers`;

function problemOf({ metadata: { name }, spec }: PersistentVolume): string {
  if (!spec?.csi) return `MountVolume.FindPluginBySpec failed for volume "${name}" : no volume plugin matched`;
  const step = "kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient";
  return `MountVolume.MountDevice failed for volume "${name}" : ${step}: ${noDriver(spec.csi.driver)}`;
}

/** Why a volume that a pod describes itself can't be made. */
export const problemOfSource = ({ csi }: Volume): string =>
  csi ? `kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: ${noDriver(csi.driver)}` : "no volume plugin matched";
