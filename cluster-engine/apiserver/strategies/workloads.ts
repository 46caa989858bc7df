import type {
  DaemonSet,
  Deployment,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
  ControllerRevision,
  PodTemplate,
} from "../../../shared/kubernetes/types.ts";
import { formatLabelSelector } from "../../api/selectors.ts";
import {
  ControllerRevisions,
  DaemonSets,
  Deployments,
  PodTemplates,
  ReplicaSets,
  ReplicationControllers,
  StatefulSets,
} from "../../api/resources.ts";
import { kindStrategy } from "./kindStrategy.ts";
import {
  validateDaemonSet,
  validateDeployment,
  validateReplicaCounts,
  validateReplicaSet,
  validateReplicationController,
  validateStatefulSet,
  validateStatefulSetUpdate,
} from "./workloadValidation.ts";
import { validatePodTemplate } from "./podSpecs.ts";
import { sameValue } from "./problems.ts";
import { subdomainName } from "./nameRules.ts";
import { defaultPodTemplate } from "./podDefaults.ts";
import { claimWarnings } from "./claims.ts";
import { templateWarnings } from "./podWarnings.ts";
import { workloadWarnings } from "./workloadWarnings.ts";
import type { Strategy } from "../strategy.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { LabelSelector } from "../../../shared/kubernetes/types.ts";

type Scaled = KubeObject & { spec?: { selector?: LabelSelector } };

/** spec.replicas and status.replicas, with the label selector of the workload's pods. */
const replicasScale = <T extends Scaled>(): NonNullable<Strategy<T>["scale"]> => ({
  replicas: "spec.replicas",
  statusReplicas: "status.replicas",
  selector: (object) => formatLabelSelector(object.spec?.selector ?? {}),
});

