import type { Definition } from "../../../shared/definitions.ts";
import type { CustomResourceDefinition } from "../../../shared/kubernetes/types.ts";

/** Conditions that are well when they are false. */
const badWhenTrue = new Set(["NonStructuralSchema", "Terminating"]);

/** A CRD as the window lists it. */
export function definitionOf({ metadata, spec, status }: CustomResourceDefinition): Definition {
  const { group, names, scope, versions } = spec;
  const stored = new Set(status?.storedVersions);
  const served = preferredVersion(versions.filter((version) => version.served).map(({ name }) => name));
  return {
    name: metadata.name,
    group,
    kind: names.kind,
    plural: names.plural,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === "Namespaced",
    versions: versions.map((version) => ({
      name: version.name,
      served: version.served,
      storage: version.storage,
      stored: stored.has(version.name),
      ...(version.deprecated ? { deprecated: version.deprecationWarning ?? "" } : {}),
    })),
    conditions: (status?.conditions ?? []).map(({ type, status: state, reason = "", message = "" }) => ({
      type,
      status: state,
      reason,
      message,
      good: (state === "True") !== badWhenTrue.has(type),
    })),
    ...(served ? { instances: { group, version: served, resource: names.plural } } : {}),
  };
}

/** As discovery ranks them: v2 before v1, v1 before v1beta2, v1beta2 before v1alpha1, other names last, by the alphabet. */
export function preferredVersion(versions: readonly string[]): string | undefined {
  return versions.toSorted((a, b) => compareVersions(rankOf(a), rankOf(b)) || (a < b ? -1 : 1))[0];
}

const stages = ["alpha", "beta", ""];

function rankOf(version: string): [stage: number, major: number, minor: number] {
  const match = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version);
  return match ? [stages.indexOf(match[2] ?? ""), Number(match[1]), Number(match[3] ?? 0)] : [-1, 0, 0];
}

const compareVersions = (a: readonly number[], b: readonly number[]): number => {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : b[at]! - a[at]!;
};
