import type { DeleteOptions } from "../../../shared/kubernetes/types.ts";
import type { FieldError } from "../../api/fieldError.ts";
import { schemaById } from "../../api/schemas.ts";
import { invalid } from "../../api/validationErrors.ts";
import { decodeDocument } from "../registry/decodeObject.ts";
import { dryRunProblems } from "../registry/writeOptions.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { bodyDocument } from "../request/bodyDocument.ts";
import { badRequest } from "../request/statusErrors.ts";
import { booleanParameter, integerParameter } from "./queryOptions.ts";

const policies = ["Foreground", "Background", "Orphan"];
const known = new Set(["v1", "meta.k8s.io/v1"]);

/** From the body, or from the query when there is none. @throws BadRequest, Invalid */
export async function parseDeleteOptions(call: ApiCall): Promise<DeleteOptions> {
  const body = await call.body();
  const empty = "object" in body ? body.object === undefined : body.bytes.length === 0;
  const options = empty ? fromQuery(call.query) : await fromBody(call);
  if (options.dryRun?.length === 0) delete options.dryRun;
  const errors = problems(options);
  if (errors.length) throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", errors);
  return options;
}

async function fromBody(call: ApiCall): Promise<DeleteOptions> {
  const document = await bodyDocument(await call.body(), "DeleteOptions");
  const { kind = "DeleteOptions", apiVersion = "v1" } = document.value as { kind?: string; apiVersion?: string };
  if (kind !== "DeleteOptions" || (!known.has(apiVersion) && !apiVersion.includes("/"))) {
    throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`);
  }
  const value = { ...(document.value as object), kind: "DeleteOptions", apiVersion: "v1" };
  const schema = schemaById("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions")!;
  return decodeDocument(
    call,
    { ...document, value },
    { kind: { group: "", version: "v1", kind: "DeleteOptions" }, schema, mode: "Ignore" },
  ) as DeleteOptions;
}

function fromQuery(query: URLSearchParams): DeleteOptions {
  const options: DeleteOptions = {};
  const grace = integerParameter(query, "gracePeriodSeconds");
  const orphan = booleanParameter(query, "orphanDependents");
  const policy = query.get("propagationPolicy");
  const dryRun = query.getAll("dryRun").filter(Boolean);
  if (grace !== undefined) options.gracePeriodSeconds = grace;
  if (orphan !== undefined) options.orphanDependents = orphan;
  if (policy) options.propagationPolicy = policy;
  if (dryRun.length) options.dryRun = dryRun;
  return options;
}

function problems({ orphanDependents, propagationPolicy, dryRun = [] }: DeleteOptions): FieldError[] {
  const errors: FieldError[] = [];
  if (orphanDependents !== undefined && propagationPolicy !== undefined) {
    errors.push({
      type: "Invalid",
      field: "propagationPolicy",
      value: propagationPolicy,
      detail: "orphanDependents and deletionPropagation cannot be both set",
    });
  }
  if (propagationPolicy !== undefined && !policies.includes(propagationPolicy)) {
    errors.push({ type: "NotSupported", field: "propagationPolicy", value: propagationPolicy, supported: [...policies, "nil"] });
  }
  return [...errors, ...dryRunProblems(dryRun)];
}
