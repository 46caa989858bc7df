import { isIPv6 } from "node:net";
import type { IPAddress, Service } from "../../../shared/kubernetes/types.ts";
import { IPAddresses, Services } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import type { Clock } from "../../base/clock.ts";
import { Disposables } from "../../base/disposal.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import { createClient } from "../../client/client.ts";
import { createInformers } from "../../client/informers.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Informer, Transport } from "../../client/types.ts";

const familyLabel = "ipaddress.kubernetes.io/ip-family";
const managerLabel = "ipaddress.kubernetes.io/managed-by";
const manager = "ipallocator.k8s.io";

export interface ServiceAddressesOptions {
  transport: Transport;
  clock: Clock;
  random: Random;
  log: Log;
}

/** Keeps an IPAddress for each cluster IP of a Service, and removes those of Services that are gone (KEP-1880). */
export function keepServiceAddresses({ transport, clock, random, log }: ServiceAddressesOptions): Disposable {
  const running = new Disposables();
  const client = createClient(transport);
  const informers = running.add(createInformers({ client, clock, random, log }));
  const services = informers.of(Services);
  const addresses = informers.of(IPAddresses);
  services.addIndex("address", addressesOf);
  running.add(
    runReconciler({
      name: "service-addresses",
      client,
      informers,
      clock,
      log,
      sources: [
        source(services, addressesOf, (service, old) => String(addressesOf(service)) !== String(addressesOf(old))),
        source(addresses, (address) => (isOurs(address) ? [address.metadata.name] : [])),
      ],
      async reconcile(name, run) {
        const service = holderOf(services, name);
        const address = addresses.get(name);
        const resource = run.client.resource(IPAddresses);
        try {
          if (service && !address) await resource.create(addressOf(service, name));
          else if (address && isOurs(address) && !isHeldBy(address, service))
            await resource.delete({ name }, { preconditions: { uid: address.metadata.uid } });
        } catch (error) {
          if (!hasReason(error, "NotFound") && !hasReason(error, "AlreadyExists")) throw error;
        }
      },
    }),
  );
  return running;
}

const addressesOf = ({ spec }: Service): string[] => (spec?.clusterIPs ?? []).filter((ip) => ip && ip !== "None");

const holderOf = (services: Informer<Service>, address: string): Service | undefined => services.byIndex("address", address)[0];

const isOurs = ({ metadata }: IPAddress): boolean => metadata.labels?.[managerLabel] === manager;

const isHeldBy = ({ spec }: IPAddress, service: Service | undefined): boolean =>
  spec.parentRef.name === service?.metadata.name && spec.parentRef.namespace === service.metadata.namespace;

const addressOf = ({ metadata: { namespace, name } }: Service, address: string) => ({
  metadata: { name: address, labels: { [familyLabel]: isIPv6(address) ? "IPv6" : "IPv4", [managerLabel]: manager } },
  spec: { parentRef: { group: "", resource: "services", namespace, name } },
});
