import type { Lease, Node } from "../../../shared/kubernetes/types.ts";
import { Leases } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { every, rfc3339Micro } from "../../base/clock.ts";
import type { KubeletContext } from "../types.ts";

const namespace = "kube-node-lease";
const durationSeconds = 40;
const renewMs = 10_000;

/** The node's heartbeat. https://kubernetes.io/docs/concepts/architecture/leases/#node-heart-beats */
export class NodeLease {
  readonly #context: KubeletContext;
  readonly #node: () => Node | undefined;
  #timer: Disposable | undefined;
  #lease: Lease | undefined;

  constructor(context: KubeletContext, node: () => Node | undefined) {
    this.#context = context;
    this.#node = node;
  }

  async start(): Promise<void> {
    await this.#renew();
    this.#timer = every(this.#context.clock, renewMs, () => void this.#renew(), renewMs * this.#context.phase);
  }

  stop(): void {
    this.#timer?.[Symbol.dispose]();
  }

  async #renew(): Promise<void> {
    const { client, nodeName, log } = this.#context;
    const leases = client.resource(Leases);
    try {
      this.#lease ??= await leases.get({ namespace, name: nodeName });
      this.#lease = await leases.update({ ...this.#lease, spec: this.#spec(this.#lease) });
    } catch (error) {
      if (hasReason(error, "NotFound")) return this.#create();
      this.#lease = undefined;
      log.debug("node lease not renewed", { error: (error as Error).message });
    }
  }

  async #create(): Promise<void> {
    const { client, nodeName, log } = this.#context;
    const node = this.#node();
    const owners = node ? [{ apiVersion: "v1", kind: "Node", name: nodeName, uid: node.metadata.uid }] : [];
    try {
      this.#lease = await client
        .resource(Leases)
        .create({ metadata: { name: nodeName, namespace, ownerReferences: owners }, spec: this.#spec(undefined) });
    } catch (error) {
      this.#lease = undefined;
      log.debug("node lease not made", { error: (error as Error).message });
    }
  }

  #spec(old: Lease | undefined): Lease["spec"] {
    const { nodeName, clock } = this.#context;
    return { ...old?.spec, holderIdentity: nodeName, leaseDurationSeconds: durationSeconds, renewTime: rfc3339Micro(clock.now()) };
  }
}
