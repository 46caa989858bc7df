import { Pods } from "../../cluster-engine/api/resources.ts";
import type { ResourceClient } from "../../cluster-engine/client/types.ts";
import { connectCluster } from "../../cluster-engine/connect.ts";
import { resourcePath } from "../../cluster-engine/api/resourceType.ts";
import type { Pod } from "../../shared/kubernetes/types.ts";
import { run } from "../support/machine.ts";
import { startWherry } from "../support/wherry.ts";
import { compared, type Measurement, timed } from "./measurement.ts";

const runs = 10;
const image = "hello-minikube-zero-install/hello-node:v1";
const docker = (...args: string[]) => run("/usr/bin/docker", args).trim();

/** hello-node with its image present: `create` to Running, beside raw create + start of the same two containers. */
export async function podStart(): Promise<Measurement[]> {
  const cluster = await startWherry();
  const client = connectCluster(cluster.kubeconfig);
  const pods = client.resource(Pods);
  const [wherry, raw]: [number[], number[]] = [[], []];
  try {
    await createUntilRunning(pods, client, "warm-up");
    for (let i = 0; i < runs; i++) {
      raw.push(await timed(async () => rawPair(i)));
      docker("rm", "-f", `bench-app-${i}`, `bench-pause-${i}`);
      wherry.push(await createUntilRunning(pods, client, `hello-${i}`));
    }
  } finally {
    await cluster.destroy();
  }
  return [compared("pod create to Running (reference: docker create+start ×2)", "ms", wherry, raw)];
}

/** What a sandbox and a container cost the engine at the least. */
function rawPair(i: number): void {
  docker("create", "--name", `bench-pause-${i}`, "wherry/system:1", "/pause");
  docker("start", `bench-pause-${i}`);
  docker("create", "--name", `bench-app-${i}`, "--network", `container:bench-pause-${i}`, image);
  docker("start", `bench-app-${i}`);
}

function createUntilRunning(pods: ResourceClient<Pod>, client: ReturnType<typeof connectCluster>, name: string): Promise<number> {
  return timed(async () => {
    const running = new Promise<void>((resolve, reject) => {
      const watch = client.transport.watch(
        { method: "GET", path: resourcePath(Pods, { namespace: "default" }), query: { watch: true, fieldSelector: `metadata.name=${name}` } },
        {
          onEvent: ({ object }) => {
            if ((object as Pod).status?.phase !== "Running") return;
            watch[Symbol.dispose]();
            resolve();
          },
          onEnd: (error) => reject(error ?? new Error("the watch ended")),
        },
      );
    });
    await pods.create({ metadata: { namespace: "default", name }, spec: { containers: [{ name: "hello-node", image }] } });
    await running;
  });
}
