import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  Deployments,
  EndpointSlices,
  Jobs,
  Namespaces,
  Nodes,
  Pods,
  ReplicaSets,
  Secrets,
  ServiceAccounts,
  Services,
} from "../../cluster-engine/api/resources.ts";
import type { ResourceType } from "../../cluster-engine/api/resourceType.ts";
import { systemClock } from "../../cluster-engine/base/clock.ts";
import { Disposables } from "../../cluster-engine/base/disposal.ts";
import { silentLog } from "../../cluster-engine/base/log.ts";
import { systemRandom } from "../../cluster-engine/base/random.ts";
import { createClient } from "../../cluster-engine/client/client.ts";
import { httpsTransport } from "../../cluster-engine/client/httpsTransport.ts";
import { createInformers } from "../../cluster-engine/client/informers.ts";
import type { Client, Informers } from "../../cluster-engine/client/types.ts";
import { startCloudControllerManager } from "../../cluster-engine/cloud/cloudControllerManager.ts";
import { localCloud } from "../../cluster-engine/cloud/local.ts";
import { startControllers } from "../../cluster-engine/controllers/registry.ts";
import { component } from "../../cluster-engine/identity.ts";
import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { Deployment, Job, Pod } from "../../shared/kubernetes/types.ts";
import { startTestApiServer, type TestApiServer } from "../support/startApiServer.ts";

// The controllers over the real API server; what kubelets would report is written by hand, over HTTPS.

const running = new Disposables();
let api: TestApiServer;
let client: Client;
let informers: Informers;

beforeAll(async () => {
  api = await startTestApiServer();
  const { server, pki } = api;
  const inputs = { rootCA: pki.ca.cert, clusterCIDR: Promise.resolve("10.244.0.0/16") };
  const account = (name: string) => (name ? `system:serviceaccount:kube-system:${name}` : "system:kube-controller-manager");
  const groups = ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"];
  const transport = (name: string) =>
    server.transport({ username: account(name), groups: name ? groups : ["system:authenticated"] }, "kube-controller-manager");
  const parts = { clock: systemClock, random: systemRandom, log: silentLog };
  running.add(startControllers({ transport, ...parts, inputs }));
  const cloud = server.transport(component("cloud-controller-manager"), "cloud-controller-manager");
  running.add(startCloudControllerManager({ transport: cloud, provider: localCloud(), clusterCIDR: inputs.clusterCIDR, ...parts }));
  client = createClient(httpsTransport(readFileSync(api.kubeconfigPath, "utf8")));
  informers = running.add(createInformers({ client, clock: systemClock, random: systemRandom, log: silentLog }));
});

afterAll(async () => {
  running[Symbol.dispose]();
  await api.close();
});

/** Resolves once the objects of a resource satisfy `check`, as a watch over HTTPS sees them. */
async function until<T extends KubeObject>(type: ResourceType<T>, check: (objects: T[]) => boolean, namespace?: string): Promise<T[]> {
  const informer = informers.of(type);
  await informer.synced;
  const handles = new Disposables();
  await new Promise<void>((resolve) => {
    const look = () => {
      if (check(informer.list(namespace))) resolve();
    };
    handles.add(informer.handle({ onAdd: look, onUpdate: look, onDelete: look }));
    look();
  });
  handles[Symbol.dispose]();
  return informer.list(namespace);
}

async function makeNamespace(name: string): Promise<void> {
  await client.resource(Namespaces).create({ metadata: { name } });
  await until(ServiceAccounts, (accounts) => accounts.length > 0, name);
}

const labels = { app: "web" };

async function deploy(namespace: string, replicas: number): Promise<Deployment> {
  const spec = {
    replicas,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "web:1" }] } },
  };
  return client.resource(Deployments).create({ metadata: { name: "web", namespace }, spec: spec as Deployment["spec"] });
}

async function makeReady(pod: Pod, ip: string): Promise<void> {
  const conditions = [{ type: "Ready", status: "True", lastTransitionTime: new Date().toISOString().slice(0, 19) + "Z" }];
  await client
    .resource(Pods)
    .patch(pod.metadata, { status: { phase: "Running", podIP: ip, podIPs: [{ ip }], conditions } }, { subresource: "status" });
}

