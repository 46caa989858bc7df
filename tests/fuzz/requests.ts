import { stringify } from "yaml";
import paths from "../../cluster-engine/api/data/paths.json" with { type: "json" };
import type { JsonObject } from "../../cluster-engine/api/json.ts";
import { encodeProtobuf } from "../../cluster-engine/api/protobuf.ts";
import { type GroupVersionKind, schemaOf } from "../../cluster-engine/api/schemas.ts";
import { seededRandom } from "../../cluster-engine/base/random.ts";
import { samples } from "./samples.ts";
import { Chance, mutate, names, oddText, oddValue, valueOf } from "./values.ts";

export interface FuzzRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: Buffer;
}

interface Operation {
  path: string;
  method: string;
  kind: GroupVersionKind | undefined;
  query: string[];
}

interface Described {
  kind: GroupVersionKind | null;
  query: (string | { name: string })[];
}

const operations: Operation[] = Object.entries(paths as unknown as Record<string, Record<string, Described>>).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { kind, query }]) => ({
    path,
    method: method.toUpperCase(),
    kind: kind ?? undefined,
    query: query.map((each) => (typeof each === "string" ? each : each.name)),
  })),
);
const perMethod = (wanted: string) => operations.filter(({ method }) => method === wanted);
const methods = new Map(["POST", "PUT", "PATCH", "GET", "DELETE"].map((method) => [method, perMethod(method)]));
const methodShares = ["POST", "POST", "POST", "PUT", "PUT", "PATCH", "PATCH", "PATCH", "GET", "GET", "DELETE"] as const;

/** Request number `index` of the run with this seed: the same for ever. */
export function fuzzRequest(seed: number, index: number): FuzzRequest {
  const chance = new Chance(seededRandom(seed * 1_000_003 + index));
  const operation = chance.one(methods.get(chance.one(methodShares))!);
  const path = pathOf(operation, chance);
  const headers = { accept: accepted(chance), ...(chance.is(0.02) ? { "accept-encoding": "gzip" } : {}) };
  if (operation.method === "PATCH") return { method: "PATCH", path, ...patchOf(operation, headers, chance) };
  const withBody = operation.method !== "GET" && !(operation.method === "DELETE" && chance.is(0.7));
  return { method: chance.is(0.01) ? "OPTIONS" : operation.method, path, ...(withBody ? bodyOf(operation, headers, chance) : { headers }) };
}

const filling: Record<string, readonly string[]> = {
  namespace: ["default", "default", "default", "kube-system", "gone"],
  path: ["healthz", "../.."],
};

function pathOf({ path, method, query }: Operation, chance: Chance): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, parameter: string) =>
    encodeURIComponent(chance.is(0.03) ? oddText(chance).replace(/[\ud800-\udfff]/g, "") : chance.one(filling[parameter] ?? names)),
  );
  const search = new URLSearchParams();
  for (const name of query) if (chance.is(name === "watch" ? 0.02 : 0.12)) search.append(name, queryValue(name, chance));
  if (method === "PATCH" && chance.is(0.7)) search.set("fieldManager", "fuzz");
  // A watch lasts a second at most.
  if (search.has("watch") || filled.includes("/watch/") || search.has("follow")) search.set("timeoutSeconds", "1");
  return `${chance.is(0.01) ? mangled(filled, chance) : filled}${search.size ? `?${search.toString()}` : ""}`;
}

const mangled = (path: string, chance: Chance) => {
  const at = chance.int(path.length);
  return path.slice(0, at) + chance.one(["/", "//", "%", "%00", "\\", "..;/", "%2e%2e/"]) + path.slice(at + chance.int(3));
};

