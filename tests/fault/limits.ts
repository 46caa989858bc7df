import { readFileSync } from "node:fs";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { ConfigMaps } from "../../cluster-engine/api/resources.ts";
import { connectCluster } from "../../cluster-engine/connect.ts";
import { readKubeconfig } from "../../cluster-engine/client/kubeconfig.ts";
import { eventually } from "../support/machine.ts";
import type { RunningWherry } from "../support/wherry.ts";

// What a server has only so much of: streams, file descriptors, time.

/** Of the server; a session has no more. */
const streamsASession = 500;
const patienceMs = 60_000;

export interface WatchesReport {
  watches: number;
  /** From the write to the last watch's event, ms. */
  lastEventMs: number;
  /** Of the engine's resident memory, bytes. */
  memoryEach: number;
}

/** So many watches of one collection wait; one write reaches each, once. @throws Error when one is missed or doubled */
export async function idleWatches({ kubeconfig, process: engine }: RunningWherry, watches: number): Promise<WatchesReport> {
  const { server, ca, cert, key } = readKubeconfig(readFileSync(kubeconfig, "utf8"));
  const api = connectCluster(kubeconfig).resource(ConfigMaps);
  const { metadata } = await api.list("default");
  const before = residentBytes(engine.pid!);
  const sessions: ClientHttp2Session[] = [];
  const events: number[] = Array.from({ length: watches }, () => 0);
  let [open, told, last] = [0, 0, 0];
  const path = `/api/v1/namespaces/default/configmaps?watch=1&fieldSelector=metadata.name%3Dawaited&resourceVersion=${metadata.resourceVersion}`;
  const watch = (i: number) => {
    const stream = sessions.at(-1)!.request({ ":path": path });
    stream.on("response", () => open++);
    stream.on("error", () => {});
    stream.on("data", (chunk: Buffer) => {
      const found = chunk.toString().split("\n").length - 1;
      events[i]! += found;
      told += found;
      last = performance.now();
    });
  };
  try {
    for (let i = 0; i < watches; i++) {
      if (i % streamsASession === 0) sessions.push(connectHttp2(server, { ca, ...(cert && key ? { cert, key } : {}) }).on("error", () => {}));
      watch(i);
    }
    if (!(await eventually(() => open === watches, patienceMs))) throw new Error(`only ${open} of ${watches} watches opened`);
    const memoryEach = (residentBytes(engine.pid!) - before) / watches;
    const written = performance.now();
    await api.create({ metadata: { name: "awaited", namespace: "default" }, data: {} });
    await eventually(() => told >= watches, patienceMs);
    const wrong = events.filter((count) => count !== 1).length;
    if (wrong > 0) throw new Error(`${wrong} of ${watches} watches were not told once: ${told} events`);
    return { watches, lastEventMs: last - written, memoryEach };
  } finally {
    for (const session of sessions) session.destroy();
    await api.delete({ name: "awaited", namespace: "default" }).catch(() => {});
  }
}

const residentBytes = (pid: number): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;

/**
 * Opens more connections than the engine may have file descriptors (it was started with few), and closes them. @throws Error when
 * it died of that, lost a write, or does not answer afterwards
 */
export async function exhaustDescriptors({ url, kubeconfig, process: engine }: RunningWherry, connections: number): Promise<{ refused: number }> {
  const api = connectCluster(kubeconfig).resource(ConfigMaps);
  await api.create({ metadata: { name: "before-exhaustion", namespace: "default" }, data: {} });
  const port = Number(new URL(url).port);
  const sockets: Socket[] = [];
  let [opened, refused] = [0, 0];
  for (let i = 0; i < connections; i++) {
    const socket = connectTcp(port, "127.0.0.1");
    socket.once("connect", () => opened++);
    socket.once("error", () => {});
    socket.once("close", () => refused++);
    sockets.push(socket);
  }
  await eventually(() => opened + refused >= connections, 5000);
  const closedByServer = refused;
  for (const socket of sockets) socket.destroy();
  const answers = await eventually(
    () =>
      connectCluster(kubeconfig)
        .resource(ConfigMaps)
        .get({ name: "before-exhaustion", namespace: "default" })
        .then(
          () => true,
          () => false,
        ),
    patienceMs,
  );
  if (engine.exitCode !== null || engine.signalCode !== null) throw new Error("the engine died of too many connections");
  if (!answers) throw new Error("the engine does not answer after the connections were closed");
  await connectCluster(kubeconfig).resource(ConfigMaps).delete({ name: "before-exhaustion", namespace: "default" });
  return { refused: closedByServer };
}

/** Stops the engine's process for a while, as a laptop that sleeps does. @throws Error when it does not go on where it was */
export async function sleepAndWake({ kubeconfig, process: engine }: RunningWherry, ms: number): Promise<void> {
  const api = connectCluster(kubeconfig).resource(ConfigMaps);
  const { metadata } = await api.create({ metadata: { name: "before-sleep", namespace: "default" }, data: {} });
  engine.kill("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, ms));
  engine.kill("SIGCONT");
  const found = await api.get({ name: "before-sleep", namespace: "default" });
  if (found.metadata.uid !== metadata.uid) throw new Error("an object is another after the sleep");
  await api.delete({ name: "before-sleep", namespace: "default" });
}
