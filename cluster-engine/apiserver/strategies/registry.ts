import type { Strategy } from "../strategy.ts";
import * as admissionRegistration from "./admissionRegistration.ts";
import { horizontalPodAutoscalers } from "./autoscaling.ts";
import { cronJobs, jobs } from "./batch.ts";
import { certificateSigningRequests } from "./certificates.ts";
import { configMaps } from "./configMaps.ts";
import { customResourceDefinitions } from "./customResourceDefinitions.ts";
import * as dynamicResources from "./dynamicResources.ts";
import { endpoints, endpointSlices } from "./endpointSlices.ts";
import { events } from "./events.ts";
import { flowSchemas, priorityLevelConfigurations } from "./flowControl.ts";
import { ingressClasses, ingresses } from "./ingresses.ts";
import { namespaces } from "./namespaces.ts";
import { networkPolicies } from "./networkPolicies.ts";
import * as networking from "./networking.ts";
import { nodes } from "./nodes.ts";
import * as other from "./otherKinds.ts";
import { persistentVolumeClaims, persistentVolumes } from "./persistentVolumes.ts";
import { pods } from "./pods.ts";
import { limitRanges, resourceQuotas } from "./quotas.ts";
import * as rbac from "./rbac.ts";
import { priorityClasses, runtimeClasses } from "./scheduling.ts";
import { secrets } from "./secrets.ts";
import type { ServiceRanges } from "./serviceAllocation.ts";
import { serviceStrategy } from "./services.ts";
import * as storage from "./storage.ts";
import * as workloads from "./workloads.ts";

export type StrategyFor = (type: { group: string; resource: string }) => Strategy;

/** Every built-in kind, by group and resource; kinds that are not stored (reviews, bindings) have nothing of their own. `ranges` is where Services get their addresses and ports from. */
export function createStrategies(ranges: ServiceRanges): StrategyFor {
  const table = strategyTable(ranges);
  return ({ group, resource }) => (table[group ? `${resource}.${group}` : resource] as Strategy | undefined) ?? {};
}

const strategyTable = (ranges: ServiceRanges): Record<string, unknown> => ({
  pods,
  podtemplates: workloads.podTemplates,
  replicationcontrollers: workloads.replicationControllers,
  services: serviceStrategy(ranges),
  endpoints,
  configmaps: configMaps,
  secrets,
  serviceaccounts: other.serviceAccounts,
  namespaces,
  nodes,
  events,
  limitranges: limitRanges,
  resourcequotas: resourceQuotas,
  persistentvolumes: persistentVolumes,
  persistentvolumeclaims: persistentVolumeClaims,
  "deployments.apps": workloads.deployments,
  "replicasets.apps": workloads.replicaSets,
  "statefulsets.apps": workloads.statefulSets,
  "daemonsets.apps": workloads.daemonSets,
  "controllerrevisions.apps": workloads.controllerRevisions,
  "jobs.batch": jobs,
  "cronjobs.batch": cronJobs,
  "horizontalpodautoscalers.autoscaling": horizontalPodAutoscalers,
  "poddisruptionbudgets.policy": other.podDisruptionBudgets,
  "leases.coordination.k8s.io": other.leases,
  "endpointslices.discovery.k8s.io": endpointSlices,
  "ingresses.networking.k8s.io": ingresses,
  "ingressclasses.networking.k8s.io": ingressClasses,
  "networkpolicies.networking.k8s.io": networkPolicies,
  "ipaddresses.networking.k8s.io": networking.ipAddresses,
  "servicecidrs.networking.k8s.io": networking.serviceCIDRs,
  "roles.rbac.authorization.k8s.io": rbac.roles,
  "clusterroles.rbac.authorization.k8s.io": rbac.clusterRoles,
  "rolebindings.rbac.authorization.k8s.io": rbac.roleBindings,
  "clusterrolebindings.rbac.authorization.k8s.io": rbac.clusterRoleBindings,
  "storageclasses.storage.k8s.io": storage.storageClasses,
  "csidrivers.storage.k8s.io": storage.csiDrivers,
  "csinodes.storage.k8s.io": storage.csiNodes,
  "csistoragecapacities.storage.k8s.io": storage.csiStorageCapacities,
  "volumeattachments.storage.k8s.io": storage.volumeAttachments,
  "volumeattributesclasses.storage.k8s.io": storage.volumeAttributesClasses,
  "priorityclasses.scheduling.k8s.io": priorityClasses,
  "runtimeclasses.node.k8s.io": runtimeClasses,
  "certificatesigningrequests.certificates.k8s.io": certificateSigningRequests,
  "customresourcedefinitions.apiextensions.k8s.io": customResourceDefinitions,
  "apiservices.apiregistration.k8s.io": other.apiServices,
  "flowschemas.flowcontrol.apiserver.k8s.io": flowSchemas,
  "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": priorityLevelConfigurations,
  "resourceclaims.resource.k8s.io": dynamicResources.resourceClaims,
  "resourceclaimtemplates.resource.k8s.io": dynamicResources.resourceClaimTemplates,
  "deviceclasses.resource.k8s.io": dynamicResources.deviceClasses,
  "resourceslices.resource.k8s.io": dynamicResources.resourceSlices,
  "validatingwebhookconfigurations.admissionregistration.k8s.io": admissionRegistration.validatingWebhookConfigurations,
  "mutatingwebhookconfigurations.admissionregistration.k8s.io": admissionRegistration.mutatingWebhookConfigurations,
  "validatingadmissionpolicies.admissionregistration.k8s.io": admissionRegistration.validatingAdmissionPolicies,
  "validatingadmissionpolicybindings.admissionregistration.k8s.io": admissionRegistration.validatingAdmissionPolicyBindings,
  "mutatingadmissionpolicies.admissionregistration.k8s.io": admissionRegistration.mutatingAdmissionPolicies,
  "mutatingadmissionpolicybindings.admissionregistration.k8s.io": admissionRegistration.mutatingAdmissionPolicyBindings,
});
