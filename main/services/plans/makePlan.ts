import type { ApiResource, ObjectRef, PlanItem } from "../../../shared/contract.ts";
import { type KubeObject, parseApiVersion } from "../../../shared/kubernetes/object.ts";
import type { Node } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { resourcePath } from "../clusters/discovery.ts";
import { ApiError, messageOf } from "../errors.ts";
import { applyObject, findObject } from "../objects/api.ts";
import { toYaml } from "../objects/yaml.ts";
import { known } from "../watch/resources.ts";
import { createdFields, fieldChanges } from "./diff.ts";
import { imagesOn } from "./images.ts";
import { inApplyOrder } from "./order.ts";
import type { Manifest } from "./parse.ts";
import { type Surroundings, warningsOf } from "./warnings.ts";

/** An item with what is needed to apply and to take it back. */
export interface PlannedItem {
  item: PlanItem;
  object?: ObjectRef;
  body?: KubeObject;
  /** Takes back fields that were set through Wherry's own actions. */
  force?: boolean;
}

interface Resolved {
  manifest: Manifest;
  kind: string;
  name: string;
  body?: KubeObject;
  object?: ObjectRef;
  /** The kind comes with a CRD of the plan. */
  pendingKind?: boolean;
  errors: PlanItem["errors"];
}

const parallel = 8;

/** Checks every manifest against the cluster by a server dry run, and orders them. Changes nothing. */
export async function makePlan(cluster: Cluster, namespace: string, manifests: Manifest[]): Promise<PlannedItem[]> {
  const resources = await cluster.resources();
  const definitions = definedKinds(manifests);
  const resolved = inApplyOrder(manifests.map((manifest) => resolve(manifest, namespace, resources, definitions)));
  const bodies = resolved.flatMap(({ body }) => (body ? [body] : []));
  const around = await surroundings(cluster, bodies);
  const planned: PlannedItem[] = [];
  for (let start = 0; start < resolved.length; start += parallel) {
    planned.push(
      ...(await Promise.all(resolved.slice(start, start + parallel).map((one, i) => check(cluster, one, String(start + i), bodies, around)))),
    );
  }
  return markRepeated(planned);
}

/** Kinds that CRDs of the plan bring, as `kind.group`. */
function definedKinds(manifests: Manifest[]): Set<string> {
  return new Set(
    manifests.flatMap(({ body }) => {
      const spec = body?.["spec"] as { group?: string; names?: { kind?: string } } | undefined;
      return body?.["kind"] === "CustomResourceDefinition" && spec?.names?.kind ? [`${spec.names.kind}.${spec.group}`] : [];
    }),
  );
}

function resolve(manifest: Manifest, namespace: string, resources: ApiResource[], definitions: Set<string>): Resolved {
  const body = manifest.body as unknown as KubeObject | undefined;
  const kind = String(body?.kind ?? "");
  const name = String(body?.metadata?.name ?? body?.metadata?.generateName ?? "");
  const base = { manifest, kind: kind || "?", name: name || "?" };
  const wrong = (message: string, field: string): Resolved => ({ ...base, errors: [{ message, field, line: manifest.lineOf(field) }] });
  if (!body) return { ...base, errors: manifest.errors };
  if (!body.apiVersion) return wrong("apiVersion is missing: write for example apiVersion: apps/v1", "apiVersion");
  if (!kind) return wrong("kind is missing: write for example kind: Deployment", "kind");
  if (!body.metadata?.name) return wrong("metadata.name is missing: every applied object needs a name", "metadata");
  const wrongType = wrongText(body);
  if (wrongType) return wrong(wrongType.message, wrongType.field);
  const { group, version } = parseApiVersion(String(body.apiVersion));
  const resource = resources.find((one) => one.group === group && one.version === version && one.kind === kind && one.verbs.includes("create"));
  if (!resource) {
    if (definitions.has(`${kind}.${group}`)) return { ...base, body, pendingKind: true, errors: [] };
    return wrong(unknownKind(kind, String(body.apiVersion), resources), "kind");
  }
  const metadata = resource.namespaced ? { ...body.metadata, namespace: body.metadata.namespace ?? namespace } : body.metadata;
  const object = {
    group,
    version,
    resource: resource.resource,
    ...(resource.namespaced ? { namespace: metadata.namespace } : {}),
    name: body.metadata.name,
  };
  return { ...base, body: { ...body, metadata }, object, errors: [] };
}

