import type { FieldError } from "../../api/fieldError.ts";
import { invalid } from "../../api/validationErrors.ts";
import type { ApiCall } from "../request/apiCall.ts";

export type FieldValidation = "Strict" | "Warn" | "Ignore";

/** Query parameters of CREATE, UPDATE and PATCH. */
export interface WriteOptions {
  dryRun: boolean;
  fieldManager: string;
  fieldValidation: FieldValidation;
  force: boolean | undefined;
}

const longestManager = 128;
const validations = ["Ignore", "Warn", "Strict"];

/** @throws Invalid, with the name of the options' kind as Kubernetes has it. */
export function parseWriteOptions(call: ApiCall, kind: "CreateOptions" | "UpdateOptions" | "PatchOptions", patchType = ""): WriteOptions {
  const { query } = call;
  const dryRun = query.getAll("dryRun").filter(Boolean);
  const fieldManager = query.get("fieldManager") ?? "";
  const fieldValidation = query.get("fieldValidation") || "Warn";
  const force = query.has("force") ? query.get("force") !== "false" && query.get("force") !== "0" : undefined;
  const errors: FieldError[] = [];
  if (kind === "PatchOptions") errors.push(...patchProblems(patchType, force, fieldManager));
  errors.push(...managerProblems(fieldManager), ...dryRunProblems(dryRun));
  if (!validations.includes(fieldValidation))
    errors.push({ type: "NotSupported", field: "fieldValidation", value: fieldValidation, supported: ["", ...[...validations].sort()] });
  if (errors.length) throw invalid({ group: "meta.k8s.io", kind }, "", errors);
  return {
    dryRun: dryRun.length > 0,
    fieldManager: fieldManager || managerOf(call.userAgent),
    fieldValidation: fieldValidation as FieldValidation,
    force,
  };
}

function patchProblems(patchType: string, force: boolean | undefined, fieldManager: string): FieldError[] {
  if (patchType === "application/apply-patch+yaml")
    return fieldManager ? [] : [{ type: "Required", field: "fieldManager", detail: "is required for apply patch" }];
  return force === undefined ? [] : [{ type: "Forbidden", field: "force", detail: "may not be specified for non-apply patch" }];
}

function managerProblems(manager: string): FieldError[] {
  const errors: FieldError[] = [];
  if (manager.length > longestManager)
    errors.push({ type: "TooLong", field: "fieldManager", detail: `may not be more than ${longestManager} bytes` });
  // eslint-disable-next-line no-control-regex -- unprintable characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(manager))
    errors.push({ type: "Invalid", field: "fieldManager", value: manager, detail: "should only contain printable characters" });
  return errors;
}

export const dryRunProblems = (values: string[]): FieldError[] =>
  values.some((value) => value !== "All") ? [{ type: "NotSupported", field: "dryRun", value: values, supported: ["All"] }] : [];

/** The name a client gets in managedFields when it gives none: its User-Agent up to the first slash. */
export const managerOf = (userAgent: string): string => (userAgent.split("/")[0] || "unknown").slice(0, longestManager);
