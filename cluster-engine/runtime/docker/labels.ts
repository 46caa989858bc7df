import type { SandboxMetadata } from "../types.ts";

/** Labels by which a restarted engine finds what it made. Never touch a container, network or volume without `cluster`. */
export const label = {
  cluster: "dev.wherry.cluster",
  node: "dev.wherry.node",
  /** `sandbox`, `container` or `helper`. */
  role: "dev.wherry.role",
  sandbox: "dev.wherry.sandbox",
  /** Comma-separated namespace choices of a sandbox that its containers must follow. */
  namespaces: "dev.wherry.namespaces",
  podIP: "dev.wherry.pod-ip",
  image: "dev.wherry.image",
  /** Hash of the configuration of a helper: tells whether a running one is still the right one. */
  config: "dev.wherry.config",
  podName: "io.kubernetes.pod.name",
  podNamespace: "io.kubernetes.pod.namespace",
  podUid: "io.kubernetes.pod.uid",
  containerName: "io.kubernetes.container.name",
  restartCount: "io.kubernetes.container.restart-count",
  attempt: "io.kubernetes.sandbox.attempt",
} as const;

const annotationPrefix = "annotation.";
const own = new Set<string>(Object.values(label));

export type Labels = Record<string, string>;

export const annotationLabels = (annotations: Labels): Labels =>
  Object.fromEntries(Object.entries(annotations).map(([key, value]) => [annotationPrefix + key, value]));

export const podLabels = (metadata: SandboxMetadata): Labels => ({
  [label.podName]: metadata.name,
  [label.podNamespace]: metadata.namespace,
  [label.podUid]: metadata.uid,
});

/** The labels that the caller gave, apart from annotations and the adapter's own bookkeeping. */
export function userLabels(all: Labels): Labels {
  return Object.fromEntries(
    Object.entries(all).filter(([key]) => !key.startsWith(annotationPrefix) && (!own.has(key) || key.startsWith("io.kubernetes."))),
  );
}

export function userAnnotations(all: Labels): Labels {
  return Object.fromEntries(
    Object.entries(all)
      .filter(([key]) => key.startsWith(annotationPrefix))
      .map(([key, value]) => [key.slice(annotationPrefix.length), value]),
  );
}

/** Filter for the engine's list calls: objects with all these labels. */
export const labelFilter = (labels: Record<string, string | undefined>): { label: string[] } => ({
  label: Object.entries(labels)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${value}`),
});
