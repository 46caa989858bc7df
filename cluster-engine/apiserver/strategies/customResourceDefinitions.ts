import type { CustomResourceDefinition } from "../../../shared/kubernetes/types.ts";
import { CustomResourceDefinitions } from "../../api/resources.ts";
import { validateDefinition } from "./definitionValidation.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";

export const customResourceDefinitions = kindStrategy<CustomResourceDefinition>(CustomResourceDefinitions, {
  name: subdomainName,
  status: true,
  generation: ["spec"],
  defaults(definition) {
    const { spec } = definition;
    spec.names.singular ||= spec.names.kind?.toLowerCase() ?? "";
    spec.names.listKind ||= spec.names.kind ? `${spec.names.kind}List` : "";
    spec.conversion ??= { strategy: "None" };
    spec.conversion.strategy ||= "None";
    const service = spec.conversion.webhook?.clientConfig?.service;
    if (service) service.port ??= 443;
  },
  prepareForCreate(definition) {
    const storage = definition.spec.versions?.find((version) => version.storage);
    definition.status = { storedVersions: storage ? [storage.name] : [] } as typeof definition.status;
  },
  prepareForUpdate(definition, old) {
    const stored = old.status?.storedVersions ?? [];
    const storage = definition.spec.versions.find((version) => version.storage)?.name;
    if (storage && !stored.includes(storage)) definition.status = { ...definition.status!, storedVersions: [...stored, storage] };
  },
  validate(definition, problems, old) {
    const { metadata, spec } = definition;
    if (!old && metadata.name !== `${spec.names.plural}.${spec.group}`)
      problems.invalid("metadata.name", metadata.name, 'must be spec.names.plural+"."+spec.group');
    validateDefinition(definition, problems, old);
  },
});
