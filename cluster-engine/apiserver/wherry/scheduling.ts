import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Node, Pod } from "../../../shared/kubernetes/types.ts";
import { decodeObject, DecodeError } from "../../api/decode.ts";
import { isObject, type JsonObject } from "../../api/json.ts";
import { applyMergePatch } from "../../api/mergePatch.ts";
import { Nodes, Pods } from "../../api/resources.ts";
import type { ResourceType } from "../../api/resourceType.ts";
import type { Decision, SchedulerPort, WhatIfChange } from "../../api/schedulerPort.ts";
import { invalid } from "../../api/validationErrors.ts";
import { rfc3339 } from "../../base/clock.ts";
import { builtInSchema } from "../registry/decodeObject.ts";
import { strategyContext } from "../registry/strategyContext.ts";
import { document, type Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { bodyDocument } from "../request/bodyDocument.ts";
import { badRequest, notFound, serviceUnavailable } from "../request/statusErrors.ts";
import type { ServerContext } from "../serverContext.ts";
import { apiVersion } from "./apiVersion.ts";
import { rows, wantsRows } from "./rows.ts";

function schedulerOf({ scheduler }: ServerContext): SchedulerPort {
  const port = scheduler();
  if (!port) throw serviceUnavailable("the scheduler is not running");
  return port;
}

/** `podschedulings[/NAME]`: the last attempts to place pods, node by node. */
export function podScheduling(call: ApiCall, context: ServerContext): Answer {
  const { name, namespace } = call.info;
  const scheduler = schedulerOf(context);
  const pods = context.registry.cacheOf(Pods);
  if (!name)
    return list(
      call,
      pods.list(namespace || undefined).flatMap(({ object }) => told(object as Pod, scheduler) ?? []),
    );
  const pod = pods.get(namespace, name)?.object as Pod | undefined;
  if (!pod) throw notFound({ group: "", resource: "pods" }, name);
  const found = told(pod, scheduler) ?? { metadata: metadataOf(pod), attempts: [] };
  return wantsRows(call) ? list(call, [found]) : document({ kind: "PodScheduling", apiVersion, ...found });
}

interface Told {
  metadata: object;
  attempts: readonly Decision[];
}

/** Attempts to place this pod, and not one of the same name before it; undefined when there are none. */
function told(pod: Pod, scheduler: SchedulerPort): Told | undefined {
  const { namespace, name, uid } = pod.metadata;
  const attempts = scheduler.traces(namespace, name).filter((attempt) => attempt.uid === uid);
  return attempts.length ? { metadata: metadataOf(pod), attempts } : undefined;
}

const metadataOf = ({ metadata: { name, namespace, uid, creationTimestamp } }: Pod): object => ({ name, namespace, uid, creationTimestamp });

function list(call: ApiCall, items: Told[]): Answer {
  if (!wantsRows(call)) return document({ kind: "PodSchedulingList", apiVersion, metadata: {}, items });
  const cells = (name: string, { at, attempt, node, message }: Decision) => [name, attempt, node ?? "", rfc3339(at), message ?? ""];
  return rows(
    ["Pod", "Attempt", "Node", "Time", "Message"],
    items.flatMap(({ metadata, attempts }) => {
      const last = attempts.at(-1);
      return last ? [{ metadata, cells: cells((metadata as Pod["metadata"]).name, last) }] : [];
    }),
  );
}

/** A changed world. Each object is merged (RFC 7396) over the one of the same name, when there is one. */
interface ReviewSpec {
  pod?: unknown;
  pods?: unknown[];
  nodes?: unknown[];
  removedPods?: { namespace?: string; name: string }[];
  removedNodes?: string[];
}

const kind = "SchedulingReview";

/** `schedulingreviews`: where would this pod go if the world were changed so? Nothing is written. */
export async function schedulingReview(call: ApiCall, context: ServerContext): Promise<Answer> {
  const scheduler = schedulerOf(context);
  const { value } = await bodyDocument(await call.body(), kind);
  const body = value as { kind?: string; apiVersion?: string; metadata?: object; spec?: ReviewSpec };
  if ((body.kind ?? kind) !== kind || (body.apiVersion ?? apiVersion) !== apiVersion)
    throw badRequest(`${String(body.kind)} of ${String(body.apiVersion)} is no ${kind} of ${apiVersion}`);
  const change = await changeOf(isObject(body.spec) ? body.spec : {}, call, context);
  const status = scheduler.whatIf(change);
  return document({ kind, apiVersion, metadata: body.metadata ?? {}, spec: body.spec, status }, 201);
}

async function changeOf(spec: ReviewSpec, call: ApiCall, context: ServerContext): Promise<WhatIfChange> {
  if (!isObject(spec.pod)) throw badRequest("spec.pod: Required value: the pod to decide upon, or the name of one in its metadata");
  const review = { call, context };
  const { namespace } = call.info;
  return {
    pod: await merged<Pod>(review, Pods, spec.pod, "spec.pod"),
    pods: await Promise.all(itemsOf(spec.pods, "spec.pods").map((pod, i) => merged<Pod>(review, Pods, pod, `spec.pods[${i}]`))),
    nodes: await Promise.all(itemsOf(spec.nodes, "spec.nodes").map((node, i) => merged<Node>(review, Nodes, node, `spec.nodes[${i}]`))),
    removedPods: itemsOf(spec.removedPods, "spec.removedPods").map((pod) => ({ namespace: pod.namespace ?? namespace, name: pod.name })),
    removedNodes: itemsOf(spec.removedNodes, "spec.removedNodes"),
  };
}

function itemsOf<T>(list: T[] | undefined, path: string): T[] {
  if (list !== undefined && list !== null && !Array.isArray(list)) throw badRequest(`${path}: must be a list`);
  return list ?? [];
}

/** The object as it would be, typed, with defaults and checked as if it were created. */
async function merged<T extends KubeObject>(
  { call, context }: { call: ApiCall; context: ServerContext },
  type: ResourceType<T>,
  patch: unknown,
  path: string,
): Promise<T> {
  const { registry, clock } = context;
  const resource = registry.find(type)!;
  const metadata = isObject(patch) && isObject(patch.metadata) ? patch.metadata : {};
  const namespace = type.namespaced ? (text(metadata.namespace) ?? call.info.namespace) : "";
  const name = text(metadata.name) ?? "what-if";
  const stored = registry.cacheOf(type).get(namespace, name)?.object;
  const draft = applyMergePatch((stored ?? {}) as JsonObject, patch);
  draft.metadata = {
    creationTimestamp: rfc3339(clock.now()),
    uid: "what-if",
    ...(draft.metadata as object),
    name,
    ...(namespace ? { namespace } : {}),
  };
  const object = decoded(draft, type, path) as T;
  resource.strategy.setDefaults?.(object);
  const errors = stored ? [] : ((await resource.strategy.validate?.(object, strategyContext(call, context, true))) ?? []);
  if (errors.length) throw invalid(type, name, errors);
  return object;
}

function decoded(draft: JsonObject, type: ResourceType, path: string): JsonObject {
  try {
    const { kind: _, apiVersion: __, ...fields } = decodeObject(draft, builtInSchema(type), "Strict").object;
    return { kind: type.kind, apiVersion: type.version, ...fields };
  } catch (error) {
    throw error instanceof DecodeError ? badRequest(`${path}: ${error.message}`) : error;
  }
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value ? value : undefined);
