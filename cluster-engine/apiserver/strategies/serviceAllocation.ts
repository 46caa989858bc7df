import { isIPv4 } from "node:net";
import type { Service } from "../../../shared/kubernetes/types.ts";
import { Services } from "../../api/resources.ts";
import { StatusError } from "../../api/statusError.ts";
import type { StrategyContext } from "../strategy.ts";
import type { Problems } from "./problems.ts";
import { validateClusterIPs } from "./serviceValidation.ts";

export interface ServiceRanges {
  /** `10.96.0.0/16`. */
  serviceCIDR: string;
  nodePortRange: { from: number; to: number };
}

/** How long a choice stays reserved until the Service that it was made for is stored, in ms. */
const reservationTime = 30_000;

const toNumber = (ip: string): number => ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
const toAddress = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");

const isExternalName = (service: Service): boolean => service.spec?.type === "ExternalName";
const isHeadless = (service: Service): boolean => service.spec?.clusterIP === "None";
const usesNodePorts = (service: Service): boolean => service.spec?.type === "NodePort" || service.spec?.type === "LoadBalancer";
const needsHealthCheckPort = (service: Service): boolean => service.spec?.type === "LoadBalancer" && service.spec.externalTrafficPolicy === "Local";

/** A number that was chosen for a Service which is not stored that way yet. */
interface Reservation {
  uid: string;
  /** resourceVersion of the Service when it was made; undefined for a new one. */
  version: string | undefined;
  until: number;
}

/** What an allocation is made for, and what it has to respect. */
interface Request {
  service: Service;
  old: Service | undefined;
  others: Service[];
  /** resourceVersion of each stored Service, by uid: a reservation is void once its Service was written. */
  versions: Map<string, string | undefined>;
  problems: Problems;
  context: StrategyContext;
}

/** One range of numbers. What is taken is handed in; the pool itself only knows what was chosen a moment ago. */
class Pool {
  readonly #reservations = new Map<number, Reservation>();
  readonly #from: number;
  readonly #to: number;
  /** The lower end of the range is left to those who ask for a number (KEP-3070, KEP-3668). */
  readonly #dynamicFrom: number;

  constructor(from: number, to: number, band: number) {
    this.#from = from;
    this.#to = to;
    this.#dynamicFrom = Math.min(from + band, to);
  }

  contains = (value: number): boolean => value >= this.#from && value <= this.#to;

  isReserved(value: number, { versions, context }: Request): boolean {
    const reservation = this.#reservations.get(value);
    if (!reservation) return false;
    const { uid, version, until } = reservation;
    if (until > context.clock.now() && versions.get(uid) === version) return true;
    this.#reservations.delete(value);
    return false;
  }

  reserve(value: number, { service, old, context }: Request): void {
    if (!context.dryRun)
      this.#reservations.set(value, {
        uid: service.metadata.uid,
        version: old?.metadata.resourceVersion,
        until: context.clock.now() + reservationTime,
      });
  }

  release(value: number): void {
    this.#reservations.delete(value);
  }

  /** A free number, by chance from the upper band, then from the lower; undefined when the range is full. */
  pick(taken: Set<number>, request: Request): number | undefined {
    return this.#scan(this.#dynamicFrom, this.#to, taken, request) ?? this.#scan(this.#from, this.#dynamicFrom - 1, taken, request);
  }

  #scan(from: number, to: number, taken: Set<number>, request: Request): number | undefined {
    const size = to - from + 1;
    if (size <= 0) return undefined;
    const start = Math.floor(request.context.random.next() * size);
    for (let i = 0; i < size; i++) {
      const value = from + ((start + i) % size);
      if (!taken.has(value) && !this.isReserved(value, request)) return value;
    }
    return undefined;
  }
}

/**
 * Gives Services their ClusterIPs and node ports. What is taken is read from the stored Services each time; nothing
 * is kept but short reservations, so nothing leaks and a restart needs no repair. IPv4 only.
 */
export class ServiceAllocator {
  readonly #addresses: Pool;
  readonly #ports: Pool;
  readonly #portRange: string;

  constructor(ranges: ServiceRanges) {
    const [base, bits] = ranges.serviceCIDR.split("/");
    const size = 2 ** (32 - Number(bits));
    const first = Math.floor(toNumber(base!) / size) * size;
    this.#addresses = new Pool(first + 1, first + size - 2, Math.min(Math.max(16, size / 16), 256));
    const { from, to } = ranges.nodePortRange;
    this.#ports = new Pool(from, to, Math.min(Math.max(16, Math.floor((to - from + 1) / 32)), 128));
    this.#portRange = `${from}-${to}`;
  }

  /** Fills in IP families, addresses and ports of a valid Service; `old` on update. */
  async allocate(service: Service, old: Service | undefined, problems: Problems, context: StrategyContext): Promise<void> {
    initIPFamilies(service, old, problems);
    if (problems.list.length > 0) return;
    const stored = await context.list(Services);
    const versions = new Map(stored.map(({ metadata }) => [metadata.uid, metadata.resourceVersion]));
    const others = stored.filter((other) => other.metadata.uid !== service.metadata.uid || !old);
    const request: Request = { service, old, others, versions, problems, context };
    this.#allocateAddress(request);
    if (problems.list.length === 0) this.#allocatePorts(request);
  }

  release(service: Service): void {
    if (service.spec?.clusterIP && isIPv4(service.spec.clusterIP)) this.#addresses.release(toNumber(service.spec.clusterIP));
    for (const port of nodePortsOf(service)) this.#ports.release(port);
  }

