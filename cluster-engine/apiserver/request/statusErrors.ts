import type { StatusCause } from "../../../shared/kubernetes/types.ts";
import { StoreFullError } from "../../store/types.ts";
import { StatusError } from "../../api/statusError.ts";

// The answers of k8s.io/apimachinery/pkg/api/errors, by the names they have there.

interface GroupResource {
  group: string;
  resource: string;
}

export const qualified = ({ group, resource }: GroupResource): string => (group ? `${resource}.${group}` : resource);

const detailsOf = ({ group, resource }: GroupResource, name: string) => ({ ...(name ? { name } : {}), ...(group ? { group } : {}), kind: resource });

export const badRequest = (message: string): StatusError => new StatusError(400, "BadRequest", message);

export const notFound = (type: GroupResource, name: string): StatusError =>
  new StatusError(404, "NotFound", `${qualified(type)} "${name}" not found`, detailsOf(type, name));

export const alreadyExists = (type: GroupResource, name: string): StatusError =>
  new StatusError(409, "AlreadyExists", `${qualified(type)} "${name}" already exists`, detailsOf(type, name));

export const conflict = (type: GroupResource, name: string, problem: string): StatusError =>
  new StatusError(409, "Conflict", `Operation cannot be fulfilled on ${qualified(type)} "${name}": ${problem}`, detailsOf(type, name));

export const modified = (type: GroupResource, name: string): StatusError =>
  conflict(type, name, "the object has been modified; please apply your changes to the latest version and try again");

export function forbidden(type: GroupResource, name: string, problem: string): StatusError {
  const subject = type.resource ? `${qualified(type)} ${name ? `"${name}" ` : ""}is forbidden` : "forbidden";
  return new StatusError(403, "Forbidden", `${subject}: ${problem}`, type.resource ? detailsOf(type, name) : {});
}

export const unauthorized = (): StatusError => new StatusError(401, "Unauthorized", "Unauthorized");

/** No such resource or subresource. */
export const unknownResource = (): StatusError => new StatusError(404, "NotFound", "the server could not find the requested resource", {});

export const methodNotAllowed = (): StatusError =>
  new StatusError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});

export const methodNotSupported = (type: GroupResource, action: string): StatusError =>
  new StatusError(405, "MethodNotAllowed", `${action} is not supported on resources of kind "${qualified(type)}"`, detailsOf(type, ""));

export const unsupportedMediaType = (accepted: string[]): StatusError =>
  new StatusError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );

export const notAcceptable = (offered: string[]): StatusError =>
  new StatusError(406, "NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${offered.join(", ")}`, {});

/** `type` is Go's name of it. */
export const notInProtobuf = (type: string): StatusError =>
  new StatusError(
    406,
    "NotAcceptable",
    `object ${type} does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message`,
    {},
  );

export const tooLarge = (limit: number): StatusError => new StatusError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limit}`);

export const expired = (message: string, metadata: { continue?: string } = {}): StatusError => {
  const error = new StatusError(410, "Expired", message);
  Object.assign(error.status.metadata ?? {}, metadata);
  return error;
};

export const tooManyRequests = (message: string, retryAfterSeconds: number, causes?: StatusCause[]): StatusError =>
  new StatusError(
    429,
    "TooManyRequests",
    message,
    causes ? { causes } : { retryAfterSeconds },
    retryAfterSeconds ? { "retry-after": String(retryAfterSeconds) } : {},
  );

export const tooLargeResourceVersion = (wanted: number, current: number): StatusError =>
  new StatusError(504, "Timeout", `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });

export const serviceUnavailable = (message: string): StatusError => new StatusError(503, "ServiceUnavailable", message);

/** An error inside the server: no reason, as Kubernetes answers for errors that are no API errors. */
export const unspecified = (message: string): StatusError => new StatusError(500, "", message);

export const internalError = (message: string): StatusError =>
  new StatusError(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] });

/** Any failure as an answer. */
export function statusOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof StoreFullError) return internalError(error.message);
  return unspecified(error instanceof Error ? error.message : String(error));
}
