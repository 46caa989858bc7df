// Annotations and finalizers by which the parts that deal with volumes speak to each other (k8s.io/component-helpers/storage/volume).

/** On a claim: its binding is complete. */
export const bindCompleted = "pv.kubernetes.io/bind-completed";
/** On a claim or volume: the controller chose the other, not the user. */
export const boundByController = "pv.kubernetes.io/bound-by-controller";
/** On a claim: the scheduler's choice; a volume may be made there. */
export const selectedNode = "volume.kubernetes.io/selected-node";
/** On a claim: who is asked to make a volume. */
export const storageProvisioner = "volume.kubernetes.io/storage-provisioner";
export const betaStorageProvisioner = "volume.beta.kubernetes.io/storage-provisioner";
/** On a volume: who made it. */
export const provisionedBy = "pv.kubernetes.io/provisioned-by";
/** On a volume that grew: the claim's capacity before, until the node has grown the file system. */
export const preResizeCapacity = "volume.alpha.kubernetes.io/pre-resize-capacity";
/** On a claim: who grows its volume. */
export const storageResizer = "volume.kubernetes.io/storage-resizer";
export const betaStorageClass = "volume.beta.kubernetes.io/storage-class";
export const defaultClassAnnotations = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

export const claimProtectionFinalizer = "kubernetes.io/pvc-protection";
export const volumeProtectionFinalizer = "kubernetes.io/pv-protection";
export const attributesClassProtectionFinalizer = "kubernetes.io/vac-protection";
/** On a volume: its provisioner has to delete the data first. */
export const provisionerFinalizer = "external-provisioner.volume.kubernetes.io/finalizer";
