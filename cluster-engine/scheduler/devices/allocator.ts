import type {
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceClass,
  DeviceConstraint,
  DeviceRequestAllocationResult,
  DeviceSelector,
  DeviceSubRequest,
  DeviceToleration,
  Node,
  NodeSelector,
  ResourceV1ResourceClaim as ResourceClaim,
} from "../../../shared/kubernetes/types.ts";
import { Counters } from "./counters.ts";
import type { OfferedDevice } from "./deviceView.ts";

/** Whether a CEL expression holds for a device. @throws Error when it can't be evaluated */
export type DeviceMatcher = (expression: string, device: OfferedDevice) => boolean;

export interface AllocatorOptions {
  node: Node;
  offered: readonly OfferedDevice[];
  taken: ReadonlySet<string>;
  matches: DeviceMatcher;
  classOf(name: string): DeviceClass | undefined;
}

/** One of the ways in which a request may be met. */
interface Wish extends Omit<DeviceSubRequest, "name"> {
  /** As results name it: `request` or `request/subrequest`. */
  name: string;
  adminAccess?: boolean;
}

interface Given {
  device: OfferedDevice;
  wish: Wish;
  claim: ResourceClaim;
}

/** A bound on the search, as it may be long for claims that do not fit. */
const mostSteps = 100_000;

/**
 * Gives claims devices of one node, by going through what is there until all requests are met (structured parameters,
 * KEP-4381). Undefined when they can't be. @throws Error when a selector can't be evaluated
 */
export function allocate(claims: readonly ResourceClaim[], options: AllocatorOptions): AllocationResult[] | undefined {
  const search = new Search(claims, options);
  return search.run() ? claims.map((claim) => resultOf(claim, search.given, options)) : undefined;
}

class Search {
  readonly given: Given[] = [];
  readonly #options: AllocatorOptions;
  /** All requests of all claims, in order. */
  readonly #requests: { claim: ResourceClaim; wishes: Wish[] }[];
  readonly #taken: Set<string>;
  readonly #counters: Counters;
  readonly #candidates = new Map<Wish, OfferedDevice[]>();
  #steps = 0;

  constructor(claims: readonly ResourceClaim[], options: AllocatorOptions) {
    this.#options = options;
    this.#taken = new Set(options.taken);
    this.#counters = new Counters(options.offered, options.taken);
    this.#requests = claims.flatMap((claim) => (claim.spec.devices?.requests ?? []).map((request) => ({ claim, wishes: wishesOf(request) })));
  }

  run(): boolean {
    return this.#meet(0);
  }

  #meet(at: number): boolean {
    const request = this.#requests[at];
    if (!request) return true;
    for (const wish of request.wishes) {
      const candidates = this.#candidatesOf(wish);
      const all = wish.allocationMode === "All";
      const count = all ? candidates.length : (wish.count ?? 1);
      if ((all && count === 0) || candidates.length < count) continue;
      if (this.#choose({ claim: request.claim, wish, candidates, count, from: 0, next: at + 1 })) return true;
    }
    return false;
  }

