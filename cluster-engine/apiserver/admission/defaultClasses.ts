import type { Ingress, IngressClass, PersistentVolumeClaim, StorageClass } from "../../../shared/kubernetes/types.ts";
import { IngressClasses, StorageClasses } from "../../api/resources.ts";
import { concerns } from "./refusal.ts";
import type { AdmissionPlugin } from "./types.ts";

type Class = StorageClass | IngressClass;

/** The newest of the classes that are marked as default. */
function newestDefault<T extends Class>(classes: T[], annotations: string[]): T | undefined {
  const marked = classes.filter(({ metadata }) => annotations.some((annotation) => metadata.annotations?.[annotation] === "true"));
  const age = (candidate: T): string => candidate.metadata.creationTimestamp;
  return marked.sort((a, b) => (age(a) === age(b) ? (a.metadata.name < b.metadata.name ? -1 : 1) : age(a) < age(b) ? 1 : -1))[0];
}

/** Claims that name no class get the default one. */
export const defaultStorageClass: AdmissionPlugin = {
  name: "DefaultStorageClass",
  async admit(attributes, context) {
    if (attributes.operation !== "CREATE" || !concerns(attributes, "persistentvolumeclaims")) return;
    const claim = attributes.object as PersistentVolumeClaim;
    if (claim.spec?.storageClassName !== undefined || claim.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] !== undefined) return;
    const found = newestDefault(await context.list(StorageClasses), [
      "storageclass.kubernetes.io/is-default-class",
      "storageclass.beta.kubernetes.io/is-default-class",
    ]);
    if (found) (claim.spec ??= {}).storageClassName = found.metadata.name;
  },
};

/** The same for Ingresses. */
export const defaultIngressClass: AdmissionPlugin = {
  name: "DefaultIngressClass",
  async admit(attributes, context) {
    if (attributes.operation !== "CREATE" || !concerns(attributes, "ingresses", "networking.k8s.io")) return;
    const ingress = attributes.object as Ingress;
    if (ingress.spec?.ingressClassName !== undefined || ingress.metadata.annotations?.["kubernetes.io/ingress.class"] !== undefined) return;
    const found = newestDefault(await context.list(IngressClasses), ["ingressclass.kubernetes.io/is-default-class"]);
    if (found) (ingress.spec ??= {}).ingressClassName = found.metadata.name;
  },
};
