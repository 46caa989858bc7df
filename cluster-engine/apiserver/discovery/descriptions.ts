import type { Schema } from "../../api/schemas.ts";

/** What `kubectl explain` says of the metadata that every object has. */
export const metadataDescription = "Standard object's metadata: its name, labels, owners and history.";

const objectMeta: Record<string, string> = {
  annotations: "Annotations are free-form notes of tools and people, by name. Nothing is selected by them.",
  creationTimestamp: "CreationTimestamp is a timestamp of the moment when the server made the object. In UTC; clients can't set it.",
  deletionGracePeriodSeconds:
    "How many seconds the object may take to end before it is removed. Set with deletionTimestamp; it can only be shortened.",
  deletionTimestamp: "When the object is to be gone. The server sets it when a graceful deletion begins; nothing can take it back.",
  finalizers: "Who must still act before a deleted object may go. Each removes its own entry when it is done.",
  generateName: "The beginning of a name that the server completes, for objects that come without a name.",
  generation: "Counts the changes of what is wished for. Controllers repeat it as observedGeneration when they have seen it.",
  labels: "Labels sort objects into groups that selectors find: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/",
  managedFields: "Which manager owns which field, for server-side apply. Kept by the server.",
  name: "The name, unique among objects of its kind in the namespace. It can't be changed.",
  namespace: "The namespace in which the name is unique. Empty for objects of the whole cluster.",
  ownerReferences: "The objects that this one depends on. When all of them are gone, it is collected. At most one is its controller.",
  resourceVersion: "Changes with every write of the object. Opaque; an update that carries an old one is refused.",
  selfLink: "Deprecated: the server no longer sets it.",
  uid: "The identity of this very object: another one of the same name gets another uid.",
};

/** The schema as it is published: with descriptions where there are any. */
export function described(id: string, schema: Schema): Schema {
  if (!id.endsWith(".meta.v1.ObjectMeta")) return schema;
  const properties = Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, property]) => [
      name,
      { ...property, ...(objectMeta[name] ? { description: objectMeta[name] } : {}) },
    ]),
  );
  return { ...schema, description: metadataDescription, properties };
}
