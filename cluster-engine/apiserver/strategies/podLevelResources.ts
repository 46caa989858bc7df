import type { PodSpec } from "../../../shared/kubernetes/types.ts";
import { parseQuantity } from "../../api/quantity.ts";
import type { Problems } from "./problems.ts";
import { validateResourceRequirements } from "./resourceRequirements.ts";
import { isHugePages } from "./resourceNames.ts";
import { podAmounts } from "./podAmounts.ts";

function validateName(name: string, field: string, problems: Problems): void {
  if (name !== "cpu" && name !== "memory" && !isHugePages(name)) problems.notSupported(field, name, ["cpu", "hugepages-", "memory"]);
}

/** spec.resources of a pod (KEP-2837): what it may name, and that the containers fit in. */
export function validatePodResources(spec: PodSpec, path: string, problems: Problems): void {
  if (!spec.resources) return;
  const field = `${path}.resources`;
  if (spec.resources.claims) problems.forbidden(`${field}.claims`, "claims may not be set for Resources at pod-level");
  validateResourceRequirements(spec.resources, new Set(), field, problems, validateName);
  const { resources: _own, ...containersOnly } = spec;
  const requests = podAmounts(containersOnly, "requests");
  for (const name in requests) {
    const own = spec.resources.requests?.[name];
    if (own === undefined || requests[name]!.compare(parseQuantity(own)) <= 0) continue;
    problems.invalid(
      `${field}.requests[${name}]`,
      String(own),
      `must be greater than or equal to aggregate container requests of ${String(requests[name])}`,
    );
  }
  spec.containers?.forEach((container, i) => {
    for (const name in container.resources?.limits) {
      const own = spec.resources!.limits?.[name];
      const limit = parseQuantity(container.resources!.limits[name]!);
      if (own !== undefined && limit.compare(parseQuantity(own)) > 0) {
        problems.invalid(`${field}.containers[${i}][${name}].limits`, limit.toString(), `must be less than or equal to pod limits of ${own}`);
      }
    }
  });
}
