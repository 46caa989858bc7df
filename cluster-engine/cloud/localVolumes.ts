import { chmod, mkdir } from "node:fs/promises";
import { isAbsolute, join, relative } from "node:path";
import type { Node } from "../../shared/kubernetes/types.ts";
import type { VolumePlace, VolumeRequest, VolumeStorage } from "./volumes.ts";

const provisioner = "wherry.dev/local";
const hostname = "kubernetes.io/hostname";
const zone = "topology.kubernetes.io/zone";
/** hostPath volumes are deleted only below this, as Kubernetes has it. */
const deletableHostPath = /^\/tmp\/.+$/;

export interface LocalVolumesOptions {
  /** Holds a folder for each volume. Must be visible to the container engine. */
  folder: string;
  /** Removes a folder with what containers wrote there, as whichever user. */
  removeFolder(path: string): Promise<void>;
  /** How far a volume of one user reaches: its node, as a disk in a machine (the default), or its zone, as a cloud's disk. */
  reach?: "node" | "zone";
}

/**
 * Volumes on this machine's disk: a folder each. A volume belongs to the node (or zone) that its first pod runs on; one that
 * many nodes may use (or that needs no node yet) is reached from all of them, since they share the machine.
 * Sizes are kept in the objects and not enforced: a folder has no limit of its own.
 */
export function localVolumes({ folder, removeFolder, reach = "node" }: LocalVolumesOptions): VolumeStorage {
  return {
    provisioner,
    defaultClass: {
      metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner,
      reclaimPolicy: "Delete",
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: true,
    },
    async create(request) {
      refuseUnsupported(request);
      const path = join(folder, folderName(request));
      await mkdir(path, { recursive: true, mode: 0o777 });
      // Whatever user a container runs as may write; the data dir around it is closed to others.
      await chmod(path, 0o777);
      return { local: { path }, nodeAffinity: affinityOf(request, reach) };
    },
    async delete({ metadata, spec }) {
      const path = spec?.local?.path ?? spec?.hostPath?.path;
      if (!path) throw new Error(`volume "${metadata.name}" has no path`);
      if (spec?.hostPath) refuseHostPath(path);
      else refuseOutside(folder, path);
      await removeFolder(path);
    },
    expand: async () => undefined,
  };
}

/** The claim's names are there for people who look for their data. */
const folderName = ({ name, claim: { metadata } }: VolumeRequest): string => `${name}_${metadata.namespace}_${metadata.name}`;

function refuseUnsupported({ claim: { spec } }: VolumeRequest): void {
  if (spec?.volumeMode === "Block") throw new Error(`${provisioner} does not support block volume provisioning`);
  if (spec?.dataSource ?? spec?.dataSourceRef) throw new Error("claims with a data source are not supported");
  if (spec?.selector) throw new Error("claim.Spec.Selector is not supported");
  if (spec?.volumeAttributesClassName) throw new Error("volumeAttributesClassName is not supported");
}

function affinityOf({ node, claim }: VolumeRequest, reach: "node" | "zone"): NonNullable<VolumePlace["nodeAffinity"]> {
  const shared = claim.spec?.accessModes?.some((mode) => mode.endsWith("Many"));
  const expression = node && !shared ? placeOf(node, reach) : { key: hostname, operator: "Exists" as const };
  return { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } };
}

function placeOf({ metadata: { name, labels } }: Node, reach: "node" | "zone") {
  const zoneName = reach === "zone" ? labels?.[zone] : undefined;
  if (zoneName !== undefined) return { key: zone, operator: "In" as const, values: [zoneName] };
  return { key: hostname, operator: "In" as const, values: [labels?.[hostname] ?? name] };
}

function refuseHostPath(path: string): void {
  if (!deletableHostPath.test(path)) throw new Error(`host_path deleter only supports /tmp/.+ but received provided ${path}`);
  if (path.split("/").includes("..")) throw new Error(`host_path deleter does not follow ".." in ${path}`);
}

/** A volume's path can be written by anyone who may edit volumes: nothing outside of the folder is removed. */
function refuseOutside(folder: string, path: string): void {
  const inside = relative(folder, path);
  if (!inside || inside.startsWith("..") || isAbsolute(inside)) throw new Error(`${path} is not a volume of ${provisioner}`);
}
