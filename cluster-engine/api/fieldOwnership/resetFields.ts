import { resourceTable } from "../resourceTable.ts";
import { fieldSetOf, type FieldSet } from "./fieldSet.ts";

type Paths = string[][];

const spec: Paths = [["f:spec"]];
const status: Paths = [["f:status"]];
const specAndMetadata: Paths = [...spec, ["f:metadata"]];

/** What a write through a subresource resets, where it differs from the rule: from the registry strategies of Kubernetes. */
const special: Record<string, Record<string, Paths>> = {
  "certificatesigningrequests.certificates.k8s.io": {
    "": [...spec, ...status],
    status: [...spec, ["f:status", "f:conditions"]],
    approval: [...spec, ["f:status", "f:certificate"]],
  },
  "deployments.apps": { status: [...spec, ["f:metadata", "f:labels"]] },
  pods: { status: [...spec, ["f:metadata", "f:deletionTimestamp"], ["f:metadata", "f:ownerReferences"]] },
  namespaces: { finalize: status },
  "apiservices.apiregistration.k8s.io": { status: specAndMetadata },
  "customresourcedefinitions.apiextensions.k8s.io": { status: specAndMetadata },
  "flowschemas.flowcontrol.apiserver.k8s.io": { status: specAndMetadata },
  "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": { status: specAndMetadata },
  "resourceclaims.resource.k8s.io": { status: specAndMetadata },
  "servicecidrs.networking.k8s.io": { status: specAndMetadata },
  "validatingadmissionpolicies.admissionregistration.k8s.io": { status: specAndMetadata },
  "volumeattachments.storage.k8s.io": { status: specAndMetadata },
};

/** A resource, whatever its version. */
interface GroupResource {
  group: string;
  resource: string;
}

const qualified = ({ group, resource }: GroupResource): string => (group ? `${resource}.${group}` : resource);
const builtIn = new Map(resourceTable.map((type) => [qualified(type), type.subresources.some(({ name }) => name === "status")]));

/**
 * Fields that a write can't change, so that nobody comes to own them by it: the status through the main resource, the
 * rest through `status`. Unknown ones are custom resources with a status subresource.
 */
export function resetFields(type: GroupResource, subresource: string): FieldSet {
  const resource = qualified(type);
  const exception = special[resource]?.[subresource];
  if (exception) return fieldSetOf(...exception);
  if (subresource === "status") return fieldSetOf(...(builtIn.has(resource) ? spec : specAndMetadata));
  return fieldSetOf(...(subresource === "" && builtIn.get(resource) !== false ? status : []));
}