  /** Gives `count` of the candidates from `from` on, then meets the other requests. */
  #choose(task: { claim: ResourceClaim; wish: Wish; candidates: readonly OfferedDevice[]; count: number; from: number; next: number }): boolean {
    const { claim, wish, candidates, count, from, next } = task;
    if (count === 0) return this.#meet(next);
    for (let i = from; i + count <= candidates.length; i++) {
      if (++this.#steps > mostSteps) return false;
      const device = candidates[i]!;
      if (!this.#take({ device, wish, claim })) continue;
      if (this.#choose({ ...task, count: count - 1, from: i + 1 })) return true;
      this.#giveBack();
    }
    return false;
  }

  #take(given: Given): boolean {
    const { device, wish, claim } = given;
    if (!wish.adminAccess && (this.#taken.has(device.id) || !this.#counters.suffice(device))) return false;
    const constraints = claim.spec.devices?.constraints ?? [];
    const siblings = this.given.filter((other) => other.claim === claim);
    if (!constraints.every((constraint) => holds(constraint, given, siblings))) return false;
    if (!wish.adminAccess) {
      this.#taken.add(device.id);
      this.#counters.take(device);
    }
    this.given.push(given);
    return true;
  }

  #giveBack(): void {
    const { device, wish } = this.given.pop()!;
    if (wish.adminAccess) return;
    this.#taken.delete(device.id);
    this.#counters.giveBack(device);
  }

  #candidatesOf(wish: Wish): OfferedDevice[] {
    const known = this.#candidates.get(wish);
    if (known) return known;
    const { offered, classOf, matches } = this.#options;
    const selectors: DeviceSelector[] = [...(classOf(wish.deviceClassName)?.spec.selectors ?? []), ...(wish.selectors ?? [])];
    const suits = (device: OfferedDevice) =>
      tolerated(device, wish.tolerations) && selectors.every(({ cel }) => !cel || matches(cel.expression, device));
    const found = offered.filter(suits);
    this.#candidates.set(wish, found);
    return found;
  }
}

function wishesOf({ name, exactly, firstAvailable = [] }: NonNullable<NonNullable<ResourceClaim["spec"]["devices"]>["requests"]>[number]): Wish[] {
  if (exactly) return [{ ...exactly, name }];
  return firstAvailable.map((sub) => ({ ...sub, name: `${name}/${sub.name}` }));
}

const tolerated = ({ device: { taints = [] } }: OfferedDevice, tolerations: readonly DeviceToleration[] = []): boolean =>
  taints.every(
    (taint) =>
      taint.effect === "None" ||
      tolerations.some(
        ({ effect, key, operator = "Equal", value }) =>
          (!effect || effect === taint.effect) && (!key || key === taint.key) && (operator === "Exists" || (value ?? "") === (taint.value ?? "")),
      ),
  );

/** All devices of a constraint have the same value of an attribute, or all different ones. */
function holds({ requests, matchAttribute, distinctAttribute }: DeviceConstraint, { device, wish }: Given, siblings: readonly Given[]): boolean {
  const concerned = (name: string) => !requests?.length || requests.some((request) => name === request || name.startsWith(`${request}/`));
  const attribute = matchAttribute ?? distinctAttribute;
  if (!attribute || !concerned(wish.name)) return true;
  const value = attributeOf(device, attribute);
  if (value === undefined) return false;
  const others = siblings.filter((other) => concerned(other.wish.name)).map((other) => attributeOf(other.device, attribute));
  return matchAttribute ? others.every((other) => other === value) : !others.includes(value);
}

/** As text that tells types apart. Names without a domain are the driver's own. */
function attributeOf({ device, driver }: OfferedDevice, name: string): string | undefined {
  const attributes = device.attributes ?? {};
  const [domain, id] = name.split("/");
  const attribute = attributes[name] ?? (domain === driver ? attributes[id!] : undefined);
  return attribute && JSON.stringify(attribute);
}

function resultOf(claim: ResourceClaim, given: readonly Given[], { node, classOf }: AllocatorOptions): AllocationResult {
  const own = given.filter((each) => each.claim === claim);
  const results = own.map(({ device, wish }): DeviceRequestAllocationResult => ({
    request: wish.name,
    driver: device.driver,
    pool: device.pool,
    device: device.device.name,
    ...(wish.adminAccess && { adminAccess: true }),
    ...(wish.tolerations?.length && { tolerations: wish.tolerations }),
  }));
  const config = configOf(claim, own, classOf);
  const nodeSelector = selectorOf(own, node);
  return { devices: { results, ...(config.length > 0 && { config }) }, ...(nodeSelector && { nodeSelector }) };
}

function configOf(claim: ResourceClaim, own: readonly Given[], classOf: AllocatorOptions["classOf"]): DeviceAllocationConfiguration[] {
  const ofClasses = [...new Map(own.map(({ wish }) => [wish.name, wish])).values()].flatMap(({ name, deviceClassName }) =>
    (classOf(deviceClassName)?.spec.config ?? []).map((config) => ({ source: "FromClass" as const, requests: [name], ...config })),
  );
  const names = own.map(({ wish }) => wish.name);
  const ofClaim = (claim.spec.devices?.config ?? [])
    .filter(
      ({ requests }) => !requests?.length || requests.some((request) => names.some((name) => name === request || name.startsWith(`${request}/`))),
    )
    .map((config) => ({ source: "FromClaim" as const, ...config }));
  return [...ofClasses, ...ofClaim];
}

/** Where the devices can be reached: this node when one of them is tied to it, else what all of them ask; undefined: everywhere. */
function selectorOf(own: readonly Given[], node: Node): NodeSelector | undefined {
  const parts = own.map(({ device: { slice, device } }) => (slice.spec.perDeviceNodeSelection ? device : slice.spec));
  if (parts.some(({ nodeName }) => nodeName))
    return { nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [node.metadata.name] }] }] };
  const terms = parts.flatMap(({ nodeSelector }) => nodeSelector?.nodeSelectorTerms.slice(0, 1) ?? []);
  if (terms.length === 0) return undefined;
  const distinct = <T>(items: T[]): T[] => [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
  const matchExpressions = distinct(terms.flatMap((term) => term.matchExpressions ?? []));
  const matchFields = distinct(terms.flatMap((term) => term.matchFields ?? []));
  return { nodeSelectorTerms: [{ ...(matchExpressions.length > 0 && { matchExpressions }), ...(matchFields.length > 0 && { matchFields }) }] };
}
