import type { Pod, UserInfo, Volume } from "../../../shared/kubernetes/types.ts";
import { inGroup } from "../authentication/users.ts";
import type { WatchCaches } from "../storage/watchCaches.ts";
import { keyPrefix } from "../storage/watchCaches.ts";
import type { Attributes, Decision } from "./attributes.ts";
import { ruleAllows } from "./rules.ts";
import { nodeRules } from "./nodeRules.ts";

const denied = (reason = ""): Decision => ({ allowed: false, reason });
const allowed: Decision = { allowed: true, reason: "" };

/** The node that a kubelet speaks for; undefined for everyone else. */
export function nodeOf(user: UserInfo): string | undefined {
  const name = user.username ?? "";
  return name.startsWith("system:node:") && inGroup(user, "system:nodes") ? name.slice("system:node:".length) : undefined;
}

/**
 * Nodes see what their own pods need, and change what is theirs. Finer than RBAC, after
 * k8s.io/kubernetes/plugin/pkg/auth/authorizer/node; volume attachments and claims of dynamic resources are not followed.
 */
export function createNodeAuthorizer(caches: WatchCaches): (attributes: Attributes) => Decision {
  const pods = new PodsByNode(caches);
  return (attributes) => {
    const node = nodeOf(attributes.user);
    if (node === undefined) return denied();
    const special = attributes.isResourceRequest ? guards[`${attributes.group}/${attributes.resource}`] : undefined;
    if (special) return special(node, attributes, pods);
    return nodeRules.some((rule) => ruleAllows(rule, attributes)) ? allowed : denied();
  };
}

type Guard = (node: string, attributes: Attributes, pods: PodsByNode) => Decision;

const byRule = (attributes: Attributes): Decision => (nodeRules.some((rule) => ruleAllows(rule, attributes)) ? allowed : denied());

const guards: Record<string, Guard> = {
  "/secrets": (node, attributes, pods) => readReferenced(node, attributes, pods, "Secret"),
  "/configmaps": (node, attributes, pods) => readReferenced(node, attributes, pods, "ConfigMap"),
  "/persistentvolumeclaims": (node, attributes, pods) => getReferenced(node, attributes, pods, "PersistentVolumeClaim"),
  "/serviceaccounts": serviceAccount,
  "/nodes": ownNode,
  "/pods": ownPods,
  "coordination.k8s.io/leases": ownLease,
  "storage.k8s.io/csinodes": ownCsiNode,
};

function readReferenced(node: string, attributes: Attributes, pods: PodsByNode, kind: string): Decision {
  if (!["get", "list", "watch"].includes(attributes.verb)) return denied("can only read resources of this type");
  if (attributes.subresource) return denied("cannot read subresource");
  if (!attributes.namespace) return denied("can only read namespaced object of this type");
  return related(node, attributes, pods, kind);
}

function getReferenced(node: string, attributes: Attributes, pods: PodsByNode, kind: string): Decision {
  if (attributes.subresource === "status")
    return ["update", "patch"].includes(attributes.verb) ? related(node, attributes, pods, kind) : denied("can only get/update/patch this type");
  if (attributes.verb !== "get") return denied("can only get individual resources of this type");
  if (attributes.subresource) return denied("cannot get subresource");
  return related(node, attributes, pods, kind);
}

function related(node: string, attributes: Attributes, pods: PodsByNode, kind: string): Decision {
  if (!attributes.name) return denied("No Object name found");
  return pods.refer(node, attributes.namespace, kind, attributes.name)
    ? allowed
    : denied(`no relationship found between node '${node}' and this object`);
}

function serviceAccount(node: string, attributes: Attributes, pods: PodsByNode): Decision {
  if (attributes.verb === "get" && !attributes.subresource) return readReferenced(node, attributes, pods, "ServiceAccount");
  if (attributes.verb !== "create" || !attributes.name) return denied("can only create tokens for individual service accounts");
  if (attributes.subresource !== "token") return denied("can only create token subresource of serviceaccount");
  return related(node, attributes, pods, "ServiceAccount");
}

