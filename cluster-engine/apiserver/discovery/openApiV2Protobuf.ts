import { ProtobufWriter } from "../../api/wire/protobufWriter.ts";

// The Swagger document in the encoding that kubectl and client-go read: openapi.v2.Document of gnostic-models
// (OpenAPIv2.proto). It carries what they use of it: the definitions; paths are left to JSON and to OpenAPI v3.

export const openApiV2Protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

interface Schema {
  $ref?: string;
  format?: string;
  description?: string;
  type?: string | string[];
  required?: string[];
  enum?: unknown[];
  default?: unknown;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  allOf?: Schema[];
  properties?: Record<string, Schema>;
}

interface Swagger {
  swagger: string;
  info: { title: string; version: string };
  definitions: Record<string, Schema>;
}

export function encodeSwagger({ swagger, info, definitions }: Swagger): Uint8Array {
  const document = new ProtobufWriter();
  document.string(1, swagger);
  document.bytes(
    2,
    message((writer) => (writer.string(1, info.title), writer.string(2, info.version))),
  );
  document.bytes(8, new Uint8Array());
  document.bytes(9, named(definitions));
  return document.finish();
}

function message(write: (writer: ProtobufWriter) => void): Uint8Array {
  const writer = new ProtobufWriter();
  write(writer);
  return writer.finish();
}

/** Definitions and Properties: repeated name and schema. */
const named = (schemas: Record<string, Schema>): Uint8Array =>
  message((writer) => {
    for (const [name, schema] of Object.entries(schemas))
      writer.bytes(
        1,
        message((entry) => (entry.string(1, name), entry.bytes(2, encodeSchema(schema)))),
      );
  });

/** Any: its JSON, which is YAML. */
const any = (value: unknown): Uint8Array => message((writer) => writer.string(2, JSON.stringify(value)));

function encodeSchema(schema: Schema): Uint8Array {
  const {
    $ref,
    format,
    description,
    type,
    required = [],
    enum: values = [],
    default: fallback,
    additionalProperties,
    items,
    allOf = [],
    properties,
  } = schema;
  return message((writer) => {
    if ($ref) writer.string(1, $ref);
    if (format) writer.string(2, format);
    if (description) writer.string(4, description);
    if (fallback !== undefined) writer.bytes(5, any(fallback));
    for (const name of required) writer.string(19, name);
    for (const value of values) writer.bytes(20, any(value));
    if (typeof additionalProperties === "boolean")
      writer.bytes(
        21,
        message((item) => item.varint(2, additionalProperties ? 1 : 0)),
      );
    else if (additionalProperties)
      writer.bytes(
        21,
        message((item) => item.bytes(1, encodeSchema(additionalProperties))),
      );
    if (type)
      writer.bytes(
        22,
        message((item) => [type].flat().forEach((name) => item.string(1, name))),
      );
    if (items)
      writer.bytes(
        23,
        message((item) => item.bytes(1, encodeSchema(items))),
      );
    for (const part of allOf) writer.bytes(24, encodeSchema(part));
    if (properties) writer.bytes(25, named(properties));
    for (const [name, value] of Object.entries(schema))
      if (name.startsWith("x-"))
        writer.bytes(
          31,
          message((item) => (item.string(1, name), item.bytes(2, any(value)))),
        );
  });
}
