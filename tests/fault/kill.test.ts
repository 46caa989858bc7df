import { afterAll, beforeAll, expect, test } from "vitest";
import { connectCluster } from "../../cluster-engine/connect.ts";
import { ConfigMaps, Pods } from "../../cluster-engine/api/resources.ts";
import { seededRandom } from "../../cluster-engine/base/random.ts";
import { containersOf, execIn, killContainer, startOf } from "../support/containers.ts";
import { kubectlOn, kubectls } from "../support/kubectl.ts";
import { eventually } from "../support/machine.ts";
import { type RunningWherry, startWherry } from "../support/wherry.ts";

// The engine is killed while it writes, and containers are killed under it.

const seed = Number(process.env["WHERRY_SEED"] ?? 20261124);
const rounds = 20;
const writers = 8;

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

test(`${rounds} kills under a writing load lose no acknowledged write`, async () => {
  const random = seededRandom(seed);
  /** Name → value of the last acknowledged write, or null when its deletion was. */
  const acknowledged = new Map<string, string | null>();
  /** Writes without an answer: either outcome is right. */
  const uncertain = new Map<string, (string | null)[]>();
  let writes = 0;

  for (let round = 0; round < rounds; round++) {
    const api = connectCluster(cluster.kubeconfig).resource(ConfigMaps);
    let running = true;
    const writer = async (id: number) => {
      for (let i = 0; running; i++) {
        const name = `w${id}-${i % 5}`;
        const value = `${round}-${i}`;
        const remove = acknowledged.get(name) !== undefined && acknowledged.get(name) !== null && i % 7 === 6;
        try {
          if (remove) await api.delete({ namespace: "default", name });
          else if (acknowledged.get(name)) await api.patch({ namespace: "default", name }, { data: { value } }, { type: "merge" });
          else await api.create({ metadata: { namespace: "default", name }, data: { value } });
          acknowledged.set(name, remove ? null : value);
          uncertain.delete(name);
          writes++;
        } catch {
          uncertain.set(name, [...(uncertain.get(name) ?? []), remove ? null : value]);
          return;
        }
      }
    };
    const working = Promise.all(Array.from({ length: writers }, (_, id) => writer(id)));
    const target = writes + 20 + Math.floor(random.next() * 300);
    await eventually(() => writes >= target, 10_000);
    await cluster.kill("SIGKILL");
    running = false;
    await working;

    cluster = await startWherry({ dataDir: cluster.dataDir });
    const stored = new Map(
      (await connectCluster(cluster.kubeconfig).resource(ConfigMaps).list("default")).items.map((item) => [
        item.metadata.name,
        item.data?.["value"] ?? "",
      ]),
    );
    for (const [name, value] of acknowledged) {
      const possible = [value, ...(uncertain.get(name) ?? [])];
      expect(possible, `${name} in round ${round}`).toContain(stored.get(name) ?? null);
      acknowledged.set(name, stored.get(name) ?? null);
    }
    for (const [name, values] of uncertain) {
      if (acknowledged.has(name)) continue;
      expect([null, ...values]).toContain(stored.get(name) ?? null);
      acknowledged.set(name, stored.get(name) ?? null);
    }
    uncertain.clear();
  }
  console.log(`${rounds} kills, ${writes} acknowledged writes, none lost`);
  expect(writes).toBeGreaterThan(rounds * 20);
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