/** Names that YAML does not read as text: `name: y` is true, `name: 1` a number. */
function wrongText({ metadata }: KubeObject): { message: string; field: string } | undefined {
  for (const field of ["name", "namespace"] as const) {
    const value: unknown = metadata[field];
    if (value !== undefined && value !== null && typeof value !== "string")
      return {
        message: `metadata.${field} must be text, and YAML reads this as a ${typeof value} (${String(value)}): put it in quotes`,
        field: `metadata.${field}`,
      };
  }
  return undefined;
}

function unknownKind(kind: string, apiVersion: string, resources: ApiResource[]): string {
  const elsewhere = resources.filter((one) => one.kind === kind).map(({ group, version }) => (group ? `${group}/${version}` : version));
  const close = resources.find((one) => one.kind.toLowerCase() === kind.toLowerCase());
  const remedy =
    elsewhere.length > 0
      ? `this cluster has it as apiVersion ${[...new Set(elsewhere)].join(" or ")}`
      : close
        ? `did you mean ${close.kind}?`
        : "the cluster may lack its CustomResourceDefinition";
  return `no kind "${kind}" in apiVersion "${apiVersion}": ${remedy}`;
}

async function check(cluster: Cluster, one: Resolved, id: string, plan: KubeObject[], around: Surroundings): Promise<PlannedItem> {
  const { manifest, kind, name, body, object } = one;
  const item: PlanItem = {
    id,
    kind,
    name,
    source: manifest.source,
    action: "invalid",
    diff: [],
    errors: one.errors,
    warnings: [],
    yaml: body ? toYaml(body) : "",
    ...(object ? { object } : {}),
  };
  if (!body || one.errors.length > 0) return { item };
  if (!object)
    return {
      item: {
        ...item,
        action: "create",
        diff: createdFields(body),
        warnings: ["its kind comes with this plan: it is checked once the definition is there"],
      },
      body,
    };
  const warnings = warningsOf(body, plan, around);
  try {
    const live = await findObject(cluster, object);
    const { force, ...verdict } = await dryRun(cluster, object, body, live, plan);
    return {
      ...(force ? { force } : {}),
      item: { ...item, ...verdict, errors: withLines(verdict.errors ?? [], manifest), warnings: [...warnings, ...(verdict.warnings ?? [])] },
      object,
      body,
    };
  } catch (error) {
    return { item: { ...item, errors: withLines(errorsOf(error), manifest), warnings }, object, body };
  }
}

type Verdict = Partial<PlanItem> & Pick<PlannedItem, "force">;

/** Whether all that stands against a change was set through Wherry itself: a replica count scaled in the window. */
const onlyOurs = ({ status }: ApiError): boolean =>
  (status.details?.causes ?? []).every(({ message = "" }) => message.startsWith('conflict with "wherry"'));

async function dryRun(cluster: Cluster, object: ObjectRef, body: KubeObject, live: KubeObject | undefined, plan: KubeObject[]): Promise<Verdict> {
  try {
    const result = await applyObject(cluster, object, body, { dryRun: true });
    const diff = live ? fieldChanges(live, result) : createdFields(body);
    return { action: live ? (diff.length > 0 ? "change" : "same") : "create", diff };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const newNamespace = error.code === 404 && plan.some(({ kind, metadata }) => kind === "Namespace" && metadata.name === object.namespace);
    if (newNamespace)
      return {
        action: "create",
        diff: createdFields(body),
        warnings: [`namespace ${object.namespace} comes with this plan: the object is checked once it is there`],
      };
    if (error.reason !== "Conflict") throw error;
    const forced = await applyObject(cluster, object, body, { dryRun: true, force: true });
    const diff = fieldChanges(live, forced);
    return onlyOurs(error) ? { action: "change", diff, force: true } : { action: "conflict", diff, errors: errorsOf(error) };
  }
}

