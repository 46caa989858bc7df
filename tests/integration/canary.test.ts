import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EndpointSlices, Pods, Services } from "../../cluster-engine/api/resources.ts";
import { silentLog } from "../../cluster-engine/base/log.ts";
import { createClient } from "../../cluster-engine/client/client.ts";
import { httpsTransport } from "../../cluster-engine/client/httpsTransport.ts";
import type { Client } from "../../cluster-engine/client/types.ts";
import { startCluster } from "../../cluster-engine/cluster.ts";
import type { Cluster } from "../../cluster-engine/types.ts";
import { kubectls } from "../support/kubectl.ts";

// The canary sample does what its README says: shares of requests are shares of pods.

const manifest = fileURLToPath(new URL("../support/samples/canary/shop.yaml", import.meta.url));

/** As the README scales, and the pods of each version that are ready then. */
const steps: [what: string, scale: string[][], shares: Record<string, number>][] = [
  ["nine to one", [], { v1: 9, v2: 1 }],
  ["half and half", [["shop-v1", "shop-v2", "--replicas=5"]], { v1: 5, v2: 5 }],
  [
    "all to the new one",
    [
      ["shop-v2", "--replicas=10"],
      ["shop-v1", "--replicas=0"],
    ],
    { v2: 10 },
  ],
  [
    "back again",
    [
      ["shop-v1", "--replicas=9"],
      ["shop-v2", "--replicas=0"],
    ],
    { v1: 9 },
  ],
];

describe.each(["simulated", "docker"] as const)("the canary on %s pods", (runtime) => {
  const dir = mkdtempSync(join(tmpdir(), "wherry-canary-"));
  let cluster: Cluster;
  let client: Client;

  const kubectl = (...args: string[]): Promise<string> =>
    new Promise((resolve, reject) =>
      execFile(kubectls()[0]!, ["--kubeconfig", cluster.kubeconfigPath, ...args], (error, stdout, stderr) =>
        error ? reject(new Error(stderr || error.message)) : resolve(stdout),
      ),
    );

  beforeAll(async () => {
    cluster = await startCluster({ dataDir: dir, port: 0, runtime, nodes: 1, log: silentLog });
    await cluster.runtime;
    client = createClient(httpsTransport(readFileSync(cluster.kubeconfigPath, "utf8")));
    await kubectl("apply", "-f", manifest);
  });
  afterAll(async () => {
    await cluster?.stop({ pods: true });
    rmSync(dir, { recursive: true, force: true });
  });

  /** The versions behind the Service's ready endpoints, counted. */
  async function endpoints(): Promise<Record<string, number>> {
    const { items: slices } = await client.resource(EndpointSlices).list("default", { labelSelector: "kubernetes.io/service-name=shop" });
    const { items: pods } = await client.resource(Pods).list("default", { labelSelector: "app=shop" });
    const ready = slices.flatMap(({ endpoints: all }) => all ?? []).filter(({ conditions }) => conditions?.ready);
    return counted(
      ready.map(({ targetRef }) => pods.find(({ metadata }) => metadata.name === targetRef?.name)?.metadata.labels?.["version"] ?? "gone"),
    );
  }

  test.each(steps)("%s", async (_what, scale, shares) => {
    for (const args of scale) await kubectl("scale", "deployment", ...args);
    await expect.poll(endpoints, { timeout: 90_000, interval: 250 }).toEqual(shares);
    if (runtime === "docker") await expectShares(shares);
  });

  /** Requests meet versions in about their shares: within four standard deviations. */
  async function expectShares(shares: Record<string, number>): Promise<void> {
    const service = await client.resource(Services).get({ namespace: "default", name: "shop" });
    const port = service.spec!.ports![0]!.nodePort!;
    const pods = Object.values(shares).reduce((sum, count) => sum + count, 0);
    // The rules follow the endpoints a moment later.
    await expect.poll(async () => Object.keys(counted(await ask(port, 20))).every((version) => version in shares), { timeout: 20_000 }).toBe(true);
    const answers = counted(await ask(port, requests));
    for (const [version, count] of Object.entries(shares)) {
      const share = count / pods;
      const deviation = Math.sqrt(requests * share * (1 - share));
      expect(Math.abs((answers[version] ?? 0) - requests * share), `${JSON.stringify(answers)} of ${JSON.stringify(shares)}`).toBeLessThanOrEqual(
        4 * deviation,
      );
    }
  }
});

const requests = 300;

function counted(names: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** The versions that answer on a port of this machine; each request on a connection of its own, ten at a time. */
async function ask(port: number, count: number): Promise<string[]> {
  const found: string[] = [];
  const one = () =>
    new Promise<string>((resolve, reject) => {
      const sent = get({ host: "127.0.0.1", port, agent: false, timeout: 10_000 }, (answer) => {
        text(answer).then((body) => resolve(/^shop (v\d)$/m.exec(body)?.[1] ?? `${answer.statusCode}: ${body}`), reject);
      });
      sent.on("error", reject).on("timeout", () => sent.destroy(new Error("no answer")));
    });
  while (found.length < count) found.push(...(await Promise.all(Array.from({ length: Math.min(10, count - found.length) }, one))));
  return found;
}