const selectors = [
  "app=web",
  "app in (a,b),!x",
  "metadata.name=a",
  "spec.nodeName!=x,status.phase=Running",
  "a==b==c",
  "in (",
  ",,",
  "!",
  "a=b=c",
  "x>1",
];
const queryValues: Record<string, readonly string[]> = {
  labelSelector: selectors,
  fieldSelector: selectors,
  limit: ["0", "1", "500", "-1", "99999999999999999999", "x"],
  resourceVersion: ["0", "1", "", "-1", "99999999", "x"],
  resourceVersionMatch: ["Exact", "NotOlderThan", "exact"],
  continue: ["", "x", "eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ", Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":"../x"}').toString("base64url")],
  timeoutSeconds: ["1", "0", "-1", "x"],
  watch: ["1", "true", "0", "maybe"],
  dryRun: ["All", "All", "all"],
  fieldValidation: ["Strict", "Warn", "Ignore", "strict"],
  fieldManager: ["fuzz", "", "m".repeat(200), "\u0001"],
  gracePeriodSeconds: ["0", "-1", "5", "x"],
  propagationPolicy: ["Foreground", "Background", "Orphan", "x"],
  pretty: ["true", "false", "x"],
  force: ["true", "false", "x"],
  tailLines: ["1", "-1"],
};
const queryValue = (name: string, chance: Chance) => (chance.is(0.9) ? chance.one(queryValues[name] ?? names) : oddText(chance));

const table = "application/json;as=Table;v=v1;g=meta.k8s.io";
const accepts = [
  ...Array<string>(8).fill("application/json"),
  "application/yaml",
  "application/vnd.kubernetes.protobuf",
  `${table},application/json`,
  "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
  "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  "application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io",
  "text/html",
  "*/*;q=x",
  ";;;",
];
const accepted = (chance: Chance) => chance.one(accepts);

/** An object of the operation's kind, often one that would do, mostly with something wrong. */
function objectOf({ kind, path }: Operation, chance: Chance): JsonObject {
  const known = kind && samples[kind.kind];
  let object = (known && chance.is(0.6) ? structuredClone(known) : kind ? valueOf(schemaOf(kind) ?? {}, chance) : {}) as JsonObject;
  if (typeof object !== "object" || object === null) object = {};
  if (kind && chance.is(0.97)) Object.assign(object, { apiVersion: kind.group ? `${kind.group}/${kind.version}` : kind.version, kind: kind.kind });
  if (!known || chance.is(0.5)) {
    const metadata = { name: chance.one(names), ...(path.includes("{namespace}") && chance.is(0.5) ? { namespace: "default" } : {}) };
    object["metadata"] = chance.is(0.8)
      ? metadata
      : { ...metadata, ...(valueOf(schemaOf({ group: "", version: "v1", kind: "Pod" })!.properties!["metadata"]!, chance, 2) as object) };
  }
  for (let i = chance.int(3); i > 0 && chance.is(0.7); i--) object = (mutate(object, chance) ?? {}) as JsonObject;
  return object;
}

function bodyOf(operation: Operation, headers: Record<string, string>, chance: Chance): Pick<FuzzRequest, "headers" | "body"> {
  const object = objectOf(operation, chance);
  const [type, bytes] = encoded(object, chance);
  const said = chance.is(0.03) ? chance.one(["application/json", "application/yaml", "text/plain", "application/vnd.kubernetes.protobuf", ""]) : type;
  return { headers: { ...headers, "content-type": said }, body: chance.is(0.05) ? damaged(bytes, chance) : bytes };
}

function encoded(value: unknown, chance: Chance): [type: string, bytes: Buffer] {
  const how = chance.int(10);
  try {
    if (how < 2) return ["application/vnd.kubernetes.protobuf", Buffer.from(encodeProtobuf(value as JsonObject))];
    if (how < 4) return ["application/yaml", Buffer.from(stringify(value))];
  } catch {
    // It has no form there: it goes as JSON.
  }
  return ["application/json", Buffer.from(JSON.stringify(value) ?? "null")];
}

function damaged(bytes: Buffer, chance: Chance): Buffer {
  const copy = Buffer.from(bytes);
  if (chance.is(0.2)) return copy.subarray(0, chance.int(copy.length + 1));
  for (let i = 1 + chance.int(4); i > 0 && copy.length > 0; i--) copy[chance.int(copy.length)] = chance.int(256);
  return copy;
}

const pointers = [
  "/metadata/labels/a",
  "/metadata/labels",
  "/spec",
  "/spec/replicas",
  "/data/a",
  "/metadata/name",
  "/spec/template/spec/containers/0/image",
  "/x/-",
  "",
  "/",
  "/a~2",
  "/status",
];
const patchTypes = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
] as const;

function patchOf(operation: Operation, headers: Record<string, string>, chance: Chance): Pick<FuzzRequest, "headers" | "body"> {
  const type = chance.one(patchTypes);
  const document = type === "application/json-patch+json" ? jsonPatch(chance) : mergePatch(operation, chance);
  const text = type === "application/apply-patch+yaml" && chance.is(0.5) ? stringify(document) : (JSON.stringify(document) ?? "");
  const bytes = Buffer.from(text);
  return {
    headers: { ...headers, "content-type": chance.is(0.02) ? "application/json" : type },
    body: chance.is(0.04) ? damaged(bytes, chance) : bytes,
  };
}

const jsonPatch = (chance: Chance): unknown =>
  chance.is(0.03)
    ? oddValue(chance)
    : Array.from({ length: chance.int(4) }, () => ({
        op: chance.one(["add", "remove", "replace", "move", "copy", "test", "ADD"]),
        path: chance.one(pointers),
        ...(chance.is(0.3) ? { from: chance.one(pointers) } : {}),
        ...(chance.is(0.8) ? { value: chance.is(0.5) ? oddValue(chance) : "v" } : {}),
      }));

const directives = [
  { $patch: "delete" },
  { $patch: "replace" },
  { $retainKeys: ["a"] },
  { "$setElementOrder/containers": [{ name: "a" }] },
  { "$deleteFromPrimitiveList/finalizers": ["a"] },
  { $patch: "x" },
];

function mergePatch(operation: Operation, chance: Chance): unknown {
  const object = objectOf(operation, chance);
  if (chance.is(0.3)) Object.assign(object, chance.one(directives));
  const spec = object["spec"];
  if (typeof spec === "object" && spec !== null && chance.is(0.2)) Object.assign(spec, chance.one(directives));
  return object;
}
