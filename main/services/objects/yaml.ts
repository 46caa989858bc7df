import { stringify, type Tags } from "yaml";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { trimObject } from "../watch/trimObject.ts";

/**
 * YAML 1.1 as Kubernetes reads it: `yes` is true and 0644 octal, but dates stay text, and `22:22` is no number in base
 * 60. Written so, text that would be read as something else is quoted.
 */
export const kubernetesYaml = {
  version: "1.1",
  merge: true,
  customTags: (tags: Tags): Tags =>
    tags.filter((tag) => typeof tag === "string" || (tag.tag !== "tag:yaml.org,2002:timestamp" && tag.format !== "TIME")),
} as const;

export const toYaml = (value: unknown): string => stringify(value, { ...kubernetesYaml, lineWidth: 0, aliasDuplicateObjects: false });

/** The object as a person reads it: its kind first, no managed fields, no values of Secrets. */
export function readableYaml(object: KubeObject): string {
  const { apiVersion, kind, metadata, ...rest } = trimObject(object) as KubeObject & { status?: unknown };
  return toYaml({ apiVersion, kind, metadata, ...rest });
}
