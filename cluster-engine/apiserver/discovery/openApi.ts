import paths from "../../api/data/paths.json" with { type: "json" };
import { allSchemas, type Schema } from "../../api/schemas.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import { described, metadataDescription } from "./descriptions.ts";

// OpenAPI 3.0 documents, one per group and version, from the recorded paths and schemas. Loaded when first asked for.

interface RecordedOperation {
  action?: string;
  kind?: { group: string; version: string; kind: string };
  query?: string[];
  body?: string[];
  schema?: string[];
  responses?: Record<string, string | null>;
}

const recorded = paths as unknown as Record<string, Record<string, RecordedOperation>>;
const info = { title: "Kubernetes", version: "v1.36.3" };
const prefix = "#/components/schemas/";

/** `api/v1` → the paths below it. */
function pathsByVersion(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const path of Object.keys(recorded)) {
    const version = versionOf(path);
    found.set(version, [...(found.get(version) ?? []), path]);
  }
  return found;
}

function versionOf(path: string): string {
  const parts = path.split("/").filter(Boolean);
  if (parts[0] === "api") return parts.slice(0, 2).join("/");
  return parts[0] === "apis" ? parts.slice(0, 3).join("/") : parts[0]!;
}

let known: Map<string, string[]> | undefined;

export const builtInVersions = (): string[] => [...(known ??= pathsByVersion()).keys()];

/** The document of a built-in group and version such as `apis/apps/v1`. */
export function openApiDocument(version: string): object | undefined {
  const own = (known ??= pathsByVersion()).get(version);
  if (!own) return undefined;
  const schemas = new Map<string, Schema>();
  const documented: Record<string, object> = {};
  for (const path of own) {
    const operations = recorded[path]!;
    documented[path] = {
      ...Object.fromEntries(Object.entries(operations).map(([method, operation]) => [method, describe(operation)])),
      ...pathParameters(path),
    };
    for (const operation of Object.values(operations)) for (const ref of refsOf(operation)) collect(ref, schemas);
  }
  return {
    openapi: "3.0.0",
    info,
    paths: documented,
    components: { schemas: Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))) },
  };
}

const refsOf = (operation: RecordedOperation): string[] =>
  [...(operation.schema ?? []), ...Object.values(operation.responses ?? {})].filter((ref): ref is string => ref !== null);

function describe(operation: RecordedOperation): object {
  const { action, kind, query = [], body = [], schema = [], responses = {} } = operation;
  const content = (types: string[], ref: string | undefined) => Object.fromEntries(types.map((type) => [type, ref ? { schema: { $ref: ref } } : {}]));
  return {
    ...(query.length ? { parameters: query.map((name) => ({ name, in: "query", schema: { type: parameterType(name), uniqueItems: true } })) } : {}),
    ...(body.length ? { requestBody: { content: content(body, schema[0]), required: true } } : {}),
    responses: Object.fromEntries(
      Object.entries(responses).map(([code, ref]) => [
        code,
        {
          description: code === "401" ? "Unauthorized" : "OK",
          ...(ref ? { content: content(["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"], ref) } : {}),
        },
      ]),
    ),
    ...(action ? { "x-kubernetes-action": action } : {}),
    ...(kind ? { "x-kubernetes-group-version-kind": kind } : {}),
  };
}

const booleans = new Set([
  "allowWatchBookmarks",
  "watch",
  "force",
  "follow",
  "previous",
  "timestamps",
  "sendInitialEvents",
  "orphanDependents",
  "stdin",
  "stdout",
  "stderr",
  "tty",
  "insecureSkipTLSVerifyBackend",
]);
const integers = new Set(["limit", "timeoutSeconds", "gracePeriodSeconds", "sinceSeconds", "tailLines", "limitBytes", "ports"]);
const parameterType = (name: string): string => (booleans.has(name) ? "boolean" : integers.has(name) ? "integer" : "string");

function pathParameters(path: string): object {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  return names.length
    ? { parameters: names.map((name) => ({ name, in: "path", required: true, schema: { type: "string", uniqueItems: true } })) }
    : {};
}

/** Adds a schema and all that it refers to. */
function collect(ref: string, into: Map<string, Schema>): void {
  const id = ref.slice(prefix.length);
  const schema = allSchemas()[id];
  if (!schema || into.has(id)) return;
  into.set(id, described(id, schema));
  for (const match of JSON.stringify(schema).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) collect(prefix + match[1]!, into);
}

/** The document of one version of a group of custom resources. */
export function customDocument(resources: ServedResource[]): object {
  const documented: Record<string, object> = {};
  const schemas = new Map<string, Schema>();
  for (const meta of ["ObjectMeta", "ListMeta", "DeleteOptions", "Status", "Patch"])
    collect(`${prefix}io.k8s.apimachinery.pkg.apis.meta.v1.${meta}`, schemas);
  for (const resource of resources) {
    const id = [...resource.group.split(".").reverse(), resource.version, resource.kind].join(".");
    schemas.set(id, describeCustom(resource));
    Object.assign(documented, customPaths(resource, prefix + id));
  }
  return { openapi: "3.0.0", info, paths: documented, components: { schemas: Object.fromEntries(schemas) } };
}

function describeCustom({ group, version, kind, custom }: ServedResource): Schema {
  const schema = custom?.schema ?? { type: "object" };
  return {
    ...schema,
    properties: {
      apiVersion: { type: "string", description: "APIVersion defines the group and version by whose schema this object is written." },
      kind: { type: "string", description: "Kind names the resource that this object stands for." },
      ...schema.properties,
      metadata: { description: metadataDescription, allOf: [{ $ref: `${prefix}io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta` }] },
    },
    "x-kubernetes-group-version-kind": [{ group, version, kind }],
  };
}

function customPaths({ group, version, resource, kind, namespaced }: ServedResource, ref: string): Record<string, object> {
  const collection = `/apis/${group}/${version}${namespaced ? "/namespaces/{namespace}" : ""}/${resource}`;
  const write = ["dryRun", "fieldManager", "fieldValidation", "pretty"];
  const operation = (action: string, extra: Partial<RecordedOperation>) =>
    describe({ action, kind: { group, version, kind }, responses: { 200: ref, 401: null }, ...extra });
  const patches = ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"];
  return {
    [collection]: {
      get: operation("list", { query: ["continue", "fieldSelector", "labelSelector", "limit", "watch"] }),
      post: operation("post", { query: write, body: ["*/*"], schema: [ref] }),
      ...pathParameters(collection),
    },
    [`${collection}/{name}`]: {
      get: operation("get", {}),
      put: operation("put", { query: write, body: ["*/*"], schema: [ref] }),
      patch: operation("patch", { query: [...write, "force"], body: patches, schema: [`${prefix}io.k8s.apimachinery.pkg.apis.meta.v1.Patch`] }),
      delete: operation("delete", {
        query: ["dryRun", "gracePeriodSeconds", "propagationPolicy"],
        body: ["*/*"],
        schema: [`${prefix}io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions`],
      }),
      ...pathParameters(`${collection}/{name}`),
    },
  };
}
