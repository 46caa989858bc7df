// Provisioners that were part of Kubernetes itself.

/** Those that CSI drivers have taken over (k8s.io/csi-translation-lib). */
const migrated: Record<string, string> = {
  "kubernetes.io/aws-ebs": "ebs.csi.aws.com",
  "kubernetes.io/azure-disk": "disk.csi.azure.com",
  "kubernetes.io/azure-file": "file.csi.azure.com",
  "kubernetes.io/cinder": "cinder.csi.openstack.org",
  "kubernetes.io/gce-pd": "pd.csi.storage.gke.io",
  "kubernetes.io/portworx-volume": "pxd.portworx.com",
  "kubernetes.io/vsphere-volume": "csi.vsphere.vmware.com",
};

/** Who answers for the provisioner that a StorageClass names. */
export const provisionerOf = (name: string): string => migrated[name] ?? name;

export const isInTree = (provisioner: string): boolean => provisioner.startsWith("kubernetes.io/");
