import { expect, test } from "vitest";
import { parseApiVersion } from "../../../shared/kubernetes/object.ts";
import { deepFreeze, isObject, type JsonObject } from "../json.ts";
import { schemaOf } from "../schemas.ts";
import sequences from "../testdata/ownershipSequences.json" with { type: "json" };
import { noFields } from "./fieldSet.ts";
import { formatManagers, parseManagers } from "./managers.ts";
import { objectModel } from "./typeModel.ts";
import { ownApply, ownUpdate, type Write } from "./updater.ts";

/** A write by one of several managers, and what Kubernetes' own library made of it. */
interface Step {
  type: "apply" | "update";
  manager: string;
  force: boolean;
  object: JsonObject;
  /** The message, when it was refused. */
  conflict?: string;
  result: JsonObject;
  managedFields: unknown[];
}

type State = Pick<Step, "conflict" | "result" | "managedFields">;

function written(step: Step, before: State): State {
  const { apiVersion, kind } = step.object as { apiVersion: string; kind: string };
  const type = objectModel(schemaOf({ ...parseApiVersion(apiVersion), kind })!);
  const managers = parseManagers(before.managedFields as never);
  const common = { type, reset: noFields, managers };
  const writer: Write["writer"] = { manager: step.manager, operation: step.type === "apply" ? "Apply" : "Update", apiVersion, subresource: "" };
  const live = before.result;
  try {
    if (step.type === "apply" && managers.size === 0) {
      ownUpdate({ ...common, live: { apiVersion, kind }, writer: { ...writer, manager: "before-first-apply", operation: "Update" } }, live);
    }
    const result = step.type === "apply" ? (ownApply({ ...common, live, writer }, step.object, step.force) ?? live) : step.object;
    if (step.type === "update") ownUpdate({ ...common, live, writer }, result);
    return { result: result as JsonObject, managedFields: formatManagers(managers) };
  } catch (error) {
    return { ...before, conflict: (error as Error).message };
  }
}

/** What is null is not there. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const fields = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(fields.map(([key, inner]) => [key, withoutNulls(inner)]));
}

test.each(sequences as unknown as { kind: string; steps: Step[] }[])(
  "several managers write a $kind as with Kubernetes' own library",
  ({ steps }) => {
    const { apiVersion, kind } = steps[0]!.object as { apiVersion: string; kind: string };
    let state: State = { result: { apiVersion, kind }, managedFields: [] };
    for (const step of steps) {
      const { conflict, ...next } = written(deepFreeze(step), deepFreeze(state));
      expect(conflict).toBe(step.conflict);
      expect(next.managedFields).toEqual(step.managedFields);
      expect(withoutNulls({ metadata: {}, ...next.result })).toEqual(withoutNulls(step.result));
      state = next;
    }
  },
);
