import type { CustomResourceDefinition, JSONSchemaProps, ValidatingAdmissionPolicy } from "../../../shared/kubernetes/types.ts";
import { findResource } from "../../api/resourceTable.ts";
import { schemaOf, type GroupVersionKind } from "../../api/schemas.ts";

/** A kind that a policy is about, with the schema of its objects. */
export interface TypedKind extends GroupVersionKind {
  schema: JSONSchemaProps;
}

/** Policies about everything are checked against so many kinds at most. */
const maxKinds = 10;

/** The kinds that a policy's rules name; wildcards and subresources name none. Sorted. */
export function kindsOf({ spec }: ValidatingAdmissionPolicy, definitions: CustomResourceDefinition[]): TypedKind[] {
  const found = new Map<string, TypedKind>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of spec?.matchConstraints?.resourceRules ?? []) {
    if ([...apiGroups, ...apiVersions].some((text) => text.includes("*"))) continue;
    const named = resources.filter((resource) => !/[*/]/.test(resource)).sort();
    for (const group of [...apiGroups].sort())
      for (const version of [...apiVersions].sort())
        for (const resource of named) {
          const kind = kindOf(group, version, resource, definitions);
          if (kind && found.size < maxKinds) found.set(describe(kind), kind);
        }
  }
  return [...found.values()].sort((a, b) => (describe(a) < describe(b) ? -1 : 1));
}

function kindOf(group: string, version: string, resource: string, definitions: CustomResourceDefinition[]): TypedKind | undefined {
  const kind = findResource({ group, version, resource })?.kind;
  if (kind) return typed({ group, version, kind });
  const definition = definitions.find(({ spec }) => spec.group === group && spec.names.plural === resource);
  return definition && typedCustom(definition, version);
}

/** The kind of an apiVersion and kind, with its schema; undefined when nobody knows it. */
export function typedKind(apiVersion: string, kind: string, definitions: CustomResourceDefinition[]): TypedKind | undefined {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  const definition = definitions.find(({ spec }) => spec.group === group && spec.names.kind === kind);
  return definition ? typedCustom(definition, version) : typed({ group, version, kind });
}

function typed(kind: GroupVersionKind): TypedKind | undefined {
  const schema = schemaOf(kind) as JSONSchemaProps | undefined;
  return schema && { ...kind, schema };
}

/** Custom objects have what every object has besides what their schema says. */
function typedCustom({ spec }: CustomResourceDefinition, version: string): TypedKind | undefined {
  const schema = spec.versions.find(({ name }) => name === version)?.schema?.openAPIV3Schema;
  if (!schema) return undefined;
  const common = { apiVersion: { type: "string" }, kind: { type: "string" }, metadata: { "x-kubernetes-preserve-unknown-fields": true } };
  return { group: spec.group, version, kind: spec.names.kind, schema: { ...schema, properties: { ...schema.properties, ...common } } };
}

/** `apps/v1, Kind=Deployment` */
export const describe = ({ group, version, kind }: GroupVersionKind): string => `${group}/${version}, Kind=${kind}`;
