import type { Condition, IPAddress, Service, ServiceCIDR } from "../../../shared/kubernetes/types.ts";
import { IPAddresses, ServiceCIDRs, Services } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { rfc3339 } from "../../base/clock.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client } from "../../client/types.ts";
import { findCondition } from "../conditions.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { containsAddress, containsRange } from "./ranges.ts";

const finalizer = "networking.k8s.io/service-cidr-finalizer";
const fieldManager = "service-cidr-controller";
/** ms that a range that is being deleted stays, so that allocators hear of it. */
const deletionGracePeriod = 10_000;

const ready: Verdict = { status: "True", reason: "", message: "Kubernetes Service CIDR is ready" };
const terminating: Verdict = {
  status: "False",
  reason: "Terminating",
  message: "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR",
};

type Verdict = Pick<Condition, "status" | "reason" | "message">;

/** Keeps ranges of Service addresses until no Service needs them, and tells whether they can be used (KEP-1880). */
export const serviceCIDRController: Controller = {
  name: "service-cidr-controller",
  account: "service-cidrs-controller",
  component: "service-cidr-controller",
  start(context) {
    const ranges = context.informers.of(ServiceCIDRs);
    const addresses = context.informers.of(IPAddresses);
    const services = context.informers.of(Services);
    const deleting = () =>
      ranges
        .list()
        .filter(({ metadata }) => metadata.deletionTimestamp)
        .map(({ metadata }) => metadata.name);
    return runReconciler({
      ...loopOptions(context),
      name: "service-cidr",
      sources: [
        source(ranges, ({ metadata }) => new Set([metadata.name, ...deleting()])),
        source(addresses, deleting),
        source(services, deleting, (service, old) => String(service.spec?.clusterIPs) !== String(old.spec?.clusterIPs)),
      ],
      async reconcile(name, { client }) {
        const range = ranges.get(name);
        if (!range) return;
        if (!range.metadata.deletionTimestamp) {
          await setFinalizer(client, range, true);
          return setReady(context, client, range, ready);
        }
        const others = ranges.list().filter((other) => other.metadata.uid !== range.metadata.uid);
        if (!isFree(range, others, inUse(addresses.list(), services.list()))) return setReady(context, client, range, terminating);
        const left = Date.parse(range.metadata.deletionTimestamp) + deletionGracePeriod - context.clock.now();
        if (left > 0) return { requeueAfter: left };
        await setFinalizer(client, range, false);
      },
    });
  },
};

const inUse = (addresses: IPAddress[], services: Service[]): string[] => [
  ...addresses.map(({ metadata }) => metadata.name),
  ...services.flatMap(({ spec }) => spec?.clusterIPs ?? []),
];

/** Whether a range can go: each address in use is in another range too. */
export function isFree({ spec }: ServiceCIDR, others: ServiceCIDR[], used: string[]): boolean {
  const left = others.filter(({ metadata }) => !metadata.deletionTimestamp).flatMap((other) => other.spec?.cidrs ?? []);
  return (spec?.cidrs ?? []).every(
    (cidr) =>
      left.some((other) => containsRange(other, cidr)) ||
      used.every((address) => !containsAddress(cidr, address) || left.some((other) => containsAddress(other, address))),
  );
}

async function setFinalizer(client: Client, { metadata }: ServiceCIDR, present: boolean): Promise<void> {
  if ((metadata.finalizers?.includes(finalizer) ?? false) === present) return;
  const patch = present ? { finalizers: [finalizer] } : { "$deleteFromPrimitiveList/finalizers": [finalizer] };
  try {
    await client.resource(ServiceCIDRs).patch(metadata, { metadata: patch });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}

async function setReady({ clock, events }: ControllerContext, client: Client, range: ServiceCIDR, verdict: Verdict): Promise<void> {
  const current = findCondition(range.status?.conditions, "Ready");
  const same = current?.status === verdict.status && current.message === verdict.message && (current.reason ?? "") === verdict.reason;
  if (same) return;
  const { name } = range.metadata;
  const conditions = [{ type: "Ready", ...verdict, lastTransitionTime: rfc3339(clock.now()) }];
  const patch = { apiVersion: "networking.k8s.io/v1", kind: "ServiceCIDR", metadata: { name }, status: { conditions } };
  try {
    await client.resource(ServiceCIDRs).patch({ name }, patch, { type: "apply", subresource: "status", fieldManager, force: true });
  } catch (error) {
    events.event(range, "Warning", "KubernetesServiceCIDRError", "The ServiceCIDR Status can not be set to Ready=True");
    throw error;
  }
}
