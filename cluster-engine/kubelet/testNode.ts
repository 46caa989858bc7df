import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import type { Container, Event, Pod, PodSpec } from "../../shared/kubernetes/types.ts";
import { ConfigMaps, Events, Nodes, Pods } from "../api/resources.ts";
import { FakeClock, systemClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { FakeApi } from "../client/fakeApi.ts";
import { SimulatedRuntime } from "../runtime/simulated/simulatedRuntime.ts";
import { startKubelet } from "./kubelet.ts";
import type { Kubelet, KubeletOptions } from "./types.ts";

/** For tests: a node over the simulated runtime and a fake API, with a clock that stands still. */
export interface TestNode {
  clock: FakeClock;
  api: FakeApi;
  runtime: SimulatedRuntime;
  kubelet: Kubelet;
  dataDir: string;
  /** Binds a pod to the node. */
  run(name: string, spec: Partial<PodSpec> & { containers?: Container[] }, metadata?: Partial<Pod["metadata"]>): Pod;
  pod(name: string): Pod;
  /** Resolves when `holds` does, letting everything run that needs no time. */
  until(what: string, holds: () => boolean): Promise<void>;
  /** Steps the clock by `stride` seconds (1) at a time until `holds` does. */
  step(what: string, holds: () => boolean, maxSeconds: number, stride?: number): Promise<void>;
  events(name: string): string[];
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

export const nodeName = "wherry";

/** The clock may run so much further: on a busy machine real work lags behind it. */
const slack = 4;
/** Real time that anything may take, ms. */
const patienceMs = 20_000;
// Files and streams take real time.
vi.setConfig({ testTimeout: 30_000 });

export async function openTestNode(options: Partial<KubeletOptions> = {}): Promise<TestNode> {
  const clock = new FakeClock();
  const api = new FakeApi({ clock });
  const runtime = new SimulatedRuntime({ clusterId: "test", clock });
  const dataDir = mkdtempSync(join(tmpdir(), "wherry-kubelet-"));
  api.put(Nodes, { metadata: { name: nodeName }, spec: { podCIDR: "10.244.0.0/24" } });
  api.put(ConfigMaps, { metadata: { name: "kube-root-ca.crt", namespace: "default" }, data: { "ca.crt": "CA" } });
  const start = () =>
    startKubelet({
      nodeName,
      transport: api,
      runtime,
      clock,
      random: seededRandom(1),
      log: silentLog,
      dataDir,
      clusterDNS: "10.96.0.10",
      clusterDomain: "cluster.local",
      ...options,
    });
  const node: TestNode = {
    clock,
    api,
    runtime,
    kubelet: await start(),
    dataDir,
    run: (name, spec, metadata) => api.put(Pods, podOf(name, spec, metadata)),
    pod: (name) => api.must(Pods, `default/${name}`),
    until: (what, holds) => settle(what, holds),
    async step(what, holds, maxSeconds, stride = 1) {
      // On a machine that is slower still the clock goes on as well, until real time is up.
      const deadline = systemClock.monotonic() + patienceMs;
      for (let second = 0; second < maxSeconds * slack || systemClock.monotonic() < deadline; second += stride) {
        if (await settles(holds)) return;
        await clock.step(stride * 1000);
      }
      throw new Error(`never happened: ${what}`);
    },
    events: (name) =>
      api
        .all(Events)
        .filter((event: Event) => event.involvedObject.name === name)
        .map(({ type, reason, message }) => `${type} ${reason}: ${message}`),
    async restart() {
      await node.kubelet.stop();
      node.kubelet = await start();
      await node.kubelet.started;
    },
    async dispose() {
      await node.kubelet.stop();
      await runtime[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
    },
  };
  await node.kubelet.started;
  return node;
}

function podOf(name: string, spec: Partial<PodSpec>, metadata: Partial<Pod["metadata"]> = {}) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", ...metadata },
    spec: {
      nodeName,
      restartPolicy: "Always" as const,
      terminationGracePeriodSeconds: 30,
      containers: [{ name: "main", image: "nginx:1" }],
      ...spec,
    },
    status: { phase: "Pending" as const, conditions: [{ type: "PodScheduled", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }] },
  };
}

/** Gives files, promises and streams their turns; true as soon as `holds`. */
async function settles(holds: () => boolean, turns = 400): Promise<boolean> {
  for (let turn = 0; turn < turns; turn++) {
    if (safely(holds)) return true;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return false;
}

async function settle(what: string, holds: () => boolean): Promise<void> {
  const deadline = systemClock.monotonic() + patienceMs;
  while (systemClock.monotonic() < deadline) if (await settles(holds)) return;
  throw new Error(`never happened: ${what}`);
}

const safely = (holds: () => boolean): boolean => {
  try {
    return holds();
  } catch {
    return false;
  }
};
