import type { Node, Pod, TokenRequest } from "../../../shared/kubernetes/types.ts";
import { Nodes, Pods } from "../../api/resources.ts";
import { notFound } from "../request/statusErrors.ts";
import type { StrategyContext } from "../strategy.ts";
import { sameValue } from "../strategies/problems.ts";
import { refusal } from "./refusal.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./types.ts";

const userPrefix = "system:node:";
const mirrorAnnotation = "kubernetes.io/config.mirror";
const leaseNamespace = "kube-node-lease";
const kubeletLabels = [
  "kubernetes.io/hostname",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "node.kubernetes.io/instance-type",
  "beta.kubernetes.io/instance-type",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "node.kubernetes.io/windows-build",
];
const kubeletLabelDomains = ["kubelet.kubernetes.io", "node.kubernetes.io"];

/** Keeps each kubelet to its own node and the pods on it. https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction */
export const nodeRestriction: AdmissionPlugin = {
  name: "NodeRestriction",
  async admit(attributes, context) {
    const node = nodeOf(attributes);
    if (node === undefined) return;
    const { resource, subresource } = attributes;
    switch (resource.group ? `${resource.resource}.${resource.group}` : resource.resource) {
      case "pods":
        return admitPod(node, attributes, context);
      case "nodes":
        return admitNode(node, attributes);
      case "persistentvolumeclaims":
        if (subresource !== "status") throw refusal(attributes, "may only update PVC status");
        return;
      case "serviceaccounts":
        return admitToken(node, attributes, context);
      case "leases.coordination.k8s.io":
        return admitLease(node, attributes);
      case "csinodes.storage.k8s.io":
        return admitCsiNode(node, attributes);
    }
  },
};

/** The name of the node that the user is; undefined for everybody else. */
function nodeOf({ user }: AdmissionAttributes): string | undefined {
  return user.username?.startsWith(userPrefix) && user.groups?.includes("system:nodes") ? user.username.slice(userPrefix.length) : undefined;
}

async function admitPod(node: string, attributes: AdmissionAttributes, context: StrategyContext): Promise<void> {
  const { operation, subresource } = attributes;
  if (subresource === "status") return admitPodStatus(node, attributes);
  if (subresource === "eviction")
    return requireOwnPod(node, attributes, context, `node ${node} can only evict pods with spec.nodeName set to itself`);
  if (subresource !== "") throw refusal(attributes, `unexpected pod subresource "${subresource}", only 'status' and 'eviction' are allowed`);
  if (operation === "CREATE") return admitMirrorPod(node, attributes, context);
  if (operation === "DELETE") return requireOwnPod(node, attributes, context, `node "${node}" can only delete pods with spec.nodeName set to itself`);
  throw refusal(attributes, `unexpected operation "${operation}", node "${node}" can only create and delete mirror pods`);
}

async function requireOwnPod(node: string, attributes: AdmissionAttributes, context: StrategyContext, problem: string): Promise<void> {
  const { namespace, name, object } = attributes;
  const key = name || object?.metadata.name || "";
  const pod = (attributes.oldObject as Pod | undefined) ?? (await context.lookup(Pods, { namespace, name: key }));
  if (!pod) throw notFound(Pods, key);
  if (pod.spec?.nodeName !== node) throw refusal(attributes, problem);
}

function admitPodStatus(node: string, attributes: AdmissionAttributes): void {
  const old = attributes.oldObject as Pod;
  const pod = attributes.object as Pod;
  if (old.spec?.nodeName !== node) throw refusal(attributes, `node "${node}" can only update pod status for pods with spec.nodeName set to itself`);
  if (!sameValue(pod.metadata.labels ?? {}, old.metadata.labels ?? {}))
    throw refusal(attributes, `node "${node}" cannot update labels through pod status`);
  if (!sameValue(pod.status?.resourceClaimStatuses, old.status?.resourceClaimStatuses))
    throw refusal(attributes, `node "${node}" cannot update resource claim statues`);
}

async function admitMirrorPod(node: string, attributes: AdmissionAttributes, context: StrategyContext): Promise<void> {
  const { metadata, spec } = attributes.object as Pod;
  const refuse = (problem: string): never => {
    throw refusal(attributes, problem);
  };
  if (metadata.annotations?.[mirrorAnnotation] === undefined)
    refuse(`pod does not have "${mirrorAnnotation}" annotation, node "${node}" can only create mirror pods`);
  if (spec?.nodeName !== node) refuse(`node "${node}" can only create pods with spec.nodeName set to itself`);
  const owners = metadata.ownerReferences ?? [];
  if (owners.length > 1) refuse(`node "${node}" can only create pods with a single owner reference set to itself`);
  const owner = owners[0];
  if (!owner || owner.apiVersion !== "v1" || owner.kind !== "Node" || owner.name !== node)
    return refuse(`node "${node}" can only create pods with an owner reference set to itself`);
  if (!owner.controller) refuse(`node "${node}" can only create pods with a controller owner reference set to itself`);
  if (owner.blockOwnerDeletion) refuse(`node "${node}" must not set blockOwnerDeletion on an owner reference`);
  const known = await context.lookup(Nodes, { name: node });
  if (!known) throw notFound(Nodes, node);
  if (known.metadata.uid !== owner.uid) refuse(`node ${node} UID mismatch: expected ${owner.uid} got ${known.metadata.uid}`);
  const reference = apiReference(attributes.object as Pod);
  if (reference) refuse(`node "${node}" can not create pods that reference ${reference}`);
}

