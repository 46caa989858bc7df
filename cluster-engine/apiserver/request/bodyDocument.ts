import { isTooDeep, maxDepth } from "../../api/depth.ts";
import { duplicateFields } from "../../api/duplicateFields.ts";
import type { RequestBody } from "./apiCall.ts";
import { badRequest, unsupportedMediaType } from "./statusErrors.ts";

export const mediaTypes = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

/** A body as a JSON value. Duplicate fields keep their last value; their paths are told. */
export interface BodyDocument {
  value: unknown;
  duplicates: string[];
}

/**
 * Reads a body in JSON, YAML or protobuf. `kind` is what is expected, for the message about what is no object.
 * @throws UnsupportedMediaType, BadRequest with the texts of k8s.io/apimachinery's serializers
 */
export async function bodyDocument(body: RequestBody, kind: string): Promise<BodyDocument> {
  if ("object" in body) return { value: body.object, duplicates: [] };
  const type = mediaTypeOf(body.contentType) || "application/json";
  switch (type) {
    case "application/json":
      return fromJson(Buffer.from(body.bytes), kind);
    case "application/yaml":
    case "application/x-yaml":
      return fromYaml(Buffer.from(body.bytes), kind);
    case "application/vnd.kubernetes.protobuf":
      return { value: await fromProtobuf(body.bytes, kind), duplicates: [] };
    default:
      throw unsupportedMediaType(mediaTypes);
  }
}

let protobufModule: Promise<typeof import("../../api/protobuf.ts")> | undefined;

/** The codec, loaded when it is first needed. */
export const protobuf = () => (protobufModule ??= import("../../api/protobuf.ts"));

export const mediaTypeOf = (contentType: string): string => contentType.split(";")[0]!.trim().toLowerCase();

function fromJson(bytes: Buffer, kind: string): BodyDocument {
  const text = bytes.toString("utf8");
  const unrecognized = (problem: string) =>
    badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${problem} (${shownBytes(bytes)})`,
    );
  if (text.trim() === "") throw unrecognized("unexpected end of JSON input");
  if (isTooDeep(bytes)) throw unrecognized(`exceeded max depth of ${maxDepth}`);
  const value = parse(text, unrecognized);
  if (value === null) return { value: {}, duplicates: [] };
  const found = goKind(value);
  if (found !== "object")
    throw unrecognized(
      `json: cannot unmarshal ${found} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  const wrongType = typeMetaProblem(value as object);
  if (wrongType) throw unrecognized(wrongType);
  return { value, duplicates: duplicateFields(text) };
}

function parse(text: string, unrecognized: (problem: string) => Error): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw unrecognized(goSyntaxError(text, error as Error));
  }
}

/** What Go's decoder says about the same bad text. */
function goSyntaxError(text: string, error: Error): string {
  const found = /^Unexpected token '?(.+?)'?, |^Unexpected token (.) in JSON|^Unexpected token (\S+)/.exec(error.message);
  if (/Unexpected end|Unterminated/.test(error.message)) return "unexpected end of JSON input";
  const character = found?.[1] ?? found?.[2] ?? found?.[3] ?? text[0] ?? "";
  return `invalid character '${character}' looking for beginning of value`;
}

/** What Go's decoder says of an apiVersion or kind that is no text. */
export function typeMetaProblem(document: object): string | undefined {
  for (const [field, value] of Object.entries(document))
    if ((field === "apiVersion" || field === "kind") && value !== null && typeof value !== "string")
      return `json: cannot unmarshal ${goKind(value)} into Go struct field .${field} of type string`;
  return undefined;
}

async function fromYaml(bytes: Buffer, kind: string): Promise<BodyDocument> {
  const { parseYaml } = await import("./yaml.ts");
  const { value, duplicates } = parseYaml(bytes.toString("utf8"));
  if (value === null || value === undefined) return { value: {}, duplicates: [] };
  if (typeof value !== "object" || Array.isArray(value))
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; yaml is no object`);
  const wrongType = typeMetaProblem(value);
  if (wrongType) throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${wrongType}`);
  return { value, duplicates };
}

async function fromProtobuf(bytes: Uint8Array, kind: string): Promise<unknown> {
  const { decodeProtobuf, ProtobufError } = await protobuf();
  try {
    return decodeProtobuf(bytes);
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): ${error.message}`);
  }
}

/** The start of a body in hexadecimal, as Kubernetes shows what it could not read. */
function shownBytes(bytes: Buffer): string {
  if (bytes.length === 0) return "<empty>";
  const shown = bytes.subarray(0, 1024).toString("hex");
  return bytes.length > 1024 ? `${shown} ...` : shown;
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}
