import { isDeepStrictEqual } from "node:util";
import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { AllocationResult, Pod, ResourceV1ResourceClaim as ResourceClaim } from "../../../shared/kubernetes/types.ts";
import { Pods, ResourceClaims } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { causeOf } from "../../client/client.ts";
import type { Client } from "../../client/types.ts";
import { allocate, type DeviceMatcher } from "../devices/allocator.ts";
import type { DeviceView } from "../devices/deviceView.ts";
import type { NodeInfo } from "../nodeInfo.ts";
import type { ClusterEvent, Plugin, PluginRun, PostFilterResult, Verdict } from "../types.ts";
import { matchesNodeSelector } from "./nodeSelection.ts";

export interface DynamicResourcesParts {
  devices: DeviceView;
  client: Client;
  matches: DeviceMatcher;
}

/** The allocating controller's mark: nobody deletes a claim that has devices. */
const finalizer = "resource.kubernetes.io/delete-protection";
const mostConsumers = 256;

const unresolvable = (reason: string): Verdict => ({ code: "unresolvable", reasons: [reason] });

/** Gives the ResourceClaims of pods devices (structured parameters), and reserves them for the pods. */
export function dynamicResources(parts: DynamicResourcesParts): Plugin {
  return {
    name: "DynamicResources",
    preEnqueue(pod) {
      const claims = claimsOf(pod, parts.devices);
      return typeof claims === "string" ? claims : undefined;
    },
    begin({ pod }) {
      if (!pod.spec.resourceClaims?.length) return {};
      const claims = claimsOf(pod, parts.devices);
      if (typeof claims === "string") return { refusal: unresolvable(claims) };
      const problem = claims.map((claim) => claimProblem(pod, claim, parts.devices)).find((found) => found !== undefined);
      return problem ? { refusal: unresolvable(problem) } : new DeviceRun(pod, claims, parts);
    },
    postFilter(_failure, run): PostFilterResult {
      // An attempt that ended before this plugin had its say is an error to it.
      if (!run) return { message: "not found", final: true };
      return run instanceof DeviceRun ? run.letGo() : { message: "no new claims to deallocate" };
    },
    wakesOn: (event, pod) => mayHelp(event, pod),
  };
}

/** The pod's claims, or why one is not there. */
function claimsOf(pod: Pod, devices: DeviceView): ResourceClaim[] | string {
  const claims: ResourceClaim[] = [];
  const { namespace } = pod.metadata;
  for (const { name, resourceClaimName, resourceClaimTemplateName } of pod.spec.resourceClaims ?? []) {
    const status = pod.status?.resourceClaimStatuses?.find((each) => each.name === name);
    if (!resourceClaimName && !status) return `pod "${keyOf(pod.metadata)}": ResourceClaim not created yet`;
    const claimName = resourceClaimName ?? status?.resourceClaimName;
    // Nothing was made for it, and nothing is needed.
    if (!claimName) continue;
    const claim = devices.claim(namespace, claimName);
    if (!claim) return `resourceclaim.resource.k8s.io "${claimName}" not found`;
    if (claim.metadata.deletionTimestamp) return `resourceclaim "${claimName}" is being deleted`;
    const owner = claim.metadata.ownerReferences?.find(({ controller }) => controller);
    if (resourceClaimTemplateName && owner?.uid !== pod.metadata.uid)
      return `ResourceClaim ${keyOf(claim.metadata)} was not created for Pod ${keyOf(pod.metadata)} (Pod is not owner)`;
    claims.push(claim);
  }
  return claims;
}

const isReservedFor = ({ status }: ResourceClaim, pod: Pod): boolean => Boolean(status?.reservedFor?.some(({ uid }) => uid === pod.metadata.uid));

function claimProblem(pod: Pod, claim: ResourceClaim, devices: DeviceView): string | undefined {
  if (claim.status?.allocation) {
    const full = (claim.status.reservedFor?.length ?? 0) >= mostConsumers;
    return full && !isReservedFor(claim, pod) ? "resourceclaim in use" : undefined;
  }
  if (devices.pending(claim)) return `resource claim ${keyOf(claim.metadata)} is in the process of being allocated`;
  for (const { name, exactly, firstAvailable = [] } of claim.spec.devices?.requests ?? []) {
    const classes = exactly ? [[name, exactly.deviceClassName]] : firstAvailable.map((sub) => [`${name}/${sub.name}`, sub.deviceClassName]);
    for (const [request, deviceClass] of classes)
      if (!devices.classes.get(deviceClass!)) return `request ${request}: device class ${deviceClass} does not exist`;
  }
  return undefined;
}

class DeviceRun implements PluginRun {
  readonly #pod: Pod;
  readonly #parts: DynamicResourcesParts;
  readonly #allocated: ResourceClaim[];
  readonly #waiting: ResourceClaim[];
  readonly #results = new Map<string, AllocationResult[]>();
  /** Allocated claims that are of no use on some node. */
  readonly #unavailable = new Set<ResourceClaim>();
  #taken: Set<string> | undefined;
  #reserved: ResourceClaim[] = [];