/** What of the API a pod refers to, in Kubernetes' words; a static pod may refer to nothing. */
function apiReference({ spec }: Pod): string | undefined {
  if (spec?.serviceAccountName) return "serviceaccounts";
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  const variables = containers.flatMap((container) => container.env ?? []);
  const sources = containers.flatMap((container) => container.envFrom ?? []);
  const projections = (spec?.volumes ?? []).flatMap((volume) => volume.projected?.sources ?? []);
  const volumes = [...(spec?.volumes ?? []), ...projections];
  if (
    spec?.imagePullSecrets?.length ||
    variables.some(({ valueFrom }) => valueFrom?.secretKeyRef) ||
    sources.some(({ secretRef }) => secretRef) ||
    volumes.some((volume) => volume.secret)
  )
    return "secrets";
  if (
    variables.some(({ valueFrom }) => valueFrom?.configMapKeyRef) ||
    sources.some(({ configMapRef }) => configMapRef) ||
    volumes.some((volume) => volume.configMap)
  )
    return "configmaps";
  if (spec?.volumes?.some((volume) => volume.persistentVolumeClaim)) return "persistentvolumeclaims";
  return spec?.resourceClaims?.length ? "resourceclaims" : undefined;
}

function admitNode(node: string, attributes: AdmissionAttributes): void {
  const { operation, name } = attributes;
  const object = attributes.object as Node | undefined;
  const requested = name || object?.metadata.name || "";
  if (requested !== node) throw refusal(attributes, `node "${node}" is not allowed to modify node "${requested}"`);
  if (!object) return;
  const old = attributes.oldObject as Node | undefined;
  if (operation === "UPDATE" && old) {
    if (!sameValue(object.spec?.taints, old.spec?.taints)) throw refusal(attributes, `node "${node}" is not allowed to modify taints`);
    if (!sameValue(object.metadata.ownerReferences, old.metadata.ownerReferences))
      throw refusal(attributes, `node "${node}" is not allowed to modify ownerReferences`);
  }
  const forbidden = changedLabels(object.metadata.labels ?? {}, old?.metadata.labels ?? {})
    .filter(isForbiddenLabel)
    .sort();
  if (forbidden.length === 0) return;
  throw refusal(
    attributes,
    operation === "CREATE"
      ? `node "${node}" is not allowed to set the following labels: ${forbidden.join(", ")}`
      : `is not allowed to modify labels: ${forbidden.join(", ")}`,
  );
}

const changedLabels = (now: Record<string, string>, before: Record<string, string>): string[] =>
  [...new Set([...Object.keys(now), ...Object.keys(before)])].filter((key) => now[key] !== before[key]);

function isForbiddenLabel(key: string): boolean {
  const domain = key.includes("/") ? key.slice(0, key.indexOf("/")) : "";
  const within = (parent: string): boolean => domain === parent || domain.endsWith(`.${parent}`);
  if (within("node-restriction.kubernetes.io")) return true;
  if (!within("kubernetes.io") && !within("k8s.io")) return false;
  return !kubeletLabels.includes(key) && !kubeletLabelDomains.some(within);
}

async function admitToken(node: string, attributes: AdmissionAttributes, context: StrategyContext): Promise<void> {
  if (attributes.operation !== "CREATE" || attributes.subresource !== "token") return;
  const spec = (attributes.object as unknown as TokenRequest).spec!;
  const reference = spec.boundObjectRef;
  if (!reference || reference.apiVersion !== "v1" || reference.kind !== "Pod" || !reference.name)
    throw refusal(attributes, "node requested token not bound to a pod");
  if (!reference.uid) throw refusal(attributes, "node requested token with a pod binding without a uid");
  const pod = await context.lookup(Pods, { namespace: attributes.namespace, name: reference.name });
  if (!pod) throw notFound(Pods, reference.name);
  if (pod.metadata.uid !== reference.uid) {
    throw refusal(
      attributes,
      `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  if (pod.spec?.nodeName !== node) throw refusal(attributes, "node requested token bound to a pod scheduled on a different node");
  requireKnownAudience(spec.audiences ?? [], pod, attributes);
}

/** A node asks for tokens only for audiences that a volume of the pod names; "" is the API server itself. */
function requireKnownAudience(audiences: string[], pod: Pod, attributes: AdmissionAttributes): void {
  if (audiences.length > 1) throw refusal(attributes, "node may only request 0 or 1 audiences");
  const audience = audiences[0] ?? "";
  const named = (pod.spec?.volumes ?? []).some((volume) =>
    volume.projected?.sources?.some((source) => source.serviceAccountToken && (source.serviceAccountToken.audience ?? "") === audience),
  );
  if (named) return;
  throw refusal(
    attributes,
    `audience "${audience}" not found in pod spec volume, ${attributes.user.username} is not authorized to request tokens for this audience`,
  );
}

function admitLease(node: string, attributes: AdmissionAttributes): void {
  const { namespace, operation, name, object } = attributes;
  if (namespace !== leaseNamespace) throw refusal(attributes, `can only access leases in the "${leaseNamespace}" system namespace`);
  const requested = operation === "CREATE" ? (object?.metadata.name ?? name) : name;
  if (requested !== node) throw refusal(attributes, "can only access node lease with the same name as the requesting node");
}

function admitCsiNode(node: string, attributes: AdmissionAttributes): void {
  const { operation, name, object } = attributes;
  const requested = operation === "CREATE" ? (object?.metadata.name ?? name) : name;
  if (requested !== node) throw refusal(attributes, "can only access CSINode with the same name as the requesting node");
}