test("a Deployment behind a Service: pods, slices, a load balancer's address, a rollout, and all gone with it", async () => {
  await makeNamespace("road");
  await client.resource(Nodes).create({ metadata: { name: "node-1" } });
  await client
    .resource(Services)
    .create({ metadata: { name: "web", namespace: "road" }, spec: { type: "LoadBalancer", selector: labels, ports: [{ port: 80 }] } });
  await deploy("road", 2);
  const made = await until(Pods, (pods) => pods.length === 2, "road");
  for (const [i, pod] of made.entries()) {
    await client.resource(Pods).createSubresource(pod.metadata, "binding", {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name: pod.metadata.name },
      target: { kind: "Node", name: "node-1" },
    });
    await makeReady(pod, `10.244.0.${i + 2}`);
  }
  await until(Deployments, ([each]) => each?.status?.availableReplicas === 2, "road");
  const [slice] = await until(EndpointSlices, (slices) => slices[0]?.endpoints?.length === 2, "road");
  expect(slice!.endpoints!.flatMap(({ addresses }) => addresses).sort()).toEqual(["10.244.0.2", "10.244.0.3"]);
  const [service] = await until(Services, ([each]) => Boolean(each?.status?.loadBalancer?.ingress), "road");
  expect(service!.status!.loadBalancer!.ingress).toMatchObject([{ ip: "127.0.0.1" }]);

  await client
    .resource(Deployments)
    .patch({ namespace: "road", name: "web" }, { spec: { template: { spec: { containers: [{ name: "web", image: "web:2" }] } } } });
  const replicaSets = await until(ReplicaSets, (sets) => sets.length === 2, "road");
  const revisions = replicaSets.map(({ metadata }) => metadata.annotations!["deployment.kubernetes.io/revision"]!);
  expect(new Set(revisions)).toEqual(new Set(["1", "2"]));

  await client.resource(Deployments).delete({ namespace: "road", name: "web" }, { propagationPolicy: "Foreground" });
  await until(ReplicaSets, (sets) => sets.every(({ metadata }) => metadata.deletionTimestamp), "road");
  for (const { metadata } of informers.of(Pods).list("road"))
    await client
      .resource(Pods)
      .delete(metadata, { gracePeriodSeconds: 0 })
      .catch(() => undefined);
  await until(Deployments, (deployments) => deployments.length === 0, "road");
  await until(Pods, (pods) => pods.length === 0, "road");
});

test("two hundred replicas come up, and none too many", async () => {
  await makeNamespace("many");
  await deploy("many", 200);
  await until(Pods, (pods) => pods.length >= 200, "many");
  const [replicaSet] = await until(ReplicaSets, ([each]) => each?.status?.replicas === 200, "many");
  expect(replicaSet!.status).toMatchObject({ replicas: 200, fullyLabeledReplicas: 200 });
  expect(informers.of(Pods).list("many")).toHaveLength(200);
});

test("a Job's pods go with it, though it holds them until they are counted", async () => {
  await makeNamespace("jobs");
  const template = { spec: { restartPolicy: "Never" as const, containers: [{ name: "main", image: "busybox" }] } };
  await client
    .resource(Jobs)
    .create({ metadata: { name: "j", namespace: "jobs" }, spec: { parallelism: 2, completions: 2, template } as Job["spec"] });
  const [pod] = await until(Pods, (pods) => pods.length === 2, "jobs");
  await client.resource(Pods).patch(pod!.metadata, { status: { phase: "Succeeded" } }, { subresource: "status" });
  await until(Jobs, ([job]) => job?.status?.succeeded === 1, "jobs");
  await client.resource(Jobs).delete({ namespace: "jobs", name: "j" }, { propagationPolicy: "Background" });
  await until(Pods, (pods) => pods.length === 0, "jobs");
});

test("a namespace goes with all that is in it", async () => {
  await makeNamespace("short");
  await client.resource(Secrets).create({ metadata: { name: "s", namespace: "short" } });
  await deploy("short", 2);
  await until(Pods, (pods) => pods.length === 2, "short");
  await client.resource(Namespaces).delete({ name: "short" });
  await until(Namespaces, (namespaces) => !namespaces.some(({ metadata }) => metadata.name === "short"));
  for (const type of [Pods, Secrets, Deployments, ServiceAccounts])
    expect((await client.resource(type as ResourceType).list("short")).items).toEqual([]);
});
