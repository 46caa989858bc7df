import { pageNotFound } from "../request/answer.ts";
import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import type { ResourceRegistry } from "../registry/resourceRegistry.ts";
import type { Route } from "../routes.ts";
import { aggregated, aggregatedVersion } from "./aggregated.ts";
import { cachable, digest } from "./etag.ts";
import { coreGroups, namedGroups } from "./groups.ts";
import { coreResourceList, coreVersions, group, groupList, resourceList } from "./legacy.ts";

const json = "application/json";

/** Everything that says what is served. */
export const discoveryRoutes: Record<string, Route> = {
  "/": (_, { registry }) => ({
    type: "bytes",
    code: 200,
    headers: { "content-type": json },
    body: JSON.stringify({ paths: rootPaths(registry) }, undefined, 2),
  }),
  "/api": (call) => {
    const version = aggregatedVersion(call);
    return version ? aggregated(call, version, coreGroups) : coreVersions(call.header("host") ?? call.header(":authority") ?? "");
  },
  "/apis": (call, { registry }) => {
    const version = aggregatedVersion(call);
    return version ? aggregated(call, version, namedGroups(registry)) : groupList(namedGroups(registry));
  },
  "/api/v1": () => coreResourceList(),
  "/apis/*": (call, { registry }) => describeGroup(call, registry),
  "/openapi/v2": (call, { registry }) => swagger(call, registry),
  "/openapi/v3": (call, { registry }) => openApiIndex(call, registry),
  "/openapi/v3/*": (call, { registry }) => openApi(call, registry),
};

function rootPaths(registry: ResourceRegistry): string[] {
  const groups = namedGroups(registry).flatMap(({ metadata, versions }) => [
    `/apis/${metadata.name}`,
    ...versions.map(({ version }) => `/apis/${metadata.name}/${version}`),
  ]);
  return [
    "/.well-known/openid-configuration",
    "/api",
    "/api/v1",
    "/apis",
    ...groups.sort(),
    "/healthz",
    "/livez",
    "/metrics",
    "/openapi/v2",
    "/openapi/v3",
    "/openid/v1/jwks",
    "/readyz",
    "/version",
  ];
}

function describeGroup(call: ApiCall, registry: ResourceRegistry): Answer {
  const [, , name = "", version, ...more] = call.path.split("/").filter((part, index) => index === 0 || part !== "");
  const found = namedGroups(registry).find(({ metadata }) => metadata.name === name);
  if (!found || more.length) return pageNotFound();
  if (version === undefined) return group(found);
  const served = found.versions.find((one) => one.version === version);
  return served ? resourceList(name, served) : pageNotFound();
}

/** The Swagger document takes a while to make: made anew when custom resources have changed and it is asked for. */
const swaggers = new WeakMap<ResourceRegistry, { generation: number; body: string; hash: string; bytes?: Uint8Array }>();

async function swagger(call: ApiCall, registry: ResourceRegistry): Promise<Answer> {
  let known = swaggers.get(registry);
  if (known?.generation !== registry.generation) {
    const { swaggerDocument } = await import("./openApiV2.ts");
    const body = JSON.stringify(swaggerDocument(registry.custom()));
    swaggers.set(registry, (known = { generation: registry.generation, body, hash: digest(body) }));
  }
  if (!call.header("accept")?.includes("proto-openapi.spec.v2")) return cachable(call, known.body, json, known.hash);
  const { encodeSwagger, openApiV2Protobuf } = await import("./openApiV2Protobuf.ts");
  known.bytes ??= encodeSwagger(JSON.parse(known.body) as Parameters<typeof encodeSwagger>[0]);
  return cachable(call, known.bytes, openApiV2Protobuf);
}

/** Documents by group and version, with their hashes; made anew when custom resources change. */
const documents = new WeakMap<ResourceRegistry, { generation: number; bodies: Map<string, Promise<{ body: string; hash: string }>> }>();

function documentOf(registry: ResourceRegistry, version: string): Promise<{ body: string; hash: string }> {
  let known = documents.get(registry);
  if (known?.generation !== registry.generation) documents.set(registry, (known = { generation: registry.generation, bodies: new Map() }));
  let made = known.bodies.get(version);
  if (!made) known.bodies.set(version, (made = makeDocument(registry, version)));
  return made;
}

async function makeDocument(registry: ResourceRegistry, version: string): Promise<{ body: string; hash: string }> {
  const { customDocument, openApiDocument } = await import("./openApi.ts");
  const [, name, number] = version.split("/");
  const custom = registry.custom().filter((resource) => resource.group === name && resource.version === number);
  const document = custom.length ? customDocument(custom) : openApiDocument(version);
  const body = JSON.stringify(document ?? null);
  return { body, hash: digest(body) };
}

async function versionsOf(registry: ResourceRegistry): Promise<string[]> {
  const { builtInVersions } = await import("./openApi.ts");
  return [...new Set([...builtInVersions(), ...registry.custom().map((resource) => `apis/${resource.group}/${resource.version}`)])].sort();
}

async function openApiIndex(call: ApiCall, registry: ResourceRegistry): Promise<Answer> {
  const entries = await Promise.all(
    (await versionsOf(registry)).map(async (version) => [
      version,
      { serverRelativeURL: `/openapi/v3/${version}?hash=${(await documentOf(registry, version)).hash}` },
    ]),
  );
  return cachable(call, JSON.stringify({ paths: Object.fromEntries(entries) as object }), json);
}

async function openApi(call: ApiCall, registry: ResourceRegistry): Promise<Answer> {
  const version = call.path.slice("/openapi/v3/".length);
  if (!(await versionsOf(registry)).includes(version)) return { type: "bytes", code: 404, headers: {}, body: "" };
  const { body, hash } = await documentOf(registry, version);
  return cachable(call, body, json, hash);
}
