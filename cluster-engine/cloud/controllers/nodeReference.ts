import type { Node, ObjectReference } from "../../../shared/kubernetes/types.ts";

/** A node as events name it. */
export const nodeReference = ({ metadata: { name, uid } }: Node): ObjectReference => ({ apiVersion: "v1", kind: "Node", name, uid });
