import { afterAll, beforeAll, expect, test } from "vitest";
import { connectCluster } from "../../cluster-engine/connect.ts";
import { Pods } from "../../cluster-engine/api/resources.ts";
import { playKills } from "./kills.ts";
import { containersOf, execIn, killContainer, startOf } from "../support/containers.ts";
import { kubectlOn, kubectls } from "../support/kubectl.ts";
import { eventually } from "../support/machine.ts";
import { type RunningWherry, startWherry } from "../support/wherry.ts";

// The engine is killed while it writes, and containers are killed under it.

const seed = Number(process.env["WHERRY_SEED"] ?? 20261124);
const rounds = 20;

let cluster: RunningWherry;
let kubectl: ReturnType<typeof kubectlOn>;

beforeAll(async () => {
  console.log(`seed ${seed}`);
  cluster = await startWherry();
  kubectl = kubectlOn(kubectls()[0]!, cluster.kubeconfig);
  for (const line of [
    "create deployment hello-node --image=hello-minikube-zero-install/hello-node:v1",
    "expose deployment hello-node --port=80 --target-port=8080",
    "run client --image=hello-minikube-zero-install/hello-node:v1 --command -- sleep 3600",
    "rollout status deployment/hello-node --timeout=60s",
    "wait --for=condition=Ready pod/client --timeout=60s",
  ]) {
    const { code, stderr } = kubectl(line.split(" "));
    expect(code, stderr).toBe(0);
  }
});
afterAll(() => cluster?.destroy());

/** What a pod gets from another through DNS and the Service, past our process. */
const ask = (client: string) =>
  execIn(client, "node", "-e", 'fetch("http://hello-node.default.svc.cluster.local/").then((answer) => answer.text()).then(console.log)');

test("pods serve traffic while the engine is dead, and the next start adopts them within 2 s with no restart", async () => {
  const [client] = containersOf("default", "client", "client") as [string];
  const [server] = containersOf("default", "hello-node", "hello-node") as [string];
  const started = startOf(server);
  expect(ask(client)).toBe("Hello World!");

  await cluster.kill("SIGKILL");
  expect(ask(client)).toBe("Hello World!");

  cluster = await startWherry({ dataDir: cluster.dataDir });
  const api = connectCluster(cluster.kubeconfig);
  const begun = performance.now();
  const adopted = await eventually(
    async () => (await api.resource(Pods).list("default")).items.every((pod) => pod.status?.phase === "Running"),
    10_000,
  );
  expect(adopted).toBe(true);
  console.log(`ready in ${cluster.readyMs} ms, pods Running ${Math.round(performance.now() - begun)} ms later`);
  expect(kubectl(["exec", "client", "--", "echo", "alive"]).stdout).toBe("alive\n");
  expect(startOf(server)).toBe(started);
  expect(
    (await api.resource(Pods).list("default")).items.flatMap((pod) => pod.status?.containerStatuses ?? []).map((status) => status.restartCount),
  ).toEqual([0, 0]);
});

test(`${rounds} kills under a mixed load: nothing acknowledged is lost, nothing refused is there, watches go on without a gap`, async () => {
  const [server] = containersOf("default", "hello-node", "hello-node") as [string];
  const started = startOf(server);
  const { report, last } = await playKills(cluster, { rounds, seed, runtime: "docker" });
  cluster = last;
  expect(report.violations).toEqual([]);
  expect(startOf(server)).toBe(started);
  console.log(`${report.recoveries.length} kills, ${report.writes} acknowledged writes, none lost`);
  expect(report.writes).toBeGreaterThan(rounds * 20);
});

test("a killed container is repaired and counted, a deleted pod is replaced", async () => {
  const [server] = containersOf("default", "hello-node", "hello-node") as [string];
  killContainer(server);
  const pods = () => connectCluster(cluster.kubeconfig).resource(Pods).list("default", { labelSelector: "app=hello-node" });
  const repaired = await eventually(async () => {
    const [pod] = (await pods()).items;
    return pod?.status?.containerStatuses?.[0]?.restartCount === 1 && Boolean(pod.status.containerStatuses[0]?.ready);
  }, 30_000);
  expect(repaired).toBe(true);
  expect(kubectl(["get", "pods", "-l", "app=hello-node"]).stdout).toMatch(/1\/1 +Running +1 \(\d+s ago\)/);

  const [before] = (await pods()).items;
  expect(kubectl(["delete", "pod", before!.metadata.name]).code).toBe(0);
  const replaced = await eventually(async () => {
    const { items } = await pods();
    return items.length === 1 && items[0]!.metadata.uid !== before!.metadata.uid && items[0]!.status?.phase === "Running";
  }, 30_000);
  expect(replaced).toBe(true);
});
