import { isObject, type JsonObject } from "../../api/json.ts";
import type { FieldChange } from "./types.ts";

/** Changes of one write that are kept, and that are looked for. */
const kept = 6;
const looked = 40;

/** What no reader wants to know of, anywhere in an object. */
const routine = new Set([
  "managedFields",
  "resourceVersion",
  "generation",
  "observedGeneration",
  "lastTransitionTime",
  "lastProbeTime",
  "lastHeartbeatTime",
  "lastUpdateTime",
]);

/** Fields whose values tell the story and can't hold a secret; indexes are left out of paths. */
const telling = [
  /^spec\.(replicas|nodeName|unschedulable|paused|suspend|type|clusterIP|parallelism|completions|schedule|podCIDR|volumeName|storageClassName)$/,
  /^spec\.(minReplicas|maxReplicas|minAvailable|maxUnavailable|strategy\.type)$/,
  /^spec\.(jobTemplate\.spec\.)?(template\.spec\.)?(initContainers|containers)\.image$/,
  /^spec\.taints\.effect$/,
  /^status\.(phase|reason|podIP|active|succeeded|failed|ready|nominatedNodeName|currentHealthy|disruptionsAllowed|number[A-Z]\w*)$/,
  /^status\.\w*[rR]eplicas$/,
  /^status\.\w*[nN]umberScheduled$/,
  /^status\.conditions\.(status|reason)$/,
  /^status\.(initC|c)ontainerStatuses\.(ready|started|restartCount)$/,
  /^status\.(initC|c)ontainerStatuses\.(state|lastState)\.(waiting\.reason|terminated\.(reason|exitCode))$/,
  /^metadata\.(deletionTimestamp|deletionGracePeriodSeconds)$/,
  /^endpoints\.conditions\.(ready|serving|terminating)$/,
  /^(involvedObject\.(kind|name)|reason|count)$/,
];

/** The insides of a Secret are not even named. */
const sealed = new Set(["data", "stringData", "binaryData"]);

interface Walk {
  found: FieldChange[];
  /** Whether values may be told: of built-in kinds only. */
  values: boolean;
  secret: boolean;
}

/** How an object differs from what it was; from nothing when it is new: then only what tells the story. */
export function fieldChanges(object: object, old: object | undefined, { secret = false, custom = false } = {}): FieldChange[] {
  const walk: Walk = { found: [], values: !secret && !custom, secret };
  if (old) compare(walk, "", old, object);
  else announce(walk, "", { ...object, status: undefined });
  const isTold = ({ from, to }: FieldChange) => from !== undefined || to !== undefined;
  return [...walk.found.filter(isTold), ...walk.found.filter((change) => !isTold(change))].slice(0, kept);
}

function compare(walk: Walk, path: string, old: unknown, now: unknown): void {
  if (old === now || walk.found.length >= looked) return;
  if (walk.secret && sealed.has(path)) return equal(old, now) ? undefined : note(walk, path, undefined, undefined);
  if (isObject(old) && isObject(now)) return compareFields(walk, path, old, now);
  if (Array.isArray(old) && Array.isArray(now)) return compareLists(walk, path, old, now);
  const before = walk.found.length;
  if ((old === undefined || old === null) && typeof now === "object") announce(walk, path, now);
  if (walk.found.length === before) note(walk, path, old, now);
}

function compareFields(walk: Walk, path: string, old: JsonObject, now: JsonObject): void {
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) if (!routine.has(key)) compare(walk, join(path, key), old[key], now[key]);
}

function compareLists(walk: Walk, path: string, old: unknown[], now: unknown[]): void {
  const [before, after] = [named(old), named(now)];
  if (before && after) {
    for (const name of new Set([...before.keys(), ...after.keys()])) compare(walk, `${path}[${name}]`, before.get(name), after.get(name));
  } else if (old.length !== now.length) {
    walk.found.push({ path: `size(${path})`, from: old.length, to: now.length });
  } else if (!equal(old, now)) note(walk, path, undefined, undefined);
}

/** What is new: only what tells the story. */
function announce(walk: Walk, path: string, value: unknown): void {
  if (value === undefined || walk.found.length >= looked) return;
  if (isObject(value)) {
    for (const key of Object.keys(value)) if (!routine.has(key)) announce(walk, join(path, key), value[key]);
  } else if (Array.isArray(value)) {
    for (const [name, item] of named(value) ?? []) announce(walk, `${path}[${name}]`, item);
  } else if (isTelling(walk, path) && isScalar(value)) walk.found.push({ path, op: "add", to: value });
}

function note(walk: Walk, path: string, from: unknown, to: unknown): void {
  const told = isTelling(walk, path);
  walk.found.push({
    path,
    ...(from === undefined && to !== undefined ? { op: "add" as const } : {}),
    ...(to === undefined && from !== undefined ? { op: "remove" as const } : {}),
    ...(told && isScalar(from) ? { from } : {}),
    ...(told && isScalar(to) ? { to } : {}),
  });
}

function isTelling({ values }: Walk, path: string): boolean {
  if (!values) return false;
  const plain = path.replaceAll(/\[[^\]]*\]/g, "");
  return telling.some((pattern) => pattern.test(plain));
}

/** Items by the name that tells them apart; undefined when one has none. */
function named(list: unknown[]): Map<string, unknown> | undefined {
  const items = new Map<string, unknown>();
  for (const item of list) {
    const name = isObject(item) ? nameOf(item) : undefined;
    if (name === undefined || items.has(name)) return undefined;
    items.set(name, item);
  }
  return items;
}

function nameOf(item: JsonObject): string | undefined {
  const target = isObject(item.targetRef) ? item.targetRef.name : undefined;
  return [item.name, item.type, item.key, item.ip, target].find((name): name is string => typeof name === "string" && name !== "");
}

/** Keys with dots or slashes are set apart: `metadata.labels[app.kubernetes.io/name]`. */
const join = (path: string, key: string): string => (/^[\w-]+$/.test(key) ? (path ? `${path}.${key}` : key) : `${path}[${key}]`);

const isScalar = (value: unknown): value is string | number | boolean => ["string", "number", "boolean"].includes(typeof value);

const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
