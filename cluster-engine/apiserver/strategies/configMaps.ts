import type { ConfigMap } from "../../../shared/kubernetes/types.ts";
import { ConfigMaps } from "../../api/resources.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { configMapKey } from "../../api/names.ts";
import { subdomainName } from "./nameRules.ts";
import type { Problems } from "./problems.ts";
import { sameValue } from "./problems.ts";

const sizeLimit = 1024 * 1024;

export const configMaps = kindStrategy<ConfigMap>(ConfigMaps, {
  name: subdomainName,
  validate: validateConfigMap,
  validateUpdate(object, old, problems) {
    if (old.immutable) {
      if (!object.immutable) problems.forbidden("immutable", "field is immutable when `immutable` is set");
      for (const field of ["data", "binaryData"] as const) {
        if (!sameValue(object[field] ?? {}, old[field] ?? {})) problems.forbidden(field, "field is immutable when `immutable` is set");
      }
    }
    validateConfigMap(object, problems);
  },
});

function validateConfigMap(object: ConfigMap, problems: Problems): void {
  let size = 0;
  for (const [key, value] of Object.entries(object.data ?? {})) {
    problems.invalidEach(`data[${key}]`, key, configMapKey(key));
    if (object.binaryData && key in object.binaryData) problems.invalid(`data[${key}]`, key, "duplicate of key present in binaryData");
    size += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(object.binaryData ?? {})) {
    problems.invalidEach(`binaryData[${key}]`, key, configMapKey(key));
    size += Buffer.byteLength(value ?? "", "base64");
  }
  if (size > sizeLimit) problems.tooLong("[]", sizeLimit);
}
