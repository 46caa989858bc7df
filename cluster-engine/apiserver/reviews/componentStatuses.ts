import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { notFound } from "../request/statusErrors.ts";
import { unstoredObject, type StoredObject } from "../storage/storedObject.ts";
import type { Verb } from "../verbs/verbContext.ts";

const names = ["controller-manager", "etcd-0", "scheduler"];

/** The parts of this process run together with it: where it answers, they are healthy. */
const statusOf = (name: string): StoredObject =>
  unstoredObject({
    kind: "ComponentStatus",
    apiVersion: "v1",
    metadata: { name },
    conditions: [{ type: "Healthy", status: "True", message: "ok" }],
  } as unknown as KubeObject);

export const listComponentStatuses: Verb = (_call, resource) => ({ type: "list", resource, items: names.map(statusOf), metadata: {} });

export const getComponentStatus: Verb = (call, resource) => {
  if (!names.includes(call.info.name)) throw notFound(resource, call.info.name);
  return { type: "object", code: 200, resource, object: statusOf(call.info.name) };
};
