import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { parseFieldSelector, parseLabelSelector } from "../../api/selectors.ts";
import { fieldLabelProblem, storedField } from "../registry/fieldLabels.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import { badRequest } from "../request/statusErrors.ts";
import { type Route, routeOf } from "../storage/fieldRoutes.ts";
import type { StoredObject } from "../storage/storedObject.ts";

/** Which objects a list or watch is about. */
export interface Selection {
  /** True when no object is left out. */
  everything: boolean;
  /** Where all that match are found. */
  route?: Route;
  matches(object: StoredObject): boolean;
}

interface FieldRequirement {
  field: string;
  operator: "=" | "!=";
  value: string;
}

/** From labelSelector, fieldSelector and the name in the path. @throws BadRequest */
export function selectionOf(resource: ServedResource, query: URLSearchParams, name = ""): Selection {
  const labels = query.get("labelSelector");
  const fields = query.get("fieldSelector");
  const tests: ((object: StoredObject) => boolean)[] = [];
  let route: Route | undefined;
  if (name) {
    tests.push((object) => object.name === name);
    route = routeOf(resource, "metadata.name", name);
  }
  if (fields) {
    const requirements = fieldRequirements(resource, fields);
    tests.push(...requirements.map((requirement) => fieldTest(resource, requirement)));
    route ??= firstRoute(resource, requirements);
  }
  if (labels) {
    const matches = parseLabelSelector(labels);
    tests.push((object) => matches(object.object.metadata.labels ?? {}));
  }
  return { everything: tests.length === 0, matches: (object) => tests.every((test) => test(object)), ...(route ? { route } : {}) };
}

function firstRoute(resource: ServedResource, requirements: FieldRequirement[]): Route | undefined {
  for (const { field, operator, value } of requirements) {
    const route = operator === "=" ? routeOf(resource, field, value) : undefined;
    if (route) return route;
  }
  return undefined;
}

function fieldRequirements(resource: ServedResource, text: string): FieldRequirement[] {
  const requirements: FieldRequirement[] = parseFieldSelector(text);
  for (const { field } of requirements) {
    const problem = fieldLabelProblem(resource, field);
    if (problem) throw badRequest(problem);
  }
  return requirements;
}

function fieldTest(resource: ServedResource, { field, operator, value }: FieldRequirement): (object: StoredObject) => boolean {
  const wanted = operator === "=";
  if (field === "metadata.name") return (object) => (object.name === value) === wanted;
  if (field === "metadata.namespace") return (object) => (object.namespace === value) === wanted;
  return (object) => (fieldValue(resource, object.object, field) === value) === wanted;
}

/** The kind's own fields, else what is at the path. */
function fieldValue(resource: ServedResource, object: KubeObject, field: string): string {
  const own = resource.strategy.selectableFields?.(object);
  const stored = storedField(resource, field);
  if (own && stored in own) return own[stored] ?? "";
  const value = stored.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], object);
  return typeof value === "object" || value === undefined ? "" : String(value as string | number | boolean);
}
