import { isDeepStrictEqual } from "node:util";
import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { Node, Service } from "../../../shared/kubernetes/types.ts";
import { Nodes, Services } from "../../api/resources.ts";
import type { EventRecorder } from "../../client/events.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import type { LoadBalancers } from "../types.ts";
import { balancedNodes, nodeSetOf } from "./balancedNodes.ts";
import { loopOptions, messageOf, type CloudControllerContext } from "./context.ts";
import { hasFinalizer, setFinalizer, setLoadBalancerStatus } from "./serviceWrites.ts";

// ms; the retry delays of k8s.io/cloud-provider.
const minRetryDelay = 5000;
const maxRetryDelay = 300_000;

/** At most so many node names in a message. */
const maxNamesToLog = 20;

/** Asks the cloud for what Services of type LoadBalancer need, and writes where they are reached. */
export function startServiceController(context: CloudControllerContext): Disposable {
  const services = context.informers.of(Services);
  const nodes = context.informers.of(Nodes);
  const controller = new ServiceController(context, services, nodes);
  return runReconciler({
    ...loopOptions(context),
    name: "service",
    baseDelay: minRetryDelay,
    maxDelay: maxRetryDelay,
    sources: [
      source(services, (service) => [keyOf(service.metadata)], isNews),
      source(
        nodes,
        () => controller.balanced,
        (node, old) => nodeSetOf(balancedNodes([node])) !== nodeSetOf(balancedNodes([old])),
      ),
    ],
    reconcile: (key, { client }) => controller.reconcile(key, client),
  });
}

/** A Service that names a class is left to who serves that class. */
const wantsLoadBalancer = ({ spec }: Service): boolean => spec?.type === "LoadBalancer" && !spec.loadBalancerClass;

/** What a load balancer is made of: when it is the same, nothing needs to be ensured anew. */
const wishOf = ({ spec, metadata }: Service): unknown => ({ uid: metadata.uid, annotations: metadata.annotations, spec });

/** Our own writes are no news: a failed Service waits for its retry. */
const isNews = (service: Service, old: Service): boolean =>
  !isDeepStrictEqual(wishOf(service), wishOf(old)) || service.metadata.deletionTimestamp !== old.metadata.deletionTimestamp;

interface Ensured {
  service: Service;
  /** Absent until its status is written. */
  wish?: unknown;
  nodes: string;
}

class ServiceController {
  readonly #services: Informer<Service>;
  readonly #nodes: Informer<Node>;
  readonly #balancers: LoadBalancers;
  readonly #events: EventRecorder;
  /** What was ensured last. */
  readonly #ensured = new Map<string, Ensured>();

  constructor(context: CloudControllerContext, services: Informer<Service>, nodes: Informer<Node>) {
    this.#services = services;
    this.#nodes = nodes;
    this.#balancers = context.provider.loadBalancers;
    this.#events = context.events("service-controller");
  }

  /** Keys of Services that have a load balancer. */
  get balanced(): Iterable<string> {
    return this.#ensured.keys();
  }

  async reconcile(key: string, client: Client): Promise<void> {
    const service = this.#services.get(key);
    const known = this.#ensured.get(key);
    // Another Service had this name, or none has it any more and nothing held it back.
    if (known && known.service.metadata.uid !== service?.metadata.uid) await this.#deleteBalancer(key, known.service);
    if (service) await this.#sync(key, service, client);
  }

  async #sync(key: string, service: Service, client: Client): Promise<void> {
    try {
      if (!wantsLoadBalancer(service) || service.metadata.deletionTimestamp) await this.#release(key, service, client);
      else if (isDeepStrictEqual(this.#ensured.get(key)?.wish, wishOf(service))) await this.#updateNodes(key, service);
      else await this.#ensure(key, service, client);
    } catch (error) {
      this.#tell(service, "Warning", "SyncLoadBalancerFailed", `Error syncing load balancer: ${messageOf(error)}`);
      throw error;
    }
  }

  async #ensure(key: string, service: Service, client: Client): Promise<void> {
    this.#tell(service, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer");
    const held = await setFinalizer(client, service, true);
    const nodes = balancedNodes(this.#nodes.list());
    if (nodes.length === 0) this.#tell(service, "Warning", "UnAvailableLoadBalancer", "There are no available nodes for LoadBalancer");
    const status = await this.#balancers.ensure(held, nodes).catch(failing("ensure load balancer"));
    this.#tell(service, "Normal", "EnsuredLoadBalancer", "Ensured load balancer");
    const ensured: Ensured = { service: held, nodes: nodeSetOf(nodes) };
    this.#ensured.set(key, ensured);
    await setLoadBalancerStatus(client, held, status).catch(failing("update load balancer status"));
    ensured.wish = wishOf(service);
  }

  /** The nodes behind it have changed. */
  async #updateNodes(key: string, service: Service): Promise<void> {
    const nodes = balancedNodes(this.#nodes.list());
    const known = this.#ensured.get(key)!;
    const set = nodeSetOf(nodes);
    if (known.nodes === set) return;
    try {
      await this.#balancers.update(service, nodes);
    } catch (error) {
      if (!(await this.#balancers.status(service))) return;
      const names = nodes.slice(0, maxNamesToLog).map(({ metadata }) => metadata.name);
      const text = `Error updating load balancer with new hosts [${names.join(" ")}] [node names limited, total number of nodes: ${nodes.length}], error: ${messageOf(error)}`;
      this.#tell(service, "Warning", "UpdateLoadBalancerFailed", text);
      throw error;
    }
    known.nodes = set;
    if (nodes.length === 0) this.#tell(service, "Warning", "UnAvailableLoadBalancer", "There are no available nodes for LoadBalancer");
    else this.#tell(service, "Normal", "UpdatedLoadBalancer", "Updated load balancer with new hosts");
  }

  /** The Service goes, or is of another type now. */
  async #release(key: string, service: Service, client: Client): Promise<void> {
    if (!hasFinalizer(service)) return void this.#ensured.delete(key);
    const existing = await this.#balancers.status(service).catch(failing("check if load balancer exists before cleanup"));
    if (existing) {
      this.#tell(service, "Normal", "DeletingLoadBalancer", "Deleting load balancer");
      await this.#balancers.ensureDeleted(service).catch(failing("delete load balancer"));
    }
    this.#ensured.delete(key);
    const released = await setFinalizer(client, service, false).catch(failing("remove load balancer cleanup finalizer"));
    this.#tell(service, "Normal", "DeletedLoadBalancer", "Deleted load balancer");
    await setLoadBalancerStatus(client, released, {});
  }

  /** Of a Service that is there no more. */
  async #deleteBalancer(key: string, service: Service): Promise<void> {
    this.#tell(service, "Normal", "DeletingLoadBalancer", "Deleting load balancer");
    try {
      await this.#balancers.ensureDeleted(service);
    } catch (error) {
      this.#tell(service, "Warning", "DeleteLoadBalancerFailed", `Error deleting load balancer: ${messageOf(error)}`);
      throw error;
    }
    this.#ensured.delete(key);
    this.#tell(service, "Normal", "DeletedLoadBalancer", "Deleted load balancer");
  }

  #tell(service: Service, type: "Normal" | "Warning", reason: string, message: string): void {
    this.#events.event(service, type, reason, message);
  }
}

/** Says what failed: `failed to delete load balancer: …`. */
function failing(what: string): (error: unknown) => never {
  return (error) => {
    throw new Error(`failed to ${what}: ${messageOf(error)}`, { cause: error });
  };
}
