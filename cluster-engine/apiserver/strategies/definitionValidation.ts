import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
} from "../../../shared/kubernetes/types.ts";
import { dns1035Label, dns1123Subdomain } from "../../api/names.ts";
import { validateChoice } from "./containers.ts";
import { validateDefinitionSchema } from "./definitionSchemas.ts";
import type { Problems } from "./problems.ts";
import { sameValue } from "./problems.ts";

const columnTypes = ["boolean", "date", "integer", "number", "string"];
const columnFormats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];
const approvalAnnotation = "api-approved.kubernetes.io";
const reviewVersions = ["v1", "v1beta1"];

type Spec = CustomResourceDefinition["spec"];

export function validateDefinition(definition: CustomResourceDefinition, problems: Problems, old: CustomResourceDefinition | undefined): void {
  const { spec, status } = definition;
  validateSpec(spec, problems);
  if (old) validateImmutable(definition, old, problems);
  validateStoredVersions(status?.storedVersions ?? [], spec.versions ?? [], problems);
  if (!old) validateApproval(definition, problems);
  if (spec.preserveUnknownFields && !old?.spec.preserveUnknownFields) {
    problems.invalid(
      "spec.preserveUnknownFields",
      true,
      "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
    );
  }
}

/** True when all versions say the same: Kubernetes then speaks of the field at the top of the spec. */
const isShared = (versions: CustomResourceDefinitionVersion[], field: "schema" | "subresources" | "additionalPrinterColumns"): boolean =>
  versions.every((version) => sameValue(version[field], versions[0]?.[field]));

function validateSpec(spec: Spec, problems: Problems): void {
  const versions = spec.versions ?? [];
  if (!spec.group) problems.required("spec.group");
  else if (dns1123Subdomain(spec.group).length > 0) problems.invalid("spec.group", spec.group, dns1123Subdomain(spec.group).join(","));
  else if (!spec.group.includes(".")) problems.invalid("spec.group", spec.group, "should be a domain with at least one dot");
  validateChoice(spec.scope, ["Cluster", "Namespaced"], "spec.scope", problems);
  versions.forEach((version, i) => {
    if (!version.schema?.openAPIV3Schema) problems.required(`spec.versions[${i}].schema.openAPIV3Schema`);
  });
  const shared = {
    schema: isShared(versions, "schema"),
    subresources: isShared(versions, "subresources"),
    columns: isShared(versions, "additionalPrinterColumns"),
  };
  versions.forEach((version, i) => {
    const path = `spec.versions[${i}]`;
    const messages = dns1035Label(version.name);
    if (messages.length > 0) problems.invalid(`${path}.name`, version.name, messages.join(","));
    validateDeprecation(version, path, problems);
    if (!shared.schema && version.schema?.openAPIV3Schema)
      validateDefinitionSchema(version.schema.openAPIV3Schema, `${path}.schema.openAPIV3Schema`, problems);
    if (!shared.subresources) validateSubresources(version.subresources, `${path}.subresources`, problems);
    if (!shared.columns) validateColumns(version.additionalPrinterColumns, path, problems);
  });
  validateVersionList(versions, problems);
  validateNames(spec, problems);
  const first = versions[0];
  if (shared.schema && first?.schema?.openAPIV3Schema)
    validateDefinitionSchema(first.schema.openAPIV3Schema, "spec.validation.openAPIV3Schema", problems);
  if (shared.subresources) validateSubresources(first?.subresources, "spec.subresources", problems);
  if (shared.columns) validateColumns(first?.additionalPrinterColumns, "spec", problems);
  validateConversion(spec, problems);
}

function validateDeprecation({ deprecated, deprecationWarning: warning }: CustomResourceDefinitionVersion, path: string, problems: Problems): void {
  if (warning === undefined) return;
  const field = `${path}.deprecationWarning`;
  if (!deprecated) problems.invalid(field, warning, "can only be set for deprecated versions");
  else if (warning.length > 256) problems.invalid(field, warning, "must be <= 256 characters long");
  else if (warning.length === 0) problems.invalid(field, warning, "must not be an empty string");
}

function validateVersionList(versions: CustomResourceDefinitionVersion[], problems: Problems): void {
  if (new Set(versions.map((version) => version.name)).size < versions.length)
    problems.invalid("spec.versions", internalForm(versions), "must contain unique version names");
  if (versions.filter((version) => version.storage).length !== 1)
    problems.invalid("spec.versions", internalForm(versions), "must have exactly one version marked as storage version");
  const name = versions[0]?.name ?? "";
  const messages = name ? dns1035Label(name) : [];
  if (messages.length > 0) problems.invalid("spec.version", name, messages.join(","));
}

/** How Kubernetes prints versions in its messages; what they share it holds elsewhere. */
const internalForm = (versions: CustomResourceDefinitionVersion[]): unknown =>
  versions.map((version) => ({
    Name: version.name,
    Served: version.served,
    Storage: version.storage,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: isShared(versions, "schema") ? null : (version.schema ?? null),
    Subresources: isShared(versions, "subresources") ? null : (version.subresources ?? null),
    AdditionalPrinterColumns: isShared(versions, "additionalPrinterColumns") ? null : (version.additionalPrinterColumns ?? null),
    SelectableFields: null,
  }));

