import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Strategy } from "../strategy.ts";
import { subdomainName } from "./nameRules.ts";
import { raiseGeneration, validateObjectMeta, validateUpdatedMetadata } from "./objectMeta.ts";
import { Problems, sameValue } from "./problems.ts";

type Fields = Record<string, unknown>;

const changed = (object: KubeObject, old: KubeObject, ignoreStatus: boolean): boolean => {
  const own = (value: KubeObject): Fields => {
    const { metadata: _metadata, status, ...rest } = value as KubeObject & { status?: unknown };
    return ignoreStatus ? rest : { ...rest, status };
  };
  return !sameValue(own(object), own(old));
};

/** The road of custom resources: everything that their schema does not say. `status`: the subresource is served. */
export function customStrategy(options: { namespaced: boolean; status: boolean; scale?: Strategy["scale"] }): Strategy {
  const check = (object: KubeObject, old: KubeObject) => {
    const problems = new Problems();
    validateUpdatedMetadata(object, old, problems);
    return problems.list;
  };
  const strategy: Strategy = {
    allowUnconditionalUpdate: false,
    prepareForCreate(object) {
      if (options.status) delete (object as unknown as Fields).status;
      object.metadata.generation = 1;
    },
    validate(object) {
      const problems = new Problems();
      validateObjectMeta(object.metadata, options.namespaced, subdomainName, "metadata", problems);
      return problems.list;
    },
    prepareForUpdate(object, old) {
      if (options.status) copyField(object, old, "status");
      object.metadata.generation = old.metadata.generation;
      if (changed(object, old, options.status)) raiseGeneration(object, old);
    },
    validateUpdate: check,
    ...(options.scale ? { scale: options.scale } : {}),
  };
  if (options.status) strategy.subresources = { status: { prepareForUpdate: keepAllButStatusField, validateUpdate: check } };
  return strategy;
}

function copyField(object: KubeObject, old: KubeObject, name: string): void {
  const value = (old as unknown as Fields)[name];
  if (value === undefined) delete (object as unknown as Fields)[name];
  else (object as unknown as Fields)[name] = value;
}

/** The status subresource of a custom resource changes status alone; of the metadata only managedFields. */
function keepAllButStatusField(object: KubeObject, old: KubeObject): void {
  for (const name of new Set([...Object.keys(object), ...Object.keys(old)])) {
    if (!["status", "metadata", "apiVersion", "kind"].includes(name)) copyField(object, old, name);
  }
  const { managedFields, resourceVersion } = object.metadata;
  object.metadata = { ...old.metadata, resourceVersion };
  if (managedFields) object.metadata.managedFields = managedFields;
  else delete object.metadata.managedFields;
}
