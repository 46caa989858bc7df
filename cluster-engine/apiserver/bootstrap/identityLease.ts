import { createHash, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { KubeList } from "../../../shared/kubernetes/object.ts";
import type { Lease } from "../../../shared/kubernetes/types.ts";
import { Leases } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { every, rfc3339Micro, type Clock } from "../../base/clock.ts";
import { Disposables } from "../../base/disposal.ts";
import type { Log } from "../../base/log.ts";
import { createClient } from "../../client/client.ts";
import type { Client, Transport } from "../../client/types.ts";

const namespace = "kube-system";
const identityLabel = "apiserver.kubernetes.io/identity";
const component = "kube-apiserver";

const durationSeconds = 3600;
// ms
const renewInterval = 10_000;
const collectionInterval = 3_600_000;

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** An API server's name: the same on the same machine. */
export function apiServerId(host: string): string {
  const bytes = createHash("sha256").update(host).digest().subarray(0, 16);
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const digits = bits.match(/.{1,5}/g)!.map((five) => alphabet[Number.parseInt(five.padEnd(5, "0"), 2)]);
  return `apiserver-${digits.join("")}`;
}

/**
 * Tells by a Lease that this API server runs, and deletes the Leases of those that have gone.
 * https://kubernetes.io/docs/concepts/architecture/leases/#api-server-identity
 */
export async function keepIdentityLease(transport: Transport, clock: Clock, log: Log, host = hostname()): Promise<Disposable> {
  const running = new Disposables();
  const client = createClient(transport);
  const holder = `${apiServerId(host)}_${randomUUID()}`;
  const renew = () =>
    renewLease(client, clock, host, holder).catch((error: unknown) => log.warn("identity lease not renewed", { error: String(error) }));
  const collect = () => collectLeases(client, clock).catch((error: unknown) => log.warn("identity leases not collected", { error: String(error) }));
  await renew();
  running.add(every(clock, renewInterval, () => void renew()));
  running.add(every(clock, collectionInterval, () => void collect()));
  return running;
}

async function renewLease(client: Client, clock: Clock, host: string, holder: string): Promise<void> {
  const leases = client.resource(Leases);
  const key = { namespace, name: apiServerId(host) };
  const spec = { holderIdentity: holder, leaseDurationSeconds: durationSeconds, renewTime: rfc3339Micro(clock.now()) };
  const labels = { [identityLabel]: component, "kubernetes.io/hostname": host };
  try {
    await leases.patch(key, { metadata: { labels }, spec }, { type: "merge" });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
    await leases.create({ metadata: { ...key, labels }, spec });
  }
}

async function collectLeases(client: Client, clock: Clock): Promise<void> {
  const leases = client.resource(Leases);
  const { items }: KubeList<Lease> = await leases.list(namespace, { labelSelector: `${identityLabel}=${component}` });
  for (const lease of items.filter((each) => hasEnded(each, clock.now()))) await leases.delete(lease.metadata).catch(unlessGone);
}

/** A Lease without its times is none of ours. */
const hasEnded = ({ spec }: Lease, now: number): boolean =>
  !spec?.renewTime || !spec.leaseDurationSeconds || Date.parse(spec.renewTime) + spec.leaseDurationSeconds * 1000 < now;

function unlessGone(error: unknown): void {
  if (!hasReason(error, "NotFound")) throw error;
}