export const deployments = kindStrategy<Deployment>(Deployments, {
  name: subdomainName,
  status: true,
  generation: ["spec"],
  defaults({ spec }) {
    spec.replicas ??= 1;
    const strategy = (spec.strategy ??= {});
    strategy.type ||= "RollingUpdate";
    if (strategy.type === "RollingUpdate") {
      strategy.rollingUpdate ??= {};
      strategy.rollingUpdate.maxUnavailable ??= "25%";
      strategy.rollingUpdate.maxSurge ??= "25%";
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    defaultPodTemplate(spec.template);
  },
  validate: validateDeployment,
  validateUpdate(object, old, problems) {
    validateDeployment(object, problems);
    problems.immutable("spec.selector", object.spec.selector, old.spec.selector);
  },
  validateStatusUpdate: ({ status }, old, problems) =>
    validateReplicaCounts(status, old.status, ["updatedReplicas", "unavailableReplicas"], "readyReplicas", problems),
  strategy: { scale: replicasScale(), warnings: workloadWarnings("spec.template", ({ spec }) => spec.template, true) },
});

export const replicaSets = kindStrategy<ReplicaSet>(ReplicaSets, {
  name: subdomainName,
  status: true,
  generation: ["spec"],
  defaults({ spec }) {
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
  },
  validate: validateReplicaSet,
  validateUpdate(object, old, problems) {
    validateReplicaSet(object, problems);
    problems.immutable("spec.selector", object.spec.selector, old.spec.selector);
  },
  validateStatusUpdate: ({ status }, _old, problems) => validateReplicaCounts(status, undefined, ["fullyLabeledReplicas"], "readyReplicas", problems),
  strategy: {
    scale: replicasScale(),
    warnings: workloadWarnings("spec.template", ({ spec }) => spec.template, true),
    selectableFields: (object) => ({ "status.replicas": String(object.status?.replicas ?? 0) }),
  },
});

export const replicationControllers = kindStrategy<ReplicationController>(ReplicationControllers, {
  name: subdomainName,
  status: true,
  generation: ["spec"],
  defaults(object) {
    const spec = (object.spec ??= {});
    const labels = spec.template?.metadata?.labels;
    if (labels) {
      if (isEmpty(spec.selector)) spec.selector = { ...labels };
      if (isEmpty(object.metadata.labels)) object.metadata.labels = { ...labels };
    }
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
  },
  validate: validateReplicationController,
  validateStatusUpdate: ({ status }, _old, problems) => validateReplicaCounts(status, undefined, ["fullyLabeledReplicas"], "readyReplicas", problems),
  strategy: {
    scale: {
      replicas: "spec.replicas",
      statusReplicas: "status.replicas",
      selector: (object) => formatLabelSelector({ matchLabels: object.spec?.selector ?? {} }),
    },
    warnings: workloadWarnings("spec.template", ({ spec }) => spec?.template, true),
    selectableFields: (object) => ({ "status.replicas": String(object.status?.replicas ?? 0) }),
  },
});

export const statefulSets = kindStrategy<StatefulSet>(StatefulSets, {
  name: subdomainName,
  status: true,
  generation: ["spec"],
  defaults({ spec }) {
    spec.podManagementPolicy ||= "OrderedReady";
    const strategy = (spec.updateStrategy ??= {});
    if (!strategy.type) {
      strategy.type = "RollingUpdate";
      strategy.rollingUpdate ??= {};
    }
    if (strategy.type === "RollingUpdate" && strategy.rollingUpdate) strategy.rollingUpdate.partition ??= 0;
    const retention = (spec.persistentVolumeClaimRetentionPolicy ??= {});
    retention.whenDeleted ||= "Retain";
    retention.whenScaled ||= "Retain";
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    defaultPodTemplate(spec.template);
    spec.volumeClaimTemplates?.forEach((claim) => {
      claim.apiVersion ||= "v1";
      claim.kind ||= "PersistentVolumeClaim";
      if (claim.spec) claim.spec.volumeMode ??= "Filesystem";
      claim.status = { ...claim.status, phase: claim.status?.phase ?? "Pending" };
    });
  },
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  validateStatusUpdate: ({ status }, old, problems) =>
    validateReplicaCounts(status, old.status, ["currentReplicas", "updatedReplicas"], "status.readyReplicas", problems),
  strategy: {
    scale: replicasScale(),
    warnings: (set, old) => [
      ...workloadWarnings<StatefulSet>("spec.template", ({ spec }) => spec.template, false)(set, old),
      ...(set.spec.volumeClaimTemplates ?? []).flatMap((claim, i) =>
        claimWarnings(claim.spec, `spec.volumeClaimTemplates[${i}]${old ? ".Spec" : ""}`),
      ),
      ...((set.spec.revisionHistoryLimit ?? 0) < 0
        ? ["spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"]
        : []),
    ],
  },
});

/** Counts changes of the template; a field in older versions, kept as an annotation since. */
const templateGeneration = "deprecated.daemonset.template.generation";

export const daemonSets = kindStrategy<DaemonSet>(DaemonSets, {
  name: subdomainName,
  status: true,
  generation: ["spec"],
  defaults(object) {
    const { spec } = object;
    const strategy = (spec.updateStrategy ??= {});
    strategy.type ||= "RollingUpdate";
    if (strategy.type === "RollingUpdate") {
      strategy.rollingUpdate ??= {};
      strategy.rollingUpdate.maxUnavailable ??= 1;
      strategy.rollingUpdate.maxSurge ??= 0;
    }
    spec.revisionHistoryLimit ??= 10;
    defaultPodTemplate(spec.template);
    (object.metadata.annotations ??= {})[templateGeneration] ??= "0";
  },
  prepareForCreate(object) {
    object.metadata.annotations![templateGeneration] = "1";
  },
  prepareForUpdate(object, old) {
    const before = Number(old.metadata.annotations?.[templateGeneration] ?? 0);
    object.metadata.annotations![templateGeneration] = String(sameValue(object.spec.template, old.spec.template) ? before : before + 1);
  },
  validate: validateDaemonSet,
  validateUpdate(object, old, problems) {
    problems.immutable("spec.selector", object.spec.selector, old.spec.selector);
    validateDaemonSet(object, problems);
  },
  strategy: {
    warnings: (set, old) => (old && sameValue(set.spec.template, old.spec.template) ? [] : templateWarnings(set.spec.template, "spec.template")),
  },
});

export const controllerRevisions = kindStrategy<ControllerRevision>(ControllerRevisions, {
  name: subdomainName,
  validate(object, problems, old) {
    problems.nonNegative("revision", object.revision);
    if (old) problems.immutable("data", object.data, old.data);
    else if (object.data === undefined || object.data === null) problems.required("data", "data is mandatory");
    else if (typeof object.data !== "object" || Array.isArray(object.data)) problems.required("data", "data must be a valid JSON object");
  },
});

export const podTemplates = kindStrategy<PodTemplate>(PodTemplates, {
  name: subdomainName,
  generation: ["template"],
  defaults: (object) => defaultPodTemplate(object.template),
  validate: (object, problems) => validatePodTemplate(object.template ?? {}, "template", problems),
  strategy: { warnings: workloadWarnings("template", ({ template }) => template, false) },
});

const isEmpty = (labels: Record<string, string> | undefined): boolean => !labels || Object.keys(labels).length === 0;
