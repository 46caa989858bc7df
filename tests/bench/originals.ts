import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../cluster-engine/base/clock.ts";
import { httpsTransport } from "../../cluster-engine/client/httpsTransport.ts";
import { kubeconfig } from "../../cluster-engine/pki/kubeconfig.ts";
import { openPki } from "../../cluster-engine/pki/pki.ts";
import { until } from "./waiting.ts";

export const binaries = process.env["KUBERNETES_PEERS"] ?? join(homedir(), ".cache/kubernetes-peers/bin");
const programs = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;
const issuer = "https://kubernetes.default.svc.cluster.local";
/** The original's own limit of requests a second is not what is measured. */
export const limits = ["--kube-api-qps=5000", "--kube-api-burst=10000"];

export interface Originals {
  kubeconfig: string;
  /** Ends all programs and removes their data. */
  stop(): Promise<void>;
}

/**
 * Runs the original control plane on loopback: etcd, kube-apiserver, kube-controller-manager and kube-scheduler, with
 * their client limits lifted; or with `apiOnly` the first two. Resolves when new namespaces get their ServiceAccount.
 * @throws Error that names the programs that are missing.
 */
export async function startOriginals({ apiOnly = false } = {}): Promise<Originals> {
  const missing = programs.filter((name) => !existsSync(join(binaries, name)));
  if (missing.length > 0) throw new Error(`to compare with the original, put ${missing.join(", ")} (1.36) into ${binaries}`);
  const dir = mkdtempSync(join(tmpdir(), "wherry-originals-"));
  const running: ChildProcess[] = [];
  const stop = async () => {
    await Promise.all(running.toReversed().map(ended));
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const ports = await freePorts(5);
    const config = await writeCredentials(dir, ports[0]!);
    for (const [name, args] of commandLines(dir, ports).slice(0, apiOnly ? 2 : undefined)) running.push(start(dir, name, args));
    await serving(config, running, dir, apiOnly);
    return { kubeconfig: config, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function writeCredentials(dir: string, port: number): Promise<string> {
  const pki = await openPki({
    dir: join(dir, "pki"),
    clock: systemClock,
    dnsNames: ["localhost", "kubernetes.default.svc"],
    ipAddresses: ["127.0.0.1", "10.96.0.1"],
  });
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text, { mode: 0o600 });
  write("ca.crt", pki.ca.cert);
  write("ca.key", pki.ca.key);
  write("serving.crt", pki.serving.cert);
  write("serving.key", pki.serving.key);
  write("sa.key", pki.serviceAccount.private);
  write("sa.pub", pki.serviceAccount.public);
  write("kubeconfig", kubeconfig({ name: "original", server: `https://127.0.0.1:${port}`, caCert: pki.ca.cert, user: pki.admin }));
  return join(dir, "kubeconfig");
}

function commandLines(dir: string, [api, manager, scheduler, client, peer]: number[]): [(typeof programs)[number], string[]][] {
  const file = (name: string) => join(dir, name);
  const access = ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"].map((name) => `--${name}=${file("kubeconfig")}`);
  const address = (port?: number) => `http://127.0.0.1:${port}`;
  return [
    [
      "etcd",
      [
        `--data-dir=${file("etcd")}`,
        "--name=one",
        `--listen-client-urls=${address(client)}`,
        `--advertise-client-urls=${address(client)}`,
        `--listen-peer-urls=${address(peer)}`,
        `--initial-advertise-peer-urls=${address(peer)}`,
        `--initial-cluster=one=${address(peer)}`,
        "--log-level=warn",
      ],
    ],
    [
      "kube-apiserver",
      [
        `--etcd-servers=${address(client)}`,
        "--bind-address=127.0.0.1",
        `--secure-port=${api}`,
        "--endpoint-reconciler-type=none",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        `--client-ca-file=${file("ca.crt")}`,
        `--tls-cert-file=${file("serving.crt")}`,
        `--tls-private-key-file=${file("serving.key")}`,
        `--service-account-issuer=${issuer}`,
        `--service-account-key-file=${file("sa.pub")}`,
        `--service-account-signing-key-file=${file("sa.key")}`,
      ],
    ],
    [
      "kube-controller-manager",
      [
        ...access,
        "--bind-address=127.0.0.1",
        `--secure-port=${manager}`,
        "--use-service-account-credentials=true",
        `--service-account-private-key-file=${file("sa.key")}`,
        `--root-ca-file=${file("ca.crt")}`,
        `--cluster-signing-cert-file=${file("ca.crt")}`,
        `--cluster-signing-key-file=${file("ca.key")}`,
        ...limits,
      ],
    ],
    ["kube-scheduler", [...access, "--bind-address=127.0.0.1", `--secure-port=${scheduler}`, ...limits]],
  ];
}

function start(dir: string, name: string, args: string[]): ChildProcess {
  const log = openSync(join(dir, `${name}.log`), "a");
  return spawn(join(binaries, name), args, { stdio: ["ignore", log, log] });
}

/** New namespaces get a ServiceAccount once API server and controllers work; the scheduler leads by then. */
async function serving(config: string, running: ChildProcess[], dir: string, apiOnly: boolean): Promise<void> {
  const transport = httpsTransport(readFileSync(config, "utf8"));
  const whole = ["/api/v1/namespaces/default/serviceaccounts/default", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler"];
  const paths = apiOnly ? ["/api/v1/namespaces/default"] : whole;
  await until("the original answers", 60_000, async () => {
    const dead = running.findIndex(({ exitCode }) => exitCode !== null);
    if (dead >= 0) throw new Error(`${programs[dead]} ended:\n${readFileSync(join(dir, `${programs[dead]}.log`), "utf8").slice(-2000)}`);
    const found = await Promise.allSettled(paths.map((path) => transport.send({ method: "GET", path })));
    return found.every(({ status }) => status === "fulfilled");
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}

/** Ports that are free now, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
