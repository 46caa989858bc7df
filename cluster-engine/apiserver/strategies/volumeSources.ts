import type { Volume } from "../../../shared/kubernetes/types.ts";
import { dns1123Subdomain } from "../../api/names.ts";
import type { Problems } from "./problems.ts";

type Source = Record<string, unknown>;

/** Fields that a source can't be without, by kind. */
const requiredFields: Record<string, string[]> = {
  gitRepo: ["repository"],
  gcePersistentDisk: ["pdName"],
  awsElasticBlockStore: ["volumeID"],
  nfs: ["server", "path"],
  iscsi: ["targetPortal", "iqn"],
  glusterfs: ["endpoints", "path"],
  rbd: ["monitors", "image"],
  cinder: ["volumeID"],
  cephfs: ["monitors"],
  quobyte: ["registry", "volume"],
  flexVolume: ["driver"],
  azureFile: ["secretName", "shareName"],
  azureDisk: ["diskName", "diskURI"],
  vsphereVolume: ["volumePath"],
  photonPersistentDisk: ["pdID"],
  portworxVolume: ["volumeID"],
  scaleIO: ["gateway", "system", "volumeName"],
  csi: ["driver"],
  local: ["path"],
};

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);

/** Sources that lead away from the node: required fields, and the few rules beyond. */
export function validateRemoteSource(kind: string, holder: Volume | object, path: string, problems: Problems): void {
  const source = (holder as Record<string, Source>)[kind]!;
  const field = `${path}.${kind}`;
  for (const name of requiredFields[kind] ?? []) if (isEmpty(source[name])) problems.required(`${field}.${name}`);
  if (kind === "nfs" && !((source.path as string | undefined) ?? "").startsWith("/"))
    problems.invalid(`${field}.path`, source.path ?? "", "must be an absolute path");
  if (kind === "csi")
    problems.invalidEach(`${field}.driver`, source.driver, dns1123Subdomain(((source.driver as string | undefined) ?? "").toLowerCase()));
  if (kind === "gcePersistentDisk" || kind === "awsElasticBlockStore") {
    const partition = (source.partition as number | undefined) ?? 0;
    if (partition < 0 || partition > 255) problems.invalid(`${field}.partition`, partition, "must be between 1 and 255, inclusive");
  }
  if (kind === "fc" && isEmpty(source.targetWWNs) && isEmpty(source.wwids)) {
    problems.required(`${field}.targetWWNs`, "must specify either targetWWNs or wwids, but not both");
  }
}
