import jsonPatch, { type Operation } from "fast-json-patch";
import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { ApiRequest } from "./types.ts";

type Fields = Record<string, unknown>;

const deletePrefix = "$deleteFromPrimitiveList/";

/** Fields by which the fake tells items of a list apart in a strategic merge: enough for what components patch. */
const mergeKeys = ["uid", "type", "name", "ip", "containerPort", "key"];

export const isApply = (request: ApiRequest): boolean => request.headers?.["content-type"] === "application/apply-patch+yaml";

/** The object after the patch of `request`. Server-side apply is taken as a strategic merge. */
export function patched(request: ApiRequest, old: KubeObject): KubeObject {
  const draft = structuredClone(old);
  const contentType = request.headers?.["content-type"];
  if (contentType === "application/json-patch+json") return jsonPatch.applyPatch(draft, structuredClone(request.body) as Operation[]).newDocument;
  return merge(draft, request.body, contentType !== "application/merge-patch+json") as KubeObject;
}

function merge(target: unknown, patch: unknown, strategic: boolean): unknown {
  if (Array.isArray(patch)) return strategic && Array.isArray(target) ? mergeLists(target, patch) : patch;
  if (!isFields(patch)) return patch;
  const merged: Fields = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(deletePrefix)) removeValues(merged, key.slice(deletePrefix.length), value as unknown[]);
    if (key.startsWith("$")) continue;
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value, strategic);
  }
  return merged;
}

function removeValues(merged: Fields, key: string, values: unknown[]): void {
  const left = ((merged[key] as unknown[] | undefined) ?? []).filter((value) => !values.includes(value));
  if (left.length > 0) merged[key] = left;
  else delete merged[key];
}

function mergeLists(target: unknown[], patch: unknown[]): unknown[] {
  const merged = [...target];
  for (const item of patch) {
    const at = merged.findIndex((other) => same(other, item));
    if (isFields(item) && item.$patch === "delete") {
      if (at >= 0) merged.splice(at, 1);
    } else if (at < 0) merged.push(item);
    else merged[at] = merge(merged[at], item, true);
  }
  return merged;
}

function same(a: unknown, b: unknown): boolean {
  if (!isFields(a) || !isFields(b)) return a === b;
  const key = mergeKeys.find((name) => name in b);
  return key !== undefined && a[key] === b[key];
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
