import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { Pod } from "../../shared/kubernetes/types.ts";
import descriptionsJson from "./data/columnDescriptions.json" with { type: "json" };
import columnsJson from "./data/tables.json" with { type: "json" };
import { resourcePath, type ResourceType } from "./resourceType.ts";
import * as autoscaling from "./table/autoscaling.ts";
import type { Cell, Printer } from "./table/cells.ts";
import * as core from "./table/core.ts";
import * as networking from "./table/networking.ts";
import * as policy from "./table/policy.ts";
import * as storage from "./table/storage.ts";
import * as workloads from "./table/workloads.ts";

export type { Cell } from "./table/cells.ts";
export { humanDuration } from "./table/duration.ts";

export interface TableColumn {
  name: string;
  type: string;
  format: string;
  description: string;
  /** 0: always shown; 1: only with `-o wide`. */
  priority: number;
}

export interface TableRowCondition {
  type: string;
  status: string;
  reason: string;
  message: string;
}

const printers: Record<string, Printer<never>> = {
  "/componentstatuses": core.componentStatus,
  "/configmaps": core.configMap,
  "/endpoints": networking.endpoints,
  "/events": core.event,
  "/namespaces": core.namespace,
  "/nodes": core.node,
  "/persistentvolumeclaims": storage.persistentVolumeClaim,
  "/persistentvolumes": storage.persistentVolume,
  "/pods": workloads.pod,
  "/podtemplates": workloads.podTemplate,
  "/replicationcontrollers": workloads.replicationController,
  "/resourcequotas": core.resourceQuota,
  "/secrets": core.secret,
  "/serviceaccounts": core.serviceAccount,
  "/services": networking.service,
  "admissionregistration.k8s.io/mutatingadmissionpolicies": policy.mutatingAdmissionPolicy,
  "admissionregistration.k8s.io/mutatingadmissionpolicybindings": policy.admissionPolicyBinding,
  "admissionregistration.k8s.io/mutatingwebhookconfigurations": policy.webhookConfiguration,
  "admissionregistration.k8s.io/validatingadmissionpolicies": policy.validatingAdmissionPolicy,
  "admissionregistration.k8s.io/validatingadmissionpolicybindings": policy.admissionPolicyBinding,
  "admissionregistration.k8s.io/validatingwebhookconfigurations": policy.webhookConfiguration,
  "apiregistration.k8s.io/apiservices": policy.apiService,
  "apps/controllerrevisions": workloads.controllerRevision,
  "apps/daemonsets": workloads.daemonSet,
  "apps/deployments": workloads.deployment,
  "apps/replicasets": workloads.replicaSet,
  "apps/statefulsets": workloads.statefulSet,
  "autoscaling/horizontalpodautoscalers": autoscaling.horizontalPodAutoscaler,
  "batch/cronjobs": workloads.cronJob,
  "batch/jobs": workloads.job,
  "certificates.k8s.io/certificatesigningrequests": policy.certificateSigningRequest,
  "coordination.k8s.io/leases": policy.lease,
  "discovery.k8s.io/endpointslices": networking.endpointSlice,
  "events.k8s.io/events": core.event,
  "flowcontrol.apiserver.k8s.io/flowschemas": policy.flowSchema,
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations": policy.priorityLevelConfiguration,
  "networking.k8s.io/ingressclasses": networking.ingressClass,
  "networking.k8s.io/ingresses": networking.ingress,
  "networking.k8s.io/ipaddresses": networking.ipAddress,
  "networking.k8s.io/networkpolicies": networking.networkPolicy,
  "networking.k8s.io/servicecidrs": networking.serviceCIDR,
  "node.k8s.io/runtimeclasses": policy.runtimeClass,
  "policy/poddisruptionbudgets": policy.podDisruptionBudget,
  "rbac.authorization.k8s.io/clusterrolebindings": policy.roleBinding,
  "rbac.authorization.k8s.io/rolebindings": policy.roleBinding,
  "resource.k8s.io/deviceclasses": policy.nameAndAge,
  "resource.k8s.io/resourceclaims": policy.resourceClaim,
  "resource.k8s.io/resourceclaimtemplates": policy.nameAndAge,
  "resource.k8s.io/resourceslices": policy.resourceSlice,
  "scheduling.k8s.io/priorityclasses": policy.priorityClass,
  "storage.k8s.io/csidrivers": storage.csiDriver,
  "storage.k8s.io/csinodes": storage.csiNode,
  "storage.k8s.io/storageclasses": storage.storageClass,
  "storage.k8s.io/volumeattachments": storage.volumeAttachment,
  "storage.k8s.io/volumeattributesclasses": storage.volumeAttributesClass,
};

const columns = columnsJson as Record<string, Omit<TableColumn, "description">[]>;
const descriptions = descriptionsJson as Record<string, Record<string, string>>;
const shared = descriptions["*"]!;
const listPath = (type: ResourceType): string => resourcePath({ ...type, namespaced: false });
const creationColumns = columns["/api/v1/limitranges"]!;

/** The columns of a resource's Table; name and time of creation when it has none of its own. */
export function tableColumns(type: ResourceType): TableColumn[] {
  const path = listPath(type);
  const found = columns[path] ?? creationColumns;
  const described = descriptions[columns[path] ? path : "/api/v1/limitranges"];
  return found.map(({ name, type: columnType, format, priority }) => ({
    name,
    type: columnType,
    format,
    description: described?.[name] ?? shared[name] ?? "",
    priority,
  }));
}

/** The printer of a resource, to be looked up once for many rows. */
export function tablePrinter(type: ResourceType): (object: KubeObject, now: number) => Cell[] {
  return (printers[`${type.group}/${type.resource}`] as Printer | undefined) ?? policy.nameAndCreation;
}

/** What `kubectl get -o wide` shows of an object, in the order of tableColumns. `now` in ms since the epoch. */
export const tableCells = (type: ResourceType, object: KubeObject, now: number): Cell[] => tablePrinter(type)(object, now);

/** Conditions of a row: kubectl can leave out pods that have ended. */
export function tableRowConditions(type: ResourceType, object: KubeObject): TableRowCondition[] | undefined {
  const phase = type.group === "" && type.resource === "pods" ? (object as Pod).status?.phase : undefined;
  if (phase === "Succeeded") return [{ type: "Completed", status: "True", reason: "Succeeded", message: "The pod has completed successfully." }];
  if (phase === "Failed") return [{ type: "Completed", status: "True", reason: "Failed", message: "The pod failed." }];
  return undefined;
}