  #allocateAddress(request: Request): void {
    const { service, old, others, problems } = request;
    const spec = service.spec!;
    if (isExternalName(service) || isHeadless(service)) return;
    if (old && !isExternalName(old)) return;
    const taken = new Set(others.flatMap((other) => (other.spec?.clusterIPs ?? []).filter((ip) => isIPv4(ip)).map(toNumber)));
    const asked = spec.clusterIP;
    if (asked) {
      const value = toNumber(asked);
      const problem = !this.#addresses.contains(value)
        ? "the provided network does not match the current range"
        : taken.has(value) || this.#addresses.isReserved(value, request)
          ? "provided IP is already allocated"
          : undefined;
      if (problem) return problems.invalid("spec.clusterIPs", [asked], `failed to allocate IP ${asked}: ${problem}`);
      return this.#addresses.reserve(value, request);
    }
    const value = this.#addresses.pick(taken, request);
    if (value === undefined)
      throw new StatusError(
        500,
        "InternalError",
        `Internal error occurred: failed to allocate a serviceIP for Service ${JSON.stringify(service.metadata.name)}: range is full`,
      );
    this.#addresses.reserve(value, request);
    spec.clusterIP = toAddress(value);
    spec.clusterIPs = [spec.clusterIP];
  }

  #allocatePorts(request: Request): void {
    const { service, old, others } = request;
    const spec = service.spec!;
    const taken = new Set(others.flatMap(nodePortsOf));
    const own = new Set(old ? nodePortsOf(old) : []);
    if (usesNodePorts(service)) {
      const byPort = new Map<number, number>();
      const wanted = spec.allocateLoadBalancerNodePorts !== false || spec.type === "NodePort";
      for (const port of spec.ports ?? []) if (port.nodePort) byPort.set(port.port, byPort.get(port.port) ?? port.nodePort);
      spec.ports?.forEach((port, i) => {
        if (port.nodePort) return this.#claimPort(port.nodePort, `spec.ports[${i}].nodePort`, taken, own, request);
        if (!wanted) return;
        port.nodePort = byPort.get(port.port) ?? this.#pickPort(taken, own, request);
        byPort.set(port.port, port.nodePort);
      });
    }
    if (needsHealthCheckPort(service)) {
      if (spec.healthCheckNodePort) this.#claimPort(spec.healthCheckNodePort, "spec.healthCheckNodePort", taken, own, request);
      else spec.healthCheckNodePort = this.#pickPort(taken, own, request);
    }
  }

  /** Takes the port that the user asked for; ports of one Service may share it (TCP and UDP). */
  #claimPort(value: number, field: string, taken: Set<number>, own: Set<number>, request: Request): void {
    if (own.has(value)) return;
    own.add(value);
    if (!this.#ports.contains(value))
      request.problems.invalid(field, value, `provided port is not in the valid range. The range of valid ports is ${this.#portRange}`);
    else if (taken.has(value) || this.#ports.isReserved(value, request)) request.problems.invalid(field, value, "provided port is already allocated");
    else this.#ports.reserve(value, request);
  }

  #pickPort(taken: Set<number>, own: Set<number>, request: Request): number {
    const value = this.#ports.pick(new Set([...taken, ...own]), request);
    if (value === undefined) throw new StatusError(500, "InternalError", "Internal error occurred: failed to allocate a nodePort: range is full");
    this.#ports.reserve(value, request);
    own.add(value);
    return value;
  }
}

function nodePortsOf(service: Service): number[] {
  const ports = (service.spec?.ports ?? []).map((port) => port.nodePort ?? 0);
  return [...ports, service.spec?.healthCheckNodePort ?? 0].filter((port) => port > 0);
}

/** spec.ipFamilies and spec.ipFamilyPolicy on a cluster that has IPv4 only. */
function initIPFamilies(service: Service, old: Service | undefined, problems: Problems): void {
  if (isExternalName(service)) return;
  const spec = service.spec!;
  const openHeadless = isHeadless(service) && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= old?.spec?.ipFamilyPolicy ?? (openHeadless ? "RequireDualStack" : "SingleStack");
  validateClusterIPs(service, problems);
  if (problems.list.length > 0) return;
  if (spec.ipFamilyPolicy === "SingleStack") {
    const detail = (what: string): string => `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
    if (spec.clusterIPs?.length === 2) problems.invalid("spec.ipFamilyPolicy", spec.ipFamilyPolicy, detail("cluster IPs"));
    if (spec.ipFamilies?.length === 2) problems.invalid("spec.ipFamilyPolicy", spec.ipFamilyPolicy, detail("IP families"));
  }
  if (problems.list.length > 0) return;
  if (openHeadless) return initOpenHeadless(service);
  if (spec.ipFamilyPolicy === "RequireDualStack") {
    problems.invalid("spec.ipFamilyPolicy", spec.ipFamilyPolicy, "this cluster is not configured for dual-stack services");
  }
  spec.ipFamilies?.forEach((family, i) => {
    if (family !== "IPv4") problems.invalid(`spec.ipFamilies[${i}]`, family, "not configured on this cluster");
  });
  if (!spec.ipFamilies?.length) spec.ipFamilies = ["IPv4"];
}

/** Headless without a selector: somebody else makes the endpoints, of any family. */
function initOpenHeadless(service: Service): void {
  const spec = service.spec!;
  if (!spec.ipFamilies?.length) spec.ipFamilies = ["IPv4"];
  if (spec.ipFamilies.length < 2 && spec.ipFamilyPolicy !== "SingleStack") {
    spec.ipFamilies = [...spec.ipFamilies, spec.ipFamilies[0] === "IPv4" ? "IPv6" : "IPv4"];
  }
}
