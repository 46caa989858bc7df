import { ReplicationControllers } from "../../api/resources.ts";
import type { Controller } from "../types.ts";
import { replicaSetKind, startReplicas } from "./replicas.ts";

export const replicaSetController: Controller = {
  name: "replicaset-controller",
  account: "replicaset-controller",
  start: (context) => startReplicas(context, replicaSetKind),
};

export const replicationController: Controller = {
  name: "replicationcontroller-controller",
  account: "replication-controller",
  start: (context) =>
    startReplicas(context, {
      name: "replicationcontroller",
      type: ReplicationControllers,
      selector: (owner) => owner.spec?.selector && { matchLabels: owner.spec.selector },
      countsTerminating: false,
    }),
};
