import type * as T from "../../shared/kubernetes/types.ts";
import type { ResourceType } from "./resourceType.ts";

// The built-in resources that can be listed, as discovery.json has them.
export const ComponentStatuses: ResourceType<T.ComponentStatus> = {
  group: "",
  version: "v1",
  resource: "componentstatuses",
  kind: "ComponentStatus",
  namespaced: false,
};
export const ConfigMaps: ResourceType<T.ConfigMap> = { group: "", version: "v1", resource: "configmaps", kind: "ConfigMap", namespaced: true };
export const Endpoints: ResourceType<T.Endpoints> = { group: "", version: "v1", resource: "endpoints", kind: "Endpoints", namespaced: true };
export const Events: ResourceType<T.Event> = { group: "", version: "v1", resource: "events", kind: "Event", namespaced: true };
export const LimitRanges: ResourceType<T.LimitRange> = { group: "", version: "v1", resource: "limitranges", kind: "LimitRange", namespaced: true };
export const Namespaces: ResourceType<T.Namespace> = { group: "", version: "v1", resource: "namespaces", kind: "Namespace", namespaced: false };
export const Nodes: ResourceType<T.Node> = { group: "", version: "v1", resource: "nodes", kind: "Node", namespaced: false };
export const PersistentVolumeClaims: ResourceType<T.PersistentVolumeClaim> = {
  group: "",
  version: "v1",
  resource: "persistentvolumeclaims",
  kind: "PersistentVolumeClaim",
  namespaced: true,
};
export const PersistentVolumes: ResourceType<T.PersistentVolume> = {
  group: "",
  version: "v1",
  resource: "persistentvolumes",
  kind: "PersistentVolume",
  namespaced: false,
};
export const Pods: ResourceType<T.Pod> = { group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true };
export const PodTemplates: ResourceType<T.PodTemplate> = {
  group: "",
  version: "v1",
  resource: "podtemplates",
  kind: "PodTemplate",
  namespaced: true,
};
export const ReplicationControllers: ResourceType<T.ReplicationController> = {
  group: "",
  version: "v1",
  resource: "replicationcontrollers",
  kind: "ReplicationController",
  namespaced: true,
};
export const ResourceQuotas: ResourceType<T.ResourceQuota> = {
  group: "",
  version: "v1",
  resource: "resourcequotas",
  kind: "ResourceQuota",
  namespaced: true,
};
export const Secrets: ResourceType<T.Secret> = { group: "", version: "v1", resource: "secrets", kind: "Secret", namespaced: true };
export const ServiceAccounts: ResourceType<T.ServiceAccount> = {
  group: "",
  version: "v1",
  resource: "serviceaccounts",
  kind: "ServiceAccount",
  namespaced: true,
};
export const Services: ResourceType<T.Service> = { group: "", version: "v1", resource: "services", kind: "Service", namespaced: true };
export const APIServices: ResourceType<T.APIService> = {
  group: "apiregistration.k8s.io",
  version: "v1",
  resource: "apiservices",
  kind: "APIService",
  namespaced: false,
};
export const ControllerRevisions: ResourceType<T.ControllerRevision> = {
  group: "apps",
  version: "v1",
  resource: "controllerrevisions",
  kind: "ControllerRevision",
  namespaced: true,
};
export const DaemonSets: ResourceType<T.DaemonSet> = { group: "apps", version: "v1", resource: "daemonsets", kind: "DaemonSet", namespaced: true };
export const Deployments: ResourceType<T.Deployment> = {
  group: "apps",
  version: "v1",
  resource: "deployments",
  kind: "Deployment",
  namespaced: true,
};
export const ReplicaSets: ResourceType<T.ReplicaSet> = {
  group: "apps",
  version: "v1",
  resource: "replicasets",
  kind: "ReplicaSet",
  namespaced: true,
};
export const StatefulSets: ResourceType<T.StatefulSet> = {
  group: "apps",
  version: "v1",
  resource: "statefulsets",
  kind: "StatefulSet",
  namespaced: true,
};
export const EventsV1Events: ResourceType<T.EventsV1Event> = {
  group: "events.k8s.io",
  version: "v1",
  resource: "events",
  kind: "Event",
  namespaced: true,
};
export const HorizontalPodAutoscalers: ResourceType<T.HorizontalPodAutoscaler> = {
  group: "autoscaling",
  version: "v2",
  resource: "horizontalpodautoscalers",
  kind: "HorizontalPodAutoscaler",
  namespaced: true,
};
export const AutoscalingV1HorizontalPodAutoscalers: ResourceType<T.AutoscalingV1HorizontalPodAutoscaler> = {
  group: "autoscaling",
  version: "v1",
  resource: "horizontalpodautoscalers",
  kind: "HorizontalPodAutoscaler",
  namespaced: true,
};
export const CronJobs: ResourceType<T.CronJob> = { group: "batch", version: "v1", resource: "cronjobs", kind: "CronJob", namespaced: true };
export const Jobs: ResourceType<T.Job> = { group: "batch", version: "v1", resource: "jobs", kind: "Job", namespaced: true };
export const CertificateSigningRequests: ResourceType<T.CertificateSigningRequest> = {
  group: "certificates.k8s.io",
  version: "v1",
  resource: "certificatesigningrequests",
  kind: "CertificateSigningRequest",
  namespaced: false,
};
export const IngressClasses: ResourceType<T.IngressClass> = {
  group: "networking.k8s.io",
  version: "v1",
  resource: "ingressclasses",
  kind: "IngressClass",
  namespaced: false,
};
export const Ingresses: ResourceType<T.Ingress> = {
  group: "networking.k8s.io",
  version: "v1",
  resource: "ingresses",
  kind: "Ingress",
  namespaced: true,
};
export const IPAddresses: ResourceType<T.IPAddress> = {
  group: "networking.k8s.io",
  version: "v1",
  resource: "ipaddresses",
  kind: "IPAddress",
  namespaced: false,
};
export const NetworkPolicies: ResourceType<T.NetworkPolicy> = {
  group: "networking.k8s.io",
  version: "v1",
  resource: "networkpolicies",
  kind: "NetworkPolicy",
  namespaced: true,
};
export const ServiceCIDRs: ResourceType<T.ServiceCIDR> = {
  group: "networking.k8s.io",
  version: "v1",
  resource: "servicecidrs",
  kind: "ServiceCIDR",
  namespaced: false,
};
export const PodDisruptionBudgets: ResourceType<T.PodDisruptionBudget> = {
  group: "policy",
  version: "v1",
  resource: "poddisruptionbudgets",
  kind: "PodDisruptionBudget",
  namespaced: true,
};
export const ClusterRoleBindings: ResourceType<T.ClusterRoleBinding> = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  resource: "clusterrolebindings",
  kind: "ClusterRoleBinding",
  namespaced: false,
};
export const ClusterRoles: ResourceType<T.ClusterRole> = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  resource: "clusterroles",
  kind: "ClusterRole",
  namespaced: false,
};
export const RoleBindings: ResourceType<T.RoleBinding> = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  resource: "rolebindings",
  kind: "RoleBinding",
  namespaced: true,
};
export const Roles: ResourceType<T.Role> = { group: "rbac.authorization.k8s.io", version: "v1", resource: "roles", kind: "Role", namespaced: true };
export const CSIDrivers: ResourceType<T.CSIDriver> = {
  group: "storage.k8s.io",
  version: "v1",
  resource: "csidrivers",
  kind: "CSIDriver",
  namespaced: false,
};
export const CSINodes: ResourceType<T.CSINode> = { group: "storage.k8s.io", version: "v1", resource: "csinodes", kind: "CSINode", namespaced: false };
export const CSIStorageCapacities: ResourceType<T.CSIStorageCapacity> = {
  group: "storage.k8s.io",
  version: "v1",
  resource: "csistoragecapacities",
  kind: "CSIStorageCapacity",
  namespaced: true,
};
export const StorageClasses: ResourceType<T.StorageClass> = {
  group: "storage.k8s.io",
  version: "v1",
  resource: "storageclasses",
  kind: "StorageClass",
  namespaced: false,
};
export const VolumeAttachments: ResourceType<T.VolumeAttachment> = {
  group: "storage.k8s.io",
  version: "v1",
  resource: "volumeattachments",
  kind: "VolumeAttachment",
  namespaced: false,
};
export const VolumeAttributesClasses: ResourceType<T.VolumeAttributesClass> = {
  group: "storage.k8s.io",
  version: "v1",
  resource: "volumeattributesclasses",
  kind: "VolumeAttributesClass",
  namespaced: false,
};
export const MutatingAdmissionPolicies: ResourceType<T.MutatingAdmissionPolicy> = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  resource: "mutatingadmissionpolicies",
  kind: "MutatingAdmissionPolicy",
  namespaced: false,
};
export const MutatingAdmissionPolicyBindings: ResourceType<T.MutatingAdmissionPolicyBinding> = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  resource: "mutatingadmissionpolicybindings",
  kind: "MutatingAdmissionPolicyBinding",
  namespaced: false,
};
export const MutatingWebhookConfigurations: ResourceType<T.MutatingWebhookConfiguration> = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  resource: "mutatingwebhookconfigurations",
  kind: "MutatingWebhookConfiguration",
  namespaced: false,
};
export const ValidatingAdmissionPolicies: ResourceType<T.ValidatingAdmissionPolicy> = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  resource: "validatingadmissionpolicies",
  kind: "ValidatingAdmissionPolicy",
  namespaced: false,
};
export const ValidatingAdmissionPolicyBindings: ResourceType<T.ValidatingAdmissionPolicyBinding> = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  resource: "validatingadmissionpolicybindings",
  kind: "ValidatingAdmissionPolicyBinding",
  namespaced: false,
};
export const ValidatingWebhookConfigurations: ResourceType<T.ValidatingWebhookConfiguration> = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  resource: "validatingwebhookconfigurations",
  kind: "ValidatingWebhookConfiguration",
  namespaced: false,
};
export const CustomResourceDefinitions: ResourceType<T.CustomResourceDefinition> = {
  group: "apiextensions.k8s.io",
  version: "v1",
  resource: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  namespaced: false,
};
export const PriorityClasses: ResourceType<T.PriorityClass> = {
  group: "scheduling.k8s.io",
  version: "v1",
  resource: "priorityclasses",
  kind: "PriorityClass",
  namespaced: false,
};
export const Leases: ResourceType<T.Lease> = { group: "coordination.k8s.io", version: "v1", resource: "leases", kind: "Lease", namespaced: true };
export const RuntimeClasses: ResourceType<T.RuntimeClass> = {
  group: "node.k8s.io",
  version: "v1",
  resource: "runtimeclasses",
  kind: "RuntimeClass",
  namespaced: false,
};
export const EndpointSlices: ResourceType<T.EndpointSlice> = {
  group: "discovery.k8s.io",
  version: "v1",
  resource: "endpointslices",
  kind: "EndpointSlice",
  namespaced: true,
};
export const DeviceClasses: ResourceType<T.DeviceClass> = {
  group: "resource.k8s.io",
  version: "v1",
  resource: "deviceclasses",
  kind: "DeviceClass",
  namespaced: false,
};
export const ResourceClaims: ResourceType<T.ResourceV1ResourceClaim> = {
  group: "resource.k8s.io",
  version: "v1",
  resource: "resourceclaims",
  kind: "ResourceClaim",
  namespaced: true,
};
export const ResourceClaimTemplates: ResourceType<T.ResourceClaimTemplate> = {
  group: "resource.k8s.io",
  version: "v1",
  resource: "resourceclaimtemplates",
  kind: "ResourceClaimTemplate",
  namespaced: true,
};
export const ResourceSlices: ResourceType<T.ResourceSlice> = {
  group: "resource.k8s.io",
  version: "v1",
  resource: "resourceslices",
  kind: "ResourceSlice",
  namespaced: false,
};
export const FlowSchemas: ResourceType<T.FlowSchema> = {
  group: "flowcontrol.apiserver.k8s.io",
  version: "v1",
  resource: "flowschemas",
  kind: "FlowSchema",
  namespaced: false,
};
export const PriorityLevelConfigurations: ResourceType<T.PriorityLevelConfiguration> = {
  group: "flowcontrol.apiserver.k8s.io",
  version: "v1",
  resource: "prioritylevelconfigurations",
  kind: "PriorityLevelConfiguration",
  namespaced: false,
};
