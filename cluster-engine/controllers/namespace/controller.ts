import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Namespace } from "../../../shared/kubernetes/types.ts";
import { Namespaces, Pods } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { rfc3339 } from "../../base/clock.ts";
import { discoverResources, type DiscoveredResource } from "../../client/discovery.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client } from "../../client/types.ts";
import { semanticEqual } from "../equality.ts";
import { messageOf } from "../podControl.ts";
import { loopOptions, type Controller } from "../types.ts";
import { namespaceConditions, type Remains } from "./conditions.ts";

const finalizer = "kubernetes";

/** ms between looks at what holds a namespace. Its pods going wake the loop besides. */
const patience = 2000;

/** Empties namespaces that are being deleted, tells what holds them, and lets them go. */
export const namespaceController: Controller = {
  name: "namespace-controller",
  account: "namespace-controller",
  start(context) {
    const namespaces = context.informers.of(Namespaces);
    const pods = context.informers.of(Pods);
    const terminating = (name: string) => namespaces.get(name)?.metadata.deletionTimestamp !== undefined;
    return runReconciler({
      ...loopOptions(context),
      name: "namespace",
      sources: [
        source(namespaces),
        source(
          pods,
          ({ metadata: { namespace } }) => (terminating(namespace) ? [namespace] : []),
          () => false,
        ),
      ],
      async reconcile(key, { client }) {
        const namespace = namespaces.get(key);
        if (!namespace?.metadata.deletionTimestamp || !namespace.spec?.finalizers?.includes(finalizer)) return;
        const remains = await empty(client, key);
        const done = remains.resources.size === 0 && remains.deletionErrors.length === 0 && remains.discoveryError === undefined;
        const updated = await tell(client, namespace, remains, rfc3339(context.clock.now()));
        if (!done) return { requeueAfter: patience };
        await finalize(client, updated);
      },
    });
  },
};

async function empty(client: Client, namespace: string): Promise<Remains> {
  const remains: Remains = { deletionErrors: [], resources: new Map(), finalizers: new Map() };
  // Pods go first: what they need (secrets, network policies) stays until they are gone.
  await emptyOf(client, { ...Pods, verbs: ["delete", "deletecollection", "list"], subresources: [] }, namespace, remains);
  if (remains.resources.size > 0 || remains.deletionErrors.length > 0) return remains;
  let discovered: DiscoveredResource[] = [];
  try {
    discovered = await discoverResources(client.transport);
  } catch (error) {
    remains.discoveryError = messageOf(error);
  }
  const deletable = discovered.filter(
    ({ namespaced, verbs, resource }) => namespaced && verbs.includes("delete") && verbs.includes("list") && resource !== Pods.resource,
  );
  await Promise.all(deletable.map((type) => emptyOf(client, type, namespace, remains)));
  return remains;
}

async function emptyOf(client: Client, type: DiscoveredResource, namespace: string, remains: Remains): Promise<void> {
  const resource = client.resource<KubeObject>(type);
  try {
    const present = (await resource.list(namespace)).items;
    if (present.length === 0) return;
    if (type.verbs.includes("deletecollection")) await resource.deleteCollection(namespace, { propagationPolicy: "Background" });
    else for (const { metadata } of present) await resource.delete(metadata, { propagationPolicy: "Background" }).catch(unlessGone);
    count(remains, type, (await resource.list(namespace)).items);
  } catch (error) {
    if (!hasReason(error, "NotFound") && !hasReason(error, "MethodNotAllowed")) remains.deletionErrors.push(messageOf(error));
  }
}

function count({ resources, finalizers }: Remains, { resource, group }: DiscoveredResource, items: KubeObject[]): void {
  if (items.length > 0) resources.set(`${resource}.${group}`, items.length);
  for (const { metadata } of items) for (const each of metadata.finalizers ?? []) finalizers.set(each, (finalizers.get(each) ?? 0) + 1);
}

async function tell(client: Client, namespace: Namespace, remains: Remains, stamp: string): Promise<Namespace> {
  const conditions = namespaceConditions(namespace.status?.conditions, remains, stamp);
  if (semanticEqual(conditions, namespace.status?.conditions)) return namespace;
  return client.resource(Namespaces).updateStatus({ ...namespace, status: { ...namespace.status, phase: "Terminating", conditions } });
}

async function finalize(client: Client, namespace: Namespace): Promise<void> {
  const finalizers = namespace.spec!.finalizers!.filter((each) => each !== finalizer);
  await client
    .resource(Namespaces)
    .updateSubresource({ ...namespace, spec: { ...namespace.spec, finalizers } }, "finalize")
    .catch(unlessGone);
}

function unlessGone(error: unknown): void {
  if (!hasReason(error, "NotFound")) throw error;
}
