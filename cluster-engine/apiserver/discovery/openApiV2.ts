import { allSchemas, type Schema } from "../../api/schemas.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import { builtInVersions, customDocument, openApiDocument } from "./openApi.ts";

interface Document {
  paths: Record<string, object>;
  components: { schemas: Record<string, object> };
}

/** The whole API, with these custom resources, as one Swagger 2.0 document. */
export function swaggerDocument(custom: ServedResource[]): object {
  const paths: Record<string, object> = {};
  for (const version of builtInVersions()) Object.assign(paths, (openApiDocument(version) as Document).paths);
  const added = customDocument(custom) as Document;
  Object.assign(paths, added.paths);
  const schemas = {
    ...allSchemas(),
    ...Object.fromEntries(Object.entries(added.components.schemas).map(([id, schema]) => [id, swaggerRoot(schema as Schema)])),
  };
  return {
    swagger: "2.0",
    info: { title: "Kubernetes", version: "v1.36.3" },
    paths: Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, swaggerPath(item as PathItem)])),
    definitions: JSON.parse(swaggerRefs(JSON.stringify(schemas))) as object,
  };
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema: object;
}

interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema?: object }> };
  responses: Record<string, { description: string; content?: Record<string, { schema?: object }> }>;
}

/** Keywords that Swagger 2.0 does not know. */
const newer = new Set(["oneOf", "anyOf", "not", "nullable", "x-kubernetes-validations"]);

/** What keeps unknown fields at its root is just an object: clients would complain of every field that is not named. */
function swaggerRoot(schema: Schema): object {
  const kinds = { "x-kubernetes-group-version-kind": schema["x-kubernetes-group-version-kind"] };
  return schema["x-kubernetes-preserve-unknown-fields"] ? { type: "object", ...kinds } : swaggerSchema(schema);
}

/** A schema of a custom resource as far as Swagger 2.0 can say it; what keeps unknown fields shows no fields at all. */
function swaggerSchema(schema: unknown): object {
  if (Array.isArray(schema)) return schema.map(swaggerSchema);
  if (typeof schema !== "object" || schema === null) return schema as unknown as object;
  const open = (schema as Record<string, unknown>)["x-kubernetes-preserve-unknown-fields"] === true;
  const kept = Object.entries(schema).filter(([key]) => !newer.has(key) && !(open && (key === "properties" || key === "items")));
  return Object.fromEntries(kept.map(([key, value]) => [key, key === "default" || key === "enum" ? value : swaggerSchema(value)]));
}

type PathItem = Record<string, Operation> & { parameters?: Parameter[] };

/** `$ref` of components become definitions; a single `allOf` around one is left out. */
const swaggerRefs = (text: string): string =>
  text.replaceAll("#/components/schemas/", "#/definitions/").replace(/"allOf":\[\{"\$ref":"([^"]+)"\}\]/g, '"$ref":"$1"');

function swaggerPath(item: PathItem): object {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(item)) {
    result[name] = name === "parameters" ? (value as unknown as Parameter[]).map(swaggerParameter) : swaggerOperation(value as Operation);
  }
  return result;
}

const swaggerParameter = ({ schema, ...parameter }: Parameter): object => ({ ...parameter, ...schema });

function swaggerOperation({ parameters = [], requestBody, responses, ...operation }: Operation): object {
  const types = Object.keys(requestBody?.content ?? {});
  const schema = types.length ? requestBody!.content[types[0]!]!.schema : undefined;
  const body = requestBody ? [{ name: "body", in: "body", required: true, ...(schema ? { schema } : {}) }] : [];
  const answers = Object.entries(responses).map(([code, { description, content }]) => [
    code,
    { description, ...(content ? { schema: Object.values(content)[0]!.schema } : {}) },
  ]);
  const converted = {
    ...operation,
    ...(types.length ? { consumes: types } : {}),
    parameters: [...body, ...parameters.map(swaggerParameter)],
    responses: Object.fromEntries(answers) as object,
  };
  return JSON.parse(swaggerRefs(JSON.stringify(converted))) as object;
}
