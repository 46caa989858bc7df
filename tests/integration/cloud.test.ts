import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConfigMaps, Events, Nodes, Services } from "../../cluster-engine/api/resources.ts";
import type { ResourceType } from "../../cluster-engine/api/resourceType.ts";
import { systemClock } from "../../cluster-engine/base/clock.ts";
import { Disposables } from "../../cluster-engine/base/disposal.ts";
import { silentLog } from "../../cluster-engine/base/log.ts";
import { systemRandom } from "../../cluster-engine/base/random.ts";
import { createClient } from "../../cluster-engine/client/client.ts";
import { httpsTransport } from "../../cluster-engine/client/httpsTransport.ts";
import { createInformers } from "../../cluster-engine/client/informers.ts";
import type { Client, Informers } from "../../cluster-engine/client/types.ts";
import { startCluster } from "../../cluster-engine/cluster.ts";
import type { Cluster } from "../../cluster-engine/types.ts";
import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { Node, Service } from "../../shared/kubernetes/types.ts";
import { kubectlAside, kubectls } from "../support/kubectl.ts";

// A whole cluster in the simulated cloud: nodes of zones and types, load balancers with a quota, machines that are lost.

const dir = mkdtempSync(join(tmpdir(), "wherry-cloud-"));
const running = new Disposables();
let cluster: Cluster;
let client: Client;
let informers: Informers;
let kubectl: ReturnType<typeof kubectlAside>;

beforeAll(async () => {
  const cloudConfig = join(dir, "cloud.json");
  writeFileSync(cloudConfig, JSON.stringify({ loadBalancerQuota: 1, launchMs: 50, requestMs: 10 }));
  const place = { dataDir: join(dir, "cluster"), port: 0, log: silentLog };
  cluster = await startCluster({ ...place, runtime: "simulated", nodes: 4, cloud: "simulated", cloudConfig });
  await cluster.runtime;
  client = createClient(httpsTransport(readFileSync(cluster.kubeconfigPath, "utf8")));
  informers = running.add(createInformers({ client, clock: systemClock, random: systemRandom, log: silentLog }));
  kubectl = kubectlAside(kubectls()[0]!, cluster.kubeconfigPath);
});

afterAll(async () => {
  running[Symbol.dispose]();
  await cluster?.stop();
  rmSync(dir, { recursive: true });
});

/** Resolves with the objects of a resource once they satisfy `check`. */
async function until<T extends KubeObject>(type: ResourceType<T>, check: (objects: T[]) => boolean): Promise<T[]> {
  const informer = informers.of(type);
  await informer.synced;
  const handles = new Disposables();
  await new Promise<void>((resolve) => {
    const look = () => {
      if (check(informer.list())) resolve();
    };
    handles.add(informer.handle({ onAdd: look, onUpdate: look, onDelete: look }));
    look();
  });
  handles[Symbol.dispose]();
  return informer.list();
}

const conditionOf = ({ status }: Node, type: string) => status?.conditions?.find((condition) => condition.type === type)?.status;
const isReady = (node: Node) => conditionOf(node, "Ready") === "True" && conditionOf(node, "NetworkUnavailable") === "False" && !node.spec?.taints;
const named = (name: string) => (object: KubeObject) => object.metadata.name === name;

test("nodes have the zones, types and sizes of their machines", async () => {
  await until(Nodes, (nodes) => nodes.length === 4 && nodes.every(isReady));
  const columns = [
    "ZONE:.metadata.labels.topology\\.kubernetes\\.io/zone",
    "TYPE:.metadata.labels.node\\.kubernetes\\.io/instance-type",
    "CPU:.status.capacity.cpu",
  ];
  const { stdout } = await kubectl(["get", "nodes", "--no-headers", "-o", `custom-columns=NAME:.metadata.name,${columns.join()}`]);
  expect(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/).join(" ")),
  ).toEqual([
    "wherry sim-north-a sim.medium 2",
    "wherry-2 sim-north-b sim.medium 2",
    "wherry-3 sim-north-c sim.medium 2",
    "wherry-4 sim-north-a sim.large 4",
  ]);
});

test("a load balancer gets a name; one over the quota waits until another goes", async () => {
  const expose = (name: string) => kubectl(["create", "service", "loadbalancer", name, "--tcp=18080:80"]);
  const ingressOf = (name: string) => (services: Service[]) => Boolean(services.find(named(name))?.status?.loadBalancer?.ingress);
  await expose("first");
  const services = await until(Services, ingressOf("first"));
  const { hostname } = services.find(named("first"))!.status!.loadBalancer!.ingress![0]!;
  expect(hostname).toMatch(/^lb-[0-9a-f]{12}\.sim-north\.simulated\.localhost$/);
  await expose("second");
  const events = await until(Events, (all) => all.some(({ reason }) => reason === "SyncLoadBalancerFailed"));
  expect(events.find(({ reason }) => reason === "SyncLoadBalancerFailed")).toMatchObject({
    involvedObject: { name: "second" },
    source: { component: "service-controller" },
    message: expect.stringContaining("the quota of 1 load balancers has been reached"),
  });
  expect((await kubectl(["delete", "service", "first"])).code).toBe(0);
  await until(Services, ingressOf("second"));
});

test("a machine that is lost takes its node with it, and the next of its name brings a new one", async () => {
  const [before] = (await until(Nodes, () => true)).filter(named("wherry-2"));
  const operate = (state: string) =>
    client.resource(ConfigMaps).patch({ namespace: "kube-system", name: "simulated-cloud" }, { data: { "wherry-2": state } });
  await operate("terminated");
  await until(Nodes, (nodes) => !nodes.some(named("wherry-2")));
  const told = await until(Events, (all) => all.some(({ reason }) => reason === "DeletingNode"));
  expect(told.find(({ reason }) => reason === "DeletingNode")!.message).toBe(
    "Deleting node wherry-2 because it does not exist in the cloud provider",
  );
  await operate("running");
  const nodes = await until(Nodes, (all) => all.some((node) => named("wherry-2")(node) && isReady(node)));
  const after = nodes.find(named("wherry-2"))!;
  expect(after.spec!.providerID).not.toBe(before!.spec!.providerID);
});

test("each component of the control plane leads by its Lease", async () => {
  const { stdout } = await kubectl(["-n", "kube-system", "get", "leases", "--no-headers", "-o", "custom-columns=NAME:.metadata.name"]);
  const names = stdout.trim().split("\n");
  expect(names).toEqual(expect.arrayContaining(["cloud-controller-manager", "kube-controller-manager", "kube-scheduler"]));
  expect(names.some((name) => name.startsWith("apiserver-"))).toBe(true);
});
