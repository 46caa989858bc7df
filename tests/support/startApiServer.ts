import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { NodeConnections } from "../../cluster-engine/api/nodeConnection.ts";
import { startApiServer } from "../../cluster-engine/apiserver/server.ts";
import type { ApiServer, ApiServerOptions } from "../../cluster-engine/apiserver/types.ts";
import { systemClock } from "../../cluster-engine/base/clock.ts";
import { createLog } from "../../cluster-engine/base/log.ts";
import { systemRandom } from "../../cluster-engine/base/random.ts";
import { kubeconfig } from "../../cluster-engine/pki/kubeconfig.ts";
import { openPki } from "../../cluster-engine/pki/pki.ts";
import type { Pki } from "../../cluster-engine/pki/types.ts";
import { LmdbStore } from "../../cluster-engine/store/lmdb.ts";
import { MemoryStore } from "../../cluster-engine/store/memory.ts";
import type { Store } from "../../cluster-engine/store/types.ts";

export interface TestApiServer {
  server: ApiServer;
  store: Store;
  pki: Pki;
  /** Path of the admin kubeconfig. */
  kubeconfigPath: string;
  close(): Promise<void>;
}

export interface TestApiServerOptions {
  /** Keeps keys, kubeconfig and (with `lmdb`) the store; a new temporary folder when absent. */
  dir?: string;
  store?: "memory" | "lmdb";
  port?: number;
  nodes?: NodeConnections;
  overrides?: Partial<ApiServerOptions>;
}

/** An API server without anything around it: no controllers, no nodes. */
export async function startTestApiServer({
  dir = mkdtempSync(join(tmpdir(), "wherry-api-")),
  store: kind = "memory",
  port = 0,
  nodes = () => undefined,
  overrides,
}: TestApiServerOptions = {}): Promise<TestApiServer> {
  mkdirSync(dir, { recursive: true });
  const pki = await openPki({
    dir: join(dir, "pki"),
    clock: systemClock,
    dnsNames: ["localhost", "kubernetes.default.svc"],
    ipAddresses: ["127.0.0.1", "10.96.0.1"],
  });
  const store = kind === "lmdb" ? LmdbStore.open({ path: join(dir, "store") }) : new MemoryStore();
  const server = await startApiServer({
    store,
    clock: systemClock,
    random: systemRandom,
    log: createLog(
      (line) => process.stderr.write(line),
      () => systemClock.now(),
      "warn",
    ),
    host: "127.0.0.1",
    port,
    serving: pki.serving,
    clientCA: pki.ca.cert,
    serviceAccountKeys: { signing: pki.serviceAccount.private, verify: [pki.serviceAccount.public] },
    issuer: "https://kubernetes.default.svc.cluster.local",
    serviceCIDR: "10.96.0.0/16",
    nodePortRange: { from: 30000, to: 32767 },
    nodes,
    ...overrides,
  });
  const kubeconfigPath = join(dir, "kubeconfig");
  writeFileSync(kubeconfigPath, kubeconfig({ name: "test", server: server.url, caCert: pki.ca.cert, user: pki.admin }), { mode: 0o600 });
  const close = async () => {
    await server.close();
    await store.close();
  };
  return { server, store, pki, kubeconfigPath, close };
}

/** `npx tsx tests/support/startApiServer.ts [dir] [port] [memory|lmdb]`: a server to try things on, until SIGTERM. */
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [dir, port = "0", store = "memory"] = process.argv.slice(2);
  const started = performance.now();
  const { server, kubeconfigPath, close } = await startTestApiServer({
    ...(dir ? { dir } : {}),
    port: Number(port),
    store: store as "memory" | "lmdb",
  });
  process.stdout.write(`ready ${server.url} in ${Math.round(performance.now() - started)} ms (kubeconfig ${kubeconfigPath})\n`);
  const stop = () => void close().then(() => process.exit(0));
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}