function validateNames({ names }: Spec, problems: Problems): void {
  for (const field of ["plural", "singular", "kind", "listKind"] as const) if (!names[field]) problems.required(`spec.names.${field}`);
  const check = (field: string, value: string | undefined, prefix = ""): void => {
    const messages = value ? dns1035Label(prefix ? value.toLowerCase() : value) : [];
    if (messages.length > 0) problems.invalid(`spec.names.${field}`, value, prefix + messages.join(","));
  };
  const mixed = "may have mixed case, but should otherwise match: ";
  check("plural", names.plural);
  check("singular", names.singular);
  check("kind", names.kind, mixed);
  check("listKind", names.listKind, mixed);
  names.shortNames?.forEach((name, i) => check(`shortNames[${i}]`, name));
  if (names.kind && names.kind === names.listKind) problems.invalid("spec.names.listKind", names.listKind, "kind and listKind may not be the same");
  names.categories?.forEach((name, i) => check(`categories[${i}]`, name));
}

function validateSimplePath(path: string, field: string, problems: Problems): boolean {
  if (path.startsWith(".")) return true;
  problems.invalid(field, path, "must be a simple json path starting with .");
  return false;
}

function validateSubresources(subresources: CustomResourceSubresources | undefined, path: string, problems: Problems): void {
  const scale = subresources?.scale;
  if (!scale) return;
  for (const [field, root] of [
    ["specReplicasPath", ".spec"],
    ["statusReplicasPath", ".status"],
  ] as const) {
    const at = `${path}.scale.${field}`;
    if (!scale[field]) problems.required(at);
    else if (validateSimplePath(scale[field], at, problems) && !scale[field].startsWith(`${root}.`))
      problems.invalid(at, scale[field], `should be a json path under ${root}`);
  }
  const label = scale.labelSelectorPath;
  const at = `${path}.scale.labelSelectorPath`;
  if (label && validateSimplePath(label, at, problems) && !/^\.(spec|status)\./.test(label))
    problems.invalid(at, label, "should be a json path under either .spec or .status");
}

function validateColumns(columns: CustomResourceColumnDefinition[] | undefined, path: string, problems: Problems): void {
  columns?.forEach(({ name, type, format, jsonPath }, i) => {
    const at = `${path}.additionalPrinterColumns[${i}]`;
    if (!name) problems.required(`${at}.name`);
    if (!type) problems.required(`${at}.type`, `must be one of ${columnTypes.join(",")}`);
    else if (!columnTypes.includes(type)) problems.invalid(`${at}.type`, type, `must be one of ${columnTypes.join(",")}`);
    if (format && !columnFormats.includes(format)) problems.invalid(`${at}.format`, format, `must be one of ${columnFormats.join(",")}`);
    if (!jsonPath) problems.required(`${at}.JSONPath`);
    else validateSimplePath(jsonPath, `${at}.JSONPath`, problems);
  });
}

function validateConversion({ conversion }: Spec, problems: Problems): void {
  if (!conversion) return;
  validateChoice(conversion.strategy, ["None", "Webhook"], "spec.conversion.strategy", problems);
  const client = conversion.webhook?.clientConfig;
  const versions = conversion.webhook?.conversionReviewVersions ?? [];
  const path = "spec.conversion";
  if (conversion.strategy !== "Webhook") {
    if (client) problems.forbidden(`${path}.webhookClientConfig`, "should not be set when strategy is not set to Webhook");
    if (versions.length > 0) problems.forbidden(`${path}.conversionReviewVersions`, "should not be set when strategy is not set to Webhook");
    return;
  }
  if (!client) problems.required(`${path}.webhookClientConfig`, "required when strategy is set to Webhook");
  else if ((client.url === undefined) === !client.service)
    problems.required(`${path}.webhookClientConfig`, "exactly one of url or service is required");
  if (versions.length === 0) problems.required(`${path}.conversionReviewVersions`);
  else if (!versions.some((version) => reviewVersions.includes(version)))
    problems.invalid(`${path}.conversionReviewVersions`, versions, `must include at least one of ${reviewVersions.join(", ")}`);
}

function validateImmutable(definition: CustomResourceDefinition, old: CustomResourceDefinition, problems: Problems): void {
  const { spec } = definition;
  const established = old.status?.conditions?.some((condition) => condition.type === "Established" && condition.status === "True");
  if (established) {
    problems.immutable("spec.scope", spec.scope, old.spec.scope);
    problems.immutable("spec.names.kind", spec.names.kind, old.spec.names.kind);
  }
  problems.immutable("spec.group", spec.group, old.spec.group);
  problems.immutable("spec.names.plural", spec.names.plural, old.spec.names.plural);
}

function validateStoredVersions(stored: string[], versions: CustomResourceDefinitionVersion[], problems: Problems): void {
  const field = "status.storedVersions";
  if (stored.length === 0) return problems.invalid(field, null, "must have at least one stored version");
  for (const version of versions)
    if (version.storage && !stored.includes(version.name)) problems.invalid(field, stored, `must have the storage version ${version.name}`);
  stored.forEach((name, i) => {
    if (versions.some((version) => version.name === name)) return;
    problems.invalid(
      `${field}[${i}]`,
      name,
      `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
    );
  });
}

/** Groups of the Kubernetes project need a link to their approval. */
function validateApproval({ metadata, spec }: CustomResourceDefinition, problems: Problems): void {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(spec.group)) return;
  const approval = metadata.annotations?.[approvalAnnotation];
  const field = `metadata.annotations[${approvalAnnotation}]`;
  if (!approval)
    return problems.required(
      field,
      `protected groups must have approval annotation ${JSON.stringify(approvalAnnotation)}, see https://github.com/kubernetes/enhancements/pull/1111`,
    );
  if (approval.startsWith("unapproved") || /^https?:\/\/[^/]+/.test(approval)) return;
  problems.invalid(
    field,
    approval,
    `protected groups must have approval annotation ${JSON.stringify(approvalAnnotation)} with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111`,
  );
}
