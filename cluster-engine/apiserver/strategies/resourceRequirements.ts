import type { ResourceRequirements } from "../../../shared/kubernetes/types.ts";
import { parseQuantity, type Quantity } from "../../api/quantity.ts";
import type { Problems } from "./problems.ts";
import { notNegative } from "./problems.ts";
import { allowsOvercommit, isHugePages, isIntegerResource, validateContainerResourceName } from "./resourceNames.ts";

const billion = 1_000_000_000n;

/** A quantity that may not be negative, and is whole where the resource can't be divided. */
export function validateResourceQuantity(name: string, value: Quantity, field: string, problems: Problems): void {
  if (value.sign() < 0) problems.invalid(field, value.toString(), notNegative);
  if (isIntegerResource(name) && value.nano % billion !== 0n) problems.invalid(field, value.toString(), "must be an integer");
}

/** resources of a container. `claims` are the names in the pod's resourceClaims. */
export function validateResourceRequirements(
  resources: ResourceRequirements | undefined,
  claims: ReadonlySet<string>,
  path: string,
  problems: Problems,
  validateName: typeof validateContainerResourceName = validateContainerResourceName,
): void {
  if (!resources) return;
  const { limits, requests } = resources;
  for (const name in limits) {
    const field = `${path}.limits[${name}]`;
    validateName(name, field, problems);
    validateResourceQuantity(name, parseQuantity(limits[name]!), field, problems);
  }
  for (const name in requests) {
    const field = `${path}.requests[${name}]`;
    validateName(name, field, problems);
    const request = parseQuantity(requests[name]!);
    validateResourceQuantity(name, request, field, problems);
    compareWithLimit(name, request, limits?.[name], path, problems);
  }
  if (needsComputeResources(resources)) problems.forbidden(path, "HugePages require cpu or memory");
  validateClaims(resources, claims, `${path}.claims`, problems);
}

function compareWithLimit(name: string, request: Quantity, written: string | number | undefined, path: string, problems: Problems): void {
  const field = `${path}.requests`;
  if (written === undefined) {
    if (!allowsOvercommit(name)) problems.required(`${path}.limits`, "Limit must be set for non overcommitable resources");
    return;
  }
  const limit = parseQuantity(written);
  const order = request.compare(limit);
  if (order !== 0 && !allowsOvercommit(name)) problems.invalid(field, request.toString(), `must be equal to ${name} limit of ${String(limit)}`);
  else if (order > 0) problems.invalid(field, request.toString(), `must be less than or equal to ${name} limit of ${String(limit)}`);
}

function needsComputeResources({ limits, requests }: ResourceRequirements): boolean {
  const names = [...Object.keys(limits ?? {}), ...Object.keys(requests ?? {})];
  return names.some(isHugePages) && !names.some((name) => name === "cpu" || name === "memory");
}

function validateClaims(resources: ResourceRequirements, claims: ReadonlySet<string>, path: string, problems: Problems): void {
  const seen = new Set<string>();
  resources.claims?.forEach(({ name, request }, i) => {
    const identity = request ? `${name}/${request}` : name;
    if (!name) problems.required(`${path}[${i}]`);
    else if (seen.has(identity)) problems.duplicate(`${path}[${i}]`, identity);
    else if (!claims.has(name)) problems.notFound(`${path}[${i}]`, name);
    seen.add(identity);
  });
}
