import { FieldSet, fieldSetOf } from "./fieldSet.ts";

/** What the server takes from the stored object on a write through a subresource ("" is the main resource). */
const bySubresource: Record<string, string[][]> = { "": [["f:status"]], status: [["f:spec"]] };

/** Resources whose strategies reset more, or less: from the GetResetFields of k8s.io/kubernetes/pkg/registry. */
const byResource: Record<string, Record<string, string[][]>> = {
  certificatesigningrequests: {
    "": [["f:spec"], ["f:status"]],
    status: [["f:spec"], ["f:status", "f:conditions"]],
    approval: [["f:spec"], ["f:status", "f:certificate"]],
  },
};

/** Status writes of these reset metadata too. */
const statusResetsMetadata = new Set(["servicecidrs", "resourceclaims", "volumeattachments", "flowschemas", "prioritylevelconfigurations", "apiservices", "customresourcedefinitions", "nodes"]);

/** Fields that a write can't change, so that nobody comes to own them by it. */
export function resetFields(resource: string, subresource: string): FieldSet {
  const paths = byResource[resource]?.[subresource] ?? bySubresource[subresource] ?? [];
  const metadata = subresource === "status" && statusResetsMetadata.has(resource) ? [["f:metadata"]] : [];
  return fieldSetOf(...paths, ...metadata);
}