  constructor(pod: Pod, claims: ResourceClaim[], parts: DynamicResourcesParts) {
    this.#pod = pod;
    this.#parts = parts;
    this.#allocated = claims.filter(({ status }) => status?.allocation);
    this.#waiting = claims.filter(({ status }) => !status?.allocation);
  }

  filter({ name, node }: NodeInfo): Verdict | undefined {
    const elsewhere = this.#allocated.filter(({ status }) => {
      const selector = status!.allocation!.nodeSelector;
      return selector && !matchesNodeSelector(selector, node);
    });
    for (const claim of elsewhere) this.#unavailable.add(claim);
    if (elsewhere.length > 0) return unresolvable("resourceclaim not available on the node");
    if (this.#waiting.length === 0) return undefined;
    const { devices, matches } = this.#parts;
    this.#taken ??= devices.taken();
    const options = { node, offered: devices.offeredTo(node), taken: this.#taken, matches, classOf: (each: string) => devices.classes.get(each) };
    const results = allocate(this.#waiting, options);
    if (!results) return unresolvable("cannot allocate all claims");
    this.#results.set(name, results);
    return undefined;
  }

  reserve({ name }: NodeInfo): Verdict | undefined {
    const results = this.#results.get(name) ?? [];
    const given = this.#waiting.map((claim, i) => withAllocation(claim, results[i]!));
    for (const claim of given) this.#parts.devices.assume(claim);
    this.#reserved = [...this.#allocated.filter((claim) => !isReservedFor(claim, this.#pod)), ...given];
    return undefined;
  }

  unreserve(): void {
    for (const claim of this.#reserved) this.#parts.devices.settle(claim);
    this.#reserved = [];
  }

  needsPreBind(): boolean {
    return this.#reserved.length > 0;
  }

  async preBind(): Promise<void> {
    for (const claim of this.#reserved) {
      try {
        await this.#write(claim);
      } finally {
        this.#parts.devices.settle(claim);
      }
    }
    this.#reserved = [];
  }

  /** Gives devices back that are of no use, so that others can be found the next time. */
  letGo(): PostFilterResult {
    const claim = [...this.#unavailable].find(({ status }) => status?.reservedFor?.every(({ uid }) => uid === this.#pod.metadata.uid) ?? true);
    if (!claim) return { message: "still not schedulable" };
    const { allocation: _allocation, reservedFor: _reservedFor, devices: _devices, ...status } = claim.status!;
    const act = async () => {
      await this.#parts.client.resource(ResourceClaims).updateStatus({ ...claim, status }, { cause: causeOf(Pods, this.#pod) });
    };
    return { message: "deallocation of ResourceClaim completed", act };
  }

  async #write(claim: ResourceClaim, retries = 3): Promise<void> {
    const claims = this.#parts.client.resource(ResourceClaims);
    const options = { cause: causeOf(Pods, this.#pod) };
    try {
      let current = retries === 3 ? claim : await claims.get(claim.metadata);
      const allocation = current.status?.allocation ?? claim.status!.allocation!;
      if (!current.metadata.finalizers?.includes(finalizer)) {
        const finalizers = [...(current.metadata.finalizers ?? []), finalizer];
        current = await claims.update({ ...current, metadata: { ...current.metadata, finalizers } }, options);
      }
      const { name, uid } = this.#pod.metadata;
      const others = (current.status?.reservedFor ?? []).filter((consumer) => consumer.uid !== uid);
      const reservedFor = [...others, { resource: "pods", name, uid }];
      await claims.updateStatus({ ...current, status: { ...current.status, allocation, reservedFor } }, options);
    } catch (error) {
      if (!hasReason(error, "Conflict") || retries === 0) throw error;
      await this.#write(claim, retries - 1);
    }
  }
}

const withAllocation = (claim: ResourceClaim, allocation: AllocationResult): ResourceClaim => ({
  ...claim,
  status: { ...claim.status, allocation },
});

function mayHelp(event: ClusterEvent, { metadata, spec, status }: Pod): boolean {
  if (event.type === "self") return !isDeepStrictEqual(event.pod.status?.resourceClaimStatuses, event.old.status?.resourceClaimStatuses);
  if (event.type === "nodeAdded") return true;
  if (event.type === "nodeUpdated") return !isDeepStrictEqual(event.node.metadata.labels, event.old.metadata.labels);
  if (event.type !== "added" && event.type !== "updated" && event.type !== "deleted") return false;
  if (event.resource === "deviceclasses" || event.resource === "resourceslices") return event.type !== "deleted";
  if (event.resource !== "resourceclaims") return false;
  const freed = event.type === "deleted" || allocationOf(event.old) !== undefined;
  const names = [
    ...(spec.resourceClaims ?? []).map((each) => each.resourceClaimName),
    ...(status?.resourceClaimStatuses ?? []).map((each) => each.resourceClaimName),
  ];
  const own = event.object.metadata.namespace === metadata.namespace && names.includes(event.object.metadata.name);
  return own || (freed && (event.type === "deleted" || allocationOf(event.object) === undefined));
}

const allocationOf = (claim: unknown) => (claim as ResourceClaim | undefined)?.status?.allocation;
