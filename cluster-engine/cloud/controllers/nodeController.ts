import type { Node, NodeAddress } from "../../../shared/kubernetes/types.ts";
import { Nodes } from "../../api/resources.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client } from "../../client/types.ts";
import type { InstanceMetadata } from "../types.ts";
import { loopOptions, messageOf, type CloudControllerContext } from "./context.ts";
import { nodeReference } from "./nodeReference.ts";

/** Keeps pods away until the cloud has told what the node's machine is. Set by kubelets with an external cloud provider. */
export const uninitializedTaint = { key: "node.cloudprovider.kubernetes.io/uninitialized", value: "true", effect: "NoSchedule" } as const;

/** Addresses are asked for so often, ms (--node-status-update-frequency). */
const addressPeriod = 300_000;

/** Labels that were renamed when they became stable: the stable one follows the older. */
const labelPairs = [
  { older: "failure-domain.beta.kubernetes.io/zone", stable: "topology.kubernetes.io/zone", of: "zone" },
  { older: "failure-domain.beta.kubernetes.io/region", stable: "topology.kubernetes.io/region", of: "region" },
  { older: "beta.kubernetes.io/instance-type", stable: "node.kubernetes.io/instance-type", of: "instanceType" },
] as const;

/** Initializes nodes with what the cloud knows of their machines, and keeps addresses and labels as the cloud has them. */
export function startNodeController(context: CloudControllerContext): Disposable {
  const nodes = context.informers.of(Nodes);
  const events = context.events("cloud-node-controller");
  const { instances } = context.provider;
  return runReconciler({
    ...loopOptions(context),
    name: "cloud-node",
    sources: [source(nodes)],
    async reconcile(name, { client }) {
      const node = nodes.get(name);
      if (!node || node.metadata.deletionTimestamp) return;
      if (isUninitialized(node)) {
        const metadata = await instances.metadata(node).catch((error: unknown) => {
          throw new Error(`failed to get instance metadata for node ${name}: ${messageOf(error)}`, { cause: error });
        });
        await setAddresses(client, await client.resource(Nodes).update(initialized(node, metadata)), metadata);
        events.event(nodeReference(node), "Normal", "Synced", "Node synced successfully");
      } else {
        const labels = staleLabels(node);
        if (Object.keys(labels).length > 0) await client.resource(Nodes).patch(node.metadata, { metadata: { labels } });
        if (node.spec?.providerID && (await instances.exists(node))) await setAddresses(client, node, await instances.metadata(node));
      }
      return { requeueAfter: addressPeriod };
    },
  });
}

const isUninitialized = ({ spec }: Node): boolean => spec?.taints?.some(({ key }) => key === uninitializedTaint.key) ?? false;

/** The node with its provider ID and labels, and open for pods. */
export function initialized(node: Node, metadata: InstanceMetadata): Node {
  const labels = { ...node.metadata.labels };
  for (const { older, stable, of } of labelPairs) if (metadata[of]) Object.assign(labels, { [older]: metadata[of], [stable]: metadata[of] });
  const { taints = [], providerID, ...spec } = node.spec ?? {};
  const left = taints.filter(({ key }) => key !== uninitializedTaint.key);
  return {
    ...node,
    metadata: { ...node.metadata, labels },
    spec: { ...spec, providerID: providerID || metadata.providerID, ...(left.length > 0 ? { taints: left } : {}) },
  };
}

/** Stable labels that do not follow the older ones. */
export function staleLabels({ metadata: { labels = {} } }: Node): Record<string, string> {
  const stale = labelPairs.filter(({ older, stable }) => labels[older] !== undefined && labels[stable] !== labels[older]);
  return Object.fromEntries(stale.map(({ older, stable }) => [stable, labels[older]!]));
}

async function setAddresses(client: Client, node: Node, { addresses }: InstanceMetadata): Promise<void> {
  if (!addresses) return;
  const hostname = node.status?.addresses?.find(({ type }) => type === "Hostname");
  const known = addresses.some(({ type }) => type === "Hostname") || !hostname ? addresses : [...addresses, hostname];
  if (sameAddresses(known, node.status?.addresses ?? [])) return;
  // Addresses merge by type: those that go are told to.
  const gone = (node.status?.addresses ?? []).filter(({ type }) => !known.some((each) => each.type === type));
  const patch = [...known, ...gone.map(({ type }) => ({ $patch: "delete", type }))];
  await client.resource(Nodes).patch(node.metadata, { status: { addresses: patch } }, { subresource: "status" });
}

const sameAddresses = (a: NodeAddress[], b: NodeAddress[]): boolean =>
  a.length === b.length && a.every(({ type, address }) => b.some((other) => other.type === type && other.address === address));