/** The causes of a refusal, each with its field. */
function errorsOf(error: unknown): PlanItem["errors"] {
  if (!(error instanceof ApiError)) return [{ message: messageOf(error) }];
  const causes = error.status.details?.causes ?? [];
  if (causes.length > 0)
    return causes.map(({ message, field }) => ({
      message: [field, message].filter(Boolean).join(": "),
      ...(field ? { field: field.replace(/^\./, "") } : {}),
    }));
  const unknown = [...error.message.matchAll(/(unknown|duplicate) field "([^"]+)"/g)].map(([text, , field]) => ({ message: text, field: field! }));
  return unknown.length > 0 ? unknown : typedErrors(error.message);
}

/** What server-side apply says of types and unknown fields is in the text alone: one `.path: what` a line. */
function typedErrors(message: string): PlanItem["errors"] {
  const text = message.replace(/^failed to create typed (?:patch|live) object \([^)]*\): (?:errors:\s*)?/, "");
  const errors = text.split("\n").flatMap((line) => {
    const [, field, what] = /^\s*\.([a-zA-Z][^:\s]*?):? (.+)$/.exec(line) ?? [];
    return field ? [{ message: `${field}: ${what}`, field }] : [];
  });
  return errors.length > 0 ? errors : [{ message }];
}

const withLines = (errors: PlanItem["errors"], manifest: Manifest): PlanItem["errors"] =>
  errors.map((error) => ({ ...error, line: error.field ? manifest.lineOf(error.field) : manifest.source.line }));

/** An object that is written twice would overwrite itself. */
function markRepeated(planned: PlannedItem[]): PlannedItem[] {
  const first = new Map<string, PlanItem>();
  for (const { item, object } of planned) {
    if (!object) continue;
    const key = JSON.stringify(object);
    const other = first.get(key);
    if (other)
      Object.assign(item, {
        action: "invalid",
        errors: [
          {
            message: `${item.kind} ${item.name} is in the plan twice: the first is in ${other.source.name}, line ${other.source.line}`,
            line: item.source.line,
          },
        ],
      });
    else first.set(key, item);
  }
  return planned;
}

/** What the namespaces of the plan hold. What may not be listed is taken to be there. */
async function surroundings(cluster: Cluster, bodies: KubeObject[]): Promise<Surroundings> {
  const namespaces = [...new Set(bodies.map(({ metadata }) => metadata.namespace).filter(Boolean))];
  const lists = new Map<string, KubeObject[] | undefined>();
  const resources = ["configmaps", "secrets", "persistentvolumeclaims", "serviceaccounts", "pods"] as const;
  const load = async (resource: (typeof resources)[number], namespace: string) => {
    const path = resourcePath({ ...known[resource], namespace });
    const answer = await cluster.connection
      .json<{ items: KubeObject[] }>({ path, accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json" })
      .catch(() => undefined);
    lists.set(`${namespace}/${resource}`, answer?.items);
  };
  await Promise.all(namespaces.flatMap((namespace) => resources.map((resource) => load(resource, namespace))));
  return {
    exists: (resource, namespace, name) => lists.get(`${namespace}/${resource}`)?.some(({ metadata }) => metadata.name === name) ?? true,
    images: cluster.local ? await nodeImages(cluster) : undefined,
    podLabels: (namespace) => (lists.get(`${namespace}/pods`) ?? []).map(({ metadata }) => metadata.labels),
  };
}

async function nodeImages(cluster: Cluster): Promise<ReadonlySet<string> | undefined> {
  const nodes = await cluster.connection.json<{ items: Node[] }>({ path: resourcePath(known.nodes) }).catch(() => undefined);
  return nodes && imagesOn(nodes.items);
}
