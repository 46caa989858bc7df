import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from "../../../shared/kubernetes/types.ts";
import { deepClone, type JsonObject } from "../../api/json.ts";
import type { Schema } from "../../api/schemas.ts";
import { validateRules } from "../cel/rules.ts";
import type { ResourceRegistry } from "../registry/resourceRegistry.ts";
import type { Conversion, ServedResource, ServedSubresource } from "../registry/servedResource.ts";
import { customStrategy } from "../strategies/customResources.ts";
import type { Strategy } from "../strategy.ts";
import { applyDefaults, hasDefaults } from "./defaults.ts";
import { validateSchema } from "./schemaValidation.ts";

const verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

/** The resources that a definition brings, one per served version. */
export function servedVersions(definition: CustomResourceDefinition, registry: ResourceRegistry): ServedResource[] {
  return definition.spec.versions.filter((version) => version.served).map((version) => serve(definition, version, registry));
}

function serve(definition: CustomResourceDefinition, version: CustomResourceDefinitionVersion, registry: ResourceRegistry): ServedResource {
  const { group, scope, versions } = definition.spec;
  const names = definition.status?.acceptedNames ?? definition.spec.names;
  const type = { group, resource: names.plural, kind: names.kind, namespaced: scope === "Namespaced" };
  const schema = schemaOf(version);
  const { scale } = version.subresources ?? {};
  const conversion = conversionOf(definition, version);
  return {
    ...type,
    version: version.name,
    singular: names.singular ?? "",
    listKind: names.listKind ?? `${names.kind}List`,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs,
    subresources: subresourcesOf(version, type),
    storage: { ...type, version: versions.find((one) => one.storage)!.name },
    cache: registry.cacheOf(type),
    strategy: strategyOf(version, schema, type.namespaced),
    ...(conversion ? { conversion } : {}),
    custom: {
      definition,
      schema,
      storedSchema: schemaOf(versions.find((one) => one.storage)!),
      columns: version.additionalPrinterColumns ?? [],
      selectableFields: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, "")),
      ...(scale ? { scale } : {}),
    },
  };
}

/** The version's schema; without one every field is kept. */
const schemaOf = ({ schema }: CustomResourceDefinitionVersion): Schema =>
  (schema?.openAPIV3Schema as Schema | undefined) ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true };

function subresourcesOf(
  { subresources }: CustomResourceDefinitionVersion,
  { group, kind }: { group: string; kind: string },
): Map<string, ServedSubresource> {
  const found = new Map<string, ServedSubresource>();
  const changing = ["get", "patch", "update"];
  if (subresources?.status) found.set("status", { name: "status", group, version: "", kind, verbs: changing });
  if (subresources?.scale) found.set("scale", { name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs: changing });
  return found;
}

function strategyOf(version: CustomResourceDefinitionVersion, schema: Schema, namespaced: boolean): Strategy {
  const base = customStrategy({ namespaced, status: Boolean(version.subresources?.status) });
  const check = (object: KubeObject, old?: KubeObject) => {
    const { metadata: _, apiVersion: __, kind: ___, ...fields } = object as unknown as JsonObject;
    const { properties = {}, required } = schema;
    const { metadata: ____, apiVersion: _____, kind: ______, ...own } = properties;
    const problems = validateSchema(
      fields,
      { ...schema, properties: own, required: required?.filter((name) => !["metadata", "apiVersion", "kind"].includes(name)) },
      "",
    );
    return [...problems, ...validateRules(schema, object, old, problems)];
  };
  const status = base.subresources?.status;
  return {
    ...base,
    setDefaults: (object) => applyDefaults(object, schema),
    validate: async (object, context) => [...((await base.validate?.(object, context)) ?? []), ...check(object)],
    validateUpdate: async (object, old, context) => [...((await base.validateUpdate?.(object, old, context)) ?? []), ...check(object, old)],
    ...(status
      ? {
          subresources: {
            status: {
              ...status,
              validateUpdate: (object, old, context) => [...(status.validateUpdate?.(object, old, context) ?? []), ...check(object, old)],
            },
          },
        }
      : {}),
  };
}

/** Versions differ in their name alone (strategy None); defaults that came later show on read. */
function conversionOf({ spec }: CustomResourceDefinition, version: CustomResourceDefinitionVersion): Conversion | undefined {
  const storage = spec.versions.find((one) => one.storage)!;
  const schema = schemaOf(storage);
  const withDefaults = hasDefaults(schema);
  if (spec.versions.length === 1 && !withDefaults) return undefined;
  const renamed = (object: KubeObject, name: string): KubeObject => ({ ...object, apiVersion: `${spec.group}/${name}` });
  return {
    toServed(object) {
      const result = deepClone(renamed(object, version.name));
      if (withDefaults) applyDefaults(result, schema);
      return result;
    },
    toStored: (object) => renamed(object, storage.name),
  };
}