function ownNode(node: string, attributes: Attributes): Decision {
  if (["get", "list", "watch"].includes(attributes.verb) && !attributes.subresource) {
    if (attributes.name === node) return allowed;
    if (attributes.verb === "get") return denied(`node '${node}' cannot read '${attributes.name}', only its own Node object`);
    return denied(`node '${node}' cannot read all nodes, only its own Node object`);
  }
  return byRule(attributes);
}

function ownPods(node: string, attributes: Attributes, pods: PodsByNode): Decision {
  if (attributes.verb === "get" && !attributes.subresource) {
    return pods.has(node, attributes.namespace, attributes.name) ? allowed : denied(`no relationship found between node '${node}' and this object`);
  }
  if (["list", "watch"].includes(attributes.verb)) {
    const own = (attributes.fieldSelector ?? "").split(",").some((part) => /^spec\.nodeName==?/.test(part) && part.endsWith(`=${node}`));
    return own ? allowed : denied("can only list/watch pods with spec.nodeName field selector");
  }
  return byRule(attributes);
}

function ownLease(node: string, attributes: Attributes): Decision {
  if (!["get", "create", "update", "patch", "delete"].includes(attributes.verb))
    return denied("can only get, create, update, patch, or delete a node lease");
  if (attributes.namespace !== "kube-node-lease") return denied('can only access leases in the "kube-node-lease" system namespace');
  if (attributes.verb !== "create" && attributes.name !== node) return denied("can only access node lease with the same name as the requesting node");
  return allowed;
}

function ownCsiNode(node: string, attributes: Attributes): Decision {
  if (!["get", "create", "update", "patch", "delete"].includes(attributes.verb))
    return denied("can only get, create, update, patch, or delete a CSINode");
  if (attributes.subresource) return denied("cannot authorize CSINode subresources");
  if (attributes.verb !== "create" && attributes.name !== node) return denied("can only access CSINode with the same name as the requesting node");
  return allowed;
}

/** What the pods of each node refer to. */
class PodsByNode {
  readonly #cache;

  constructor(caches: WatchCaches) {
    this.#cache = caches.of(keyPrefix({ group: "", resource: "pods" }));
  }

  has(node: string, namespace: string, pod: string): boolean {
    return (this.#cache.get(namespace, pod)?.object as Pod | undefined)?.spec?.nodeName === node;
  }

  refer(node: string, namespace: string, kind: string, name: string): boolean {
    const wanted = `${kind}/${name}`;
    for (const stored of this.#cache.onRoute({ field: "spec.nodeName", value: node })) {
      if (stored.namespace !== namespace) continue;
      for (const reference of referencesOf(stored.object as Pod)) if (reference === wanted) return true;
    }
    return false;
  }
}

function* referencesOf(pod: Pod): Generator<string> {
  const spec = pod.spec!;
  yield `ServiceAccount/${spec.serviceAccountName ?? "default"}`;
  for (const secret of spec.imagePullSecrets ?? []) yield `Secret/${secret.name}`;
  for (const volume of spec.volumes ?? []) yield* referencesOfVolume(volume, pod);
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])]) {
    for (const { valueFrom } of container.env ?? []) {
      if (valueFrom?.secretKeyRef) yield `Secret/${valueFrom.secretKeyRef.name}`;
      if (valueFrom?.configMapKeyRef) yield `ConfigMap/${valueFrom.configMapKeyRef.name}`;
    }
    for (const from of container.envFrom ?? []) {
      if (from.secretRef) yield `Secret/${from.secretRef.name}`;
      if (from.configMapRef) yield `ConfigMap/${from.configMapRef.name}`;
    }
  }
}

function* referencesOfVolume(volume: Volume, pod: Pod): Generator<string> {
  if (volume.secret?.secretName) yield `Secret/${volume.secret.secretName}`;
  if (volume.configMap?.name) yield `ConfigMap/${volume.configMap.name}`;
  if (volume.persistentVolumeClaim) yield `PersistentVolumeClaim/${volume.persistentVolumeClaim.claimName}`;
  if (volume.ephemeral) yield `PersistentVolumeClaim/${pod.metadata.name}-${volume.name}`;
  for (const source of volume.projected?.sources ?? []) {
    if (source.secret?.name) yield `Secret/${source.secret.name}`;
    if (source.configMap?.name) yield `ConfigMap/${source.configMap.name}`;
  }
}
