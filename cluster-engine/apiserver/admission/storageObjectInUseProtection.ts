import { concerns } from "./refusal.ts";
import type { AdmissionPlugin } from "./types.ts";

const finalizers: [resource: string, group: string, finalizer: string][] = [
  ["persistentvolumes", "", "kubernetes.io/pv-protection"],
  ["persistentvolumeclaims", "", "kubernetes.io/pvc-protection"],
  ["volumeattributesclasses", "storage.k8s.io", "kubernetes.io/vac-protection"],
];

/** Storage that is in use is not deleted under it. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: "StorageObjectInUseProtection",
  admit(attributes) {
    if (attributes.operation !== "CREATE") return;
    for (const [resource, group, finalizer] of finalizers) {
      if (!concerns(attributes, resource, group)) continue;
      const { metadata } = attributes.object!;
      if (!metadata.finalizers?.includes(finalizer)) metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
    }
  },
};
