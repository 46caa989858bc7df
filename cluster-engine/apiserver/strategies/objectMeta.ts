import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from "../../../shared/kubernetes/types.ts";
import type { NameRule } from "./nameRules.ts";
import { dns1123Label, labelValueErrors, qualifiedName } from "../../api/names.ts";
import type { Problems } from "./problems.ts";

const standardFinalizers = ["kubernetes", "orphan", "foregroundDeletion"];
const annotationsLimit = 256 * 1024;

/** metadata of an object to be created; names are already generated. */
export function validateObjectMeta(meta: ObjectMeta, namespaced: boolean, rule: NameRule, path: string, problems: Problems): void {
  if (meta.generateName) problems.invalidEach(`${path}.generateName`, meta.generateName, rule(meta.generateName, true));
  if (!meta.name) problems.required(`${path}.name`, "name or generateName is required");
  else problems.invalidEach(`${path}.name`, meta.name, rule(meta.name, false));
  validateNamespace(meta, namespaced, path, problems);
  problems.nonNegative(`${path}.generation`, meta.generation);
  validateLabels(meta.labels, `${path}.labels`, problems);
  validateAnnotations(meta.annotations, `${path}.annotations`, problems);
  validateOwnerReferences(meta.ownerReferences, `${path}.ownerReferences`, problems);
  validateFinalizers(meta.finalizers, `${path}.finalizers`, problems);
  meta.finalizers?.forEach((finalizer, i) => {
    if (!finalizer.includes("/") && !standardFinalizers.includes(finalizer)) {
      problems.invalid(`${path}.finalizers[${i}]`, finalizer, "name is neither a standard finalizer name nor is it fully qualified");
    }
  });
  validateManagedFields(meta.managedFields, `${path}.managedFields`, problems);
}

/** metadata of an update. Kubernetes looks at it twice, for all kinds and for the one; its answers list each cause twice. */
export function validateUpdatedMetadata(object: KubeObject, old: KubeObject, problems: Problems): void {
  for (let i = 0; i < 2; i++) validateObjectMetaUpdate(object.metadata, old.metadata, "metadata", problems);
}

/** What may not change, and the form of the rest. */
function validateObjectMetaUpdate(meta: ObjectMeta, old: ObjectMeta, path: string, problems: Problems): void {
  if (old.deletionTimestamp) refuseNewFinalizers(meta.finalizers ?? [], old.finalizers ?? [], `${path}.finalizers`, problems);
  if (!meta.resourceVersion) problems.invalid(`${path}.resourceVersion`, meta.resourceVersion ?? "", "must be specified for an update");
  if ((meta.generation ?? 0) < (old.generation ?? 0)) problems.invalid(`${path}.generation`, meta.generation ?? 0, "must not be decremented");
  for (const field of ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] as const) {
    if (meta[field] !== old[field]) problems.invalid(`${path}.${field}`, meta[field] ?? null, "field is immutable");
  }
  validateLabels(meta.labels, `${path}.labels`, problems);
  validateAnnotations(meta.annotations, `${path}.annotations`, problems);
  validateOwnerReferences(meta.ownerReferences, `${path}.ownerReferences`, problems);
  validateManagedFields(meta.managedFields, `${path}.managedFields`, problems);
}

export function validateLabels(labels: Record<string, string> | undefined, path: string, problems: Problems): void {
  for (const key in labels) {
    problems.invalidEach(path, key, qualifiedName(key));
    problems.invalidEach(path, labels[key], labelValueErrors(labels[key]!));
  }
}

export function validateAnnotations(annotations: Record<string, string> | undefined, path: string, problems: Problems): void {
  let size = 0;
  for (const key in annotations) {
    problems.invalidEach(path, key, qualifiedName(key.toLowerCase()));
    size += Buffer.byteLength(key) + Buffer.byteLength(annotations[key]!);
  }
  if (size > annotationsLimit) problems.tooLong(path, annotationsLimit);
}

function validateNamespace(meta: ObjectMeta, namespaced: boolean, path: string, problems: Problems): void {
  if (!namespaced) {
    if (meta.namespace) problems.forbidden(`${path}.namespace`, "not allowed on this type");
  } else if (!meta.namespace) problems.required(`${path}.namespace`);
  else problems.invalidEach(`${path}.namespace`, meta.namespace, dns1123Label(meta.namespace));
}

function validateOwnerReferences(references: OwnerReference[] | undefined, path: string, problems: Problems): void {
  let controller = "";
  for (const reference of references ?? []) {
    validateOwnerReference(reference, path, problems);
    if (!reference.controller) continue;
    const name = `${reference.kind}/${reference.name}`;
    if (!controller) controller = name;
    else {
      problems.invalid(
        path,
        references,
        `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`,
      );
    }
  }
}

function validateOwnerReference(reference: OwnerReference, path: string, problems: Problems): void {
  if (!reference.apiVersion || reference.apiVersion.endsWith("/"))
    problems.invalid(`${path}.apiVersion`, reference.apiVersion, "version must not be empty");
  for (const field of ["kind", "name", "uid"] as const) {
    if (!reference[field]) problems.invalid(`${path}.${field}`, reference[field], "must not be empty");
  }
  if (reference.apiVersion === "v1" && reference.kind === "Event") {
    problems.invalid(path, reference, "/v1, Kind=Event is disallowed from being an owner");
  }
}

export function validateFinalizers(finalizers: string[] | undefined, path: string, problems: Problems): void {
  for (const finalizer of finalizers ?? []) problems.invalidEach(path, finalizer, qualifiedName(finalizer));
  if (finalizers?.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    problems.invalid(path, finalizers, "finalizer orphan and foregroundDeletion cannot be both set");
  }
}

function refuseNewFinalizers(now: string[], before: string[], path: string, problems: Problems): void {
  const added = now.filter((finalizer) => !before.includes(finalizer)).sort();
  if (added.length === 0) return;
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(", ");
  problems.forbidden(path, `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`);
}

function validateManagedFields(entries: ManagedFieldsEntry[] | undefined, path: string, problems: Problems): void {
  entries?.forEach((entry, i) => {
    const at = `${path}[${i}]`;
    if (entry.operation !== "Apply" && entry.operation !== "Update")
      problems.invalid(`${at}.operation`, entry.operation ?? "", "must be `Apply` or `Update`");
    if (entry.fieldsType && entry.fieldsType !== "FieldsV1") problems.invalid(`${at}.fieldsType`, entry.fieldsType, "must be `FieldsV1`");
    if ((entry.manager ?? "").length > 128) problems.tooLong(`${at}.manager`, 128);
  });
}

/** Raises metadata.generation by one. */
export function raiseGeneration(object: KubeObject, old: KubeObject): void {
  object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}
