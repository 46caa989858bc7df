import type { ServedResource } from "./servedResource.ts";

/** Fields of a fieldSelector, per `group/resource`. Kinds that are absent here know metadata.name and metadata.namespace. */
const fieldLabels: Record<string, { fields: string[]; problem?: (field: string) => string }> = {
  "/pods": {
    fields: [
      "metadata.name",
      "metadata.namespace",
      "spec.nodeName",
      "spec.host",
      "spec.restartPolicy",
      "spec.schedulerName",
      "spec.serviceAccountName",
      "spec.hostNetwork",
      "status.phase",
      "status.podIP",
      "status.podIPs",
      "status.nominatedNodeName",
    ],
  },
  "/nodes": { fields: ["metadata.name", "spec.unschedulable"] },
  "/replicationcontrollers": { fields: ["metadata.name", "metadata.namespace", "status.replicas"] },
  "/events": {
    fields: [
      "involvedObject.kind",
      "involvedObject.namespace",
      "involvedObject.name",
      "involvedObject.uid",
      "involvedObject.apiVersion",
      "involvedObject.resourceVersion",
      "involvedObject.fieldPath",
      "reason",
      "reportingComponent",
      "source",
      "type",
      "metadata.namespace",
      "metadata.name",
    ],
  },
  "events.k8s.io/events": {
    fields: [
      "regarding.kind",
      "regarding.namespace",
      "regarding.name",
      "regarding.uid",
      "regarding.apiVersion",
      "regarding.resourceVersion",
      "regarding.fieldPath",
      "reason",
      "reportingController",
      "type",
      "metadata.namespace",
      "metadata.name",
    ],
  },
  "/namespaces": { fields: ["status.phase", "metadata.name"] },
  "/secrets": { fields: ["type", "metadata.namespace", "metadata.name"] },
  "/services": { fields: ["metadata.namespace", "metadata.name", "spec.clusterIP", "spec.type"] },
  "certificates.k8s.io/certificatesigningrequests": { fields: ["metadata.name", "spec.signerName"] },
  "batch/jobs": {
    fields: ["metadata.name", "metadata.namespace", "status.successful"],
    problem: (field) => `field label ${JSON.stringify(field)} not supported for Job`,
  },
  "resource.k8s.io/resourceslices": {
    fields: ["metadata.name", "spec.nodeName", "spec.driver"],
    problem: (field) => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${field}`,
  },
};

/** Why `field` can't be selected by; undefined when it can. */
export function fieldLabelProblem(resource: ServedResource, field: string): string | undefined {
  const known = fieldLabels[`${resource.group}/${resource.resource}`];
  if (known) return known.fields.includes(field) ? undefined : (known.problem?.(field) ?? `field label not supported: ${field}`);
  if (field === "metadata.name" || field === "metadata.namespace") return undefined;
  if (resource.custom?.selectableFields.includes(field)) return undefined;
  return resource.custom
    ? `field label not supported: ${field}`
    : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

const eventFields: Record<string, string> = { reportingController: "reportingComponent" };

/** The field of the stored version that a field of the served version is: events.k8s.io has other names than core. */
export function storedField(resource: ServedResource, field: string): string {
  if (resource.group === "events.k8s.io") return eventFields[field] ?? field.replace(/^regarding\./, "involvedObject.");
  return field === "spec.host" ? "spec.nodeName" : field;
}
