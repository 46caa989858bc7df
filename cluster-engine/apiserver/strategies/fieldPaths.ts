import type { ObjectFieldSelector, ResourceFieldSelector } from "../../../shared/kubernetes/types.ts";
import { qualifiedName } from "../../api/names.ts";
import type { Problems } from "./problems.ts";

/** Fields of a pod that the downward API may show as environment variables, and as files. */
export const environmentFields = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
export const fileFields = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

const known = new Set([...environmentFields, ...fileFields, "spec.restartPolicy", "spec.schedulerName", "status.phase"]);
const resourceFields = ["limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"];
const byteDivisors = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

/** fieldRef of the downward API. */
export function validateFieldRef(ref: ObjectFieldSelector, accepted: string[], path: string, problems: Problems): void {
  if (!ref.apiVersion) return problems.required(`${path}.apiVersion`);
  if (!ref.fieldPath) return problems.required(`${path}.fieldPath`);
  const subscripted = /^(.*)\['(.*)'\]$/.exec(ref.fieldPath);
  const field = ref.fieldPath === "spec.host" ? "spec.nodeName" : (subscripted?.[1] ?? ref.fieldPath);
  if (!known.has(field))
    return problems.invalid(`${path}.fieldPath`, ref.fieldPath, `error converting fieldPath: field label not supported: ${ref.fieldPath}`);
  if (subscripted) {
    const key = subscripted[2]!;
    if (field === "metadata.annotations") problems.invalidEach(path, key, qualifiedName(key.toLowerCase()));
    else if (field === "metadata.labels") problems.invalidEach(path, key, qualifiedName(key));
    else problems.invalid(`${path}.fieldPath`, ref.fieldPath, `error converting fieldPath: field label does not support subscript: ${ref.fieldPath}`);
  } else if (!accepted.includes(field)) problems.notSupported(`${path}.fieldPath`, field, accepted);
}

/** resourceFieldRef of the downward API; in a volume the container must be named. */
export function validateResourceFieldRef(ref: ResourceFieldSelector, inVolume: boolean, path: string, problems: Problems): void {
  if (inVolume && !ref.containerName) problems.required(`${path}.containerName`);
  else if (!ref.resource) problems.required(`${path}.resource`);
  else if (!resourceFields.includes(ref.resource) && !/^(requests|limits)\.hugepages-/.test(ref.resource)) {
    problems.notSupported(`${path}.resource`, ref.resource, resourceFields);
  }
  validateDivisor(ref, path, problems);
}

function validateDivisor({ resource, divisor }: ResourceFieldSelector, path: string, problems: Problems): void {
  const text = String(divisor ?? "0");
  if (text === "0") return;
  const kind = resource.replace(/^(limits|requests)\./, "");
  const field = `${path}.divisor`;
  if (kind === "cpu") {
    if (text !== "1m" && text !== "1") problems.invalid(field, resource, "only divisor's values 1m and 1 are supported with the cpu resource");
    return;
  }
  const label =
    kind === "memory" ? "memory" : kind === "ephemeral-storage" ? "local ephemeral storage" : kind.startsWith("hugepages-") ? "hugepages" : undefined;
  if (label && !byteDivisors.includes(text))
    problems.invalid(field, resource, `only divisor's values ${byteDivisors.join(", ")} are supported with the ${label} resource`);
}
