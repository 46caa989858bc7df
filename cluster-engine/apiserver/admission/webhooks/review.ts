import { randomUUID } from "node:crypto";
import type { KubeObject } from "../../../../shared/kubernetes/object.ts";
import { parseApiVersion } from "../../../../shared/kubernetes/object.ts";
import type { Status } from "../../../../shared/kubernetes/types.ts";
import { isObject } from "../../../api/json.ts";
import { StatusError } from "../../../api/statusError.ts";
import type { AdmissionAttributes } from "../types.ts";

/** What a webhook decided. https://kubernetes.io/docs/reference/config-api/apiserver-admission.v1/ */
export interface Decision {
  allowed: boolean;
  status?: Partial<Status>;
  /** JSON Patch. */
  patch?: unknown;
  warnings: string[];
}

const group = "admission.k8s.io";
const optionsKinds = { CREATE: "CreateOptions", UPDATE: "UpdateOptions", DELETE: "DeleteOptions", CONNECT: undefined } as const;

/** The question, as an AdmissionReview of the version. */
export function reviewOf(attributes: AdmissionAttributes, version: string): { apiVersion: string; kind: string; request: { uid: string } } {
  const { resource, kind, subresource, namespace, name, operation, user, object, oldObject, dryRun } = attributes;
  const requestKind = { group: resource.group, version: resource.version, kind };
  const sent = (object ?? oldObject)?.apiVersion;
  const sentVersion = sent && !subresourceKind(object ?? oldObject, kind) ? parseApiVersion(sent) : resource;
  const options = optionsKinds[operation];
  return {
    apiVersion: `${group}/${version}`,
    kind: "AdmissionReview",
    request: {
      uid: randomUUID(),
      kind: { group: sentVersion.group, version: sentVersion.version, kind },
      resource: { group: sentVersion.group, version: sentVersion.version, resource: resource.resource },
      ...(subresource ? { subResource: subresource, requestSubResource: subresource } : {}),
      requestKind,
      requestResource: resource,
      ...(name ? { name } : {}),
      ...(namespace ? { namespace } : {}),
      operation,
      userInfo: user,
      object: object ?? null,
      oldObject: oldObject ?? null,
      dryRun,
      options: options ? { kind: options, apiVersion: "meta.k8s.io/v1", ...(dryRun ? { dryRun: ["All"] } : {}) } : null,
    } as { uid: string },
  };
}

const subresourceKind = (object: KubeObject | undefined, kind: string): boolean => object !== undefined && object.kind !== kind;

/** Reads the answer. @throws Error for one that is no answer to the question */
export function decisionOf(answer: unknown, version: string, uid: string): Decision {
  const expected = `${group}/${version}, Kind=AdmissionReview`;
  const { apiVersion, kind, response } = isObject(answer) ? answer : {};
  if (apiVersion !== `${group}/${version}` || kind !== "AdmissionReview")
    throw new Error(`received invalid webhook response: expected webhook response of ${expected}, got ${text(apiVersion)}, Kind=${text(kind)}`);
  if (!isObject(response)) throw new Error("webhook response was absent");
  if (response["uid"] !== uid)
    throw new Error(`received invalid webhook response: expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(text(response["uid"]))}`);
  const { patch, patchType, status, warnings } = response;
  if (patch !== undefined && patch !== null && patchType !== "JSONPatch")
    throw new Error(`received invalid webhook response: webhook returned response.patch but not response.patchType`);
  return {
    allowed: response["allowed"] === true,
    ...(isObject(status) ? { status: status as Partial<Status> } : {}),
    ...(typeof patch === "string" && patch ? { patch: JSON.parse(Buffer.from(patch, "base64").toString()) as unknown } : {}),
    warnings: Array.isArray(warnings) ? warnings.map(String) : [],
  };
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** The refusal that a webhook gave. */
export function denial(webhook: string, status: Partial<Status> = {}): StatusError {
  const by = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const code = status.code && status.code >= 400 ? status.code : 400;
  const why = status.message || status.reason;
  const error = new StatusError(code, status.reason ?? "", why ? `${by}: ${why}` : `${by} without explanation`);
  if (status.details) error.status.details = status.details;
  return error;
}
