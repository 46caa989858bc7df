import type { KubeObject } from "../../../shared/kubernetes/object.ts";

/** What caches leave out: field owners, the copy that `kubectl apply` keeps, and every value of a Secret. */
export function trimObject<T extends KubeObject>(object: T): T {
  const { managedFields: _, annotations, ...metadata } = object.metadata;
  const { "kubectl.kubernetes.io/last-applied-configuration": __, ...kept } = annotations ?? {};
  const trimmed = { ...object, metadata: { ...metadata, ...(annotations ? { annotations: kept } : {}) } };
  return (object.kind === "Secret" ? withoutValues(trimmed) : trimmed) as T;
}

/** A Secret with its keys and no values. */
export function withoutValues<T extends object>(secret: T): T {
  const hidden = { ...secret } as T & { data?: Record<string, string>; stringData?: Record<string, string> };
  for (const field of ["data", "stringData"] as const) {
    const values = hidden[field];
    if (values) hidden[field] = Object.fromEntries(Object.keys(values).map((key) => [key, ""]));
  }
  return hidden;
}
