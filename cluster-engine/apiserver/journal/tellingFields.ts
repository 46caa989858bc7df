/** Fields by their names; `true` is a field whose value may be told. Items of lists have the fields of their list. */
export interface FieldTree {
  readonly [field: string]: FieldTree | true;
}

const tell = (...names: string[]): FieldTree => Object.fromEntries(names.map((name) => [name, true as const]));

const containers = { initContainers: tell("image"), containers: tell("image") };
const template = { template: { spec: containers } };
const state = { waiting: tell("reason"), terminated: tell("reason", "exitCode") };
const containerStatuses = { ...tell("ready", "started", "restartCount"), state, lastState: state };

/** Fields of built-in kinds that tell the story of a write and can't hold a secret. */
export const tellingFields: FieldTree = {
  ...tell("reason", "count"),
  involvedObject: tell("kind", "name"),
  metadata: tell("deletionTimestamp", "deletionGracePeriodSeconds"),
  endpoints: { conditions: tell("ready", "serving", "terminating") },
  spec: {
    ...tell("replicas", "nodeName", "unschedulable", "paused", "suspend", "type", "clusterIP", "podCIDR"),
    ...tell("parallelism", "completions", "schedule", "volumeName", "storageClassName"),
    ...tell("minReplicas", "maxReplicas", "minAvailable", "maxUnavailable"),
    ...containers,
    ...template,
    jobTemplate: { spec: template },
    strategy: tell("type"),
    taints: tell("effect"),
  },
  status: {
    ...tell("phase", "reason", "podIP", "nominatedNodeName", "active", "succeeded", "failed", "ready"),
    ...tell("replicas", "readyReplicas", "availableReplicas", "unavailableReplicas", "updatedReplicas", "fullyLabeledReplicas"),
    ...tell("terminatingReplicas", "currentReplicas", "desiredReplicas", "currentHealthy", "disruptionsAllowed"),
    ...tell("currentNumberScheduled", "desiredNumberScheduled", "updatedNumberScheduled"),
    ...tell("numberAvailable", "numberReady", "numberUnavailable", "numberMisscheduled"),
    conditions: tell("status", "reason"),
    containerStatuses,
    initContainerStatuses: containerStatuses,
  },
};
