import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EndpointSlice, Service, ServicePort } from "../../shared/kubernetes/types.ts";
import { EndpointSlices, Nodes, Services } from "../../cluster-engine/api/resources.ts";
import { systemClock } from "../../cluster-engine/base/clock.ts";
import { createLog } from "../../cluster-engine/base/log.ts";
import { systemRandom } from "../../cluster-engine/base/random.ts";
import { FakeApi } from "../../cluster-engine/client/fakeApi.ts";
import { startNetwork, type Network, type NetworkOptions } from "../../cluster-engine/network/network.ts";
import { openRuntime } from "../../cluster-engine/runtime/detect.ts";
import type { ContainerRuntime } from "../../cluster-engine/runtime/types.ts";

// Pods that are real sandboxes on the engine, a network over them, and an API in memory that says what Services there are.

const image = "wherry/system:1";

/** Answers HTTP on 8080 and UDP on 9000 with its own name and the client's address. */
const serverScript = `
const name = process.env.POD_NAME;
require("http").createServer((q, r) => r.end(JSON.stringify({ pod: name, client: q.socket.remoteAddress.replace("::ffff:", "") }))).listen(8080);
const u = require("dgram").createSocket("udp4");
u.on("message", (m, from) => u.send(JSON.stringify({ pod: name, client: from.address, message: String(m) }), from.port, from.address));
u.bind(9000, () => console.log("ready"));
`;

/** Runs a list of questions one after the other and prints the answers: {http: url} | {udp: "ip:port"} | {dns: name, type}. */
const askScript = `
const { Agent, get } = require("http"), dgram = require("dgram"), dns = new (require("dns").promises.Resolver)({ timeout: 1500, tries: 1 });
dns.setServers(["10.96.0.10"]);
const once = (f) => new Promise((resolve) => f(resolve));
const http = (url) => once((done) => get(url, { agent: new Agent(), timeout: 3000 }, (r) => { let t = ""; r.on("data", (d) => (t += d)); r.on("end", () => done(JSON.parse(t))); }).on("error", (e) => done({ error: e.code || e.message })).on("timeout", function () { this.destroy(new Error("timeout")); }));
const udp = (at) => once((done) => { const s = dgram.createSocket("udp4"); const end = (x) => { clearTimeout(t); s.close(); done(x); }; const t = setTimeout(() => end({ error: "timeout" }), 1500); s.on("error", (e) => end({ error: e.code })); s.on("message", (m) => end(JSON.parse(m))); const [h, p] = at.split(":"); s.connect(+p, h, () => s.send("hello")); });
const ask = async (q) => (q.http ? http(q.http) : q.udp ? udp(q.udp) : dns.resolve(q.dns, q.type || "A").then((answer) => ({ answer }), (e) => ({ error: e.code })));
(async () => { const out = []; for (const q of JSON.parse(process.argv[1])) out.push(await ask(q)); console.log(JSON.stringify(out)); })();
`;

export type Question = { http: string } | { udp: string } | { dns: string; type?: string };
export interface Answer {
  pod?: string;
  client?: string;
  message?: string;
  answer?: unknown;
  error?: string;
}

export interface TestPod {
  name: string;
  ip: string;
  sandbox: string;
  container: string;
  ask(...questions: Question[]): Promise<Answer[]>;
}

/** A pod network of its own on the engine; everything that it makes goes with `destroy`. */
export class TestNetwork {
  readonly api = new FakeApi({ clock: systemClock });
  readonly runtime: ContainerRuntime;
  readonly dataDir = mkdtempSync(join(tmpdir(), "wherry-network-"));
  readonly cidr: string;
  readonly gateway: string;
  readonly apiAddresses: string[] = [];
  network!: Network;
  #nextAddress = 10;

  private constructor(runtime: ContainerRuntime, { cidr, gateway }: { cidr: string; gateway: string }) {
    this.runtime = runtime;
    this.cidr = cidr;
    this.gateway = gateway;
  }

  static async create(): Promise<TestNetwork> {
    const clusterId = `net${process.pid}${Math.floor(performance.now())}`;
    const log = createLog(
      (line) => void (process.env["WHERRY_TEST_LOG"] && process.stderr.write(line)),
      () => systemClock.now(),
      "debug",
    );
    const { runtime } = await openRuntime({ choice: "docker", clusterId, clock: systemClock, log });
    const test = new TestNetwork(runtime, await runtime.podNetwork());
    for (const name of ["wherry", "wherry-2"])
      test.api.put(Nodes, { metadata: { name }, status: { addresses: [{ type: "InternalIP", address: test.gateway }] } });
    return test;
  }

  async start(options: Partial<NetworkOptions> = {}): Promise<Network> {
    const log = createLog(
      (line) => void (process.env["WHERRY_TEST_LOG"] && process.stderr.write(line)),
      () => systemClock.now(),
      "debug",
    );
    this.network = await startNetwork({
      transport: this.api,
      runtime: this.runtime,
      clock: systemClock,
      random: systemRandom,
      log,
      apiServerPort: 1,
      podCIDR: this.cidr,
      dataDir: this.dataDir,
      onApiAddress: (ip, port) => this.apiAddresses.push(`${ip}:${port}`),
      ...options,
    });
    return this.network;
  }

  /** A pod whose Services work before its container starts. */
  async pod(name: string, node = "wherry"): Promise<TestPod> {
    const ip = this.gateway.replace(/\d+$/, String(this.#nextAddress++));
    const { runtime } = this;
    const sandbox = await runtime.runPodSandbox({
      metadata: { name, namespace: "default", uid: `uid-${name}`, attempt: 0 },
      node,
      hostname: name,
      podIP: ip,
      hostNetwork: false,
      portMappings: [],
      labels: {},
      annotations: {},
    });
    await this.network.podNetworkReady({ id: sandbox });
    const status = (await runtime.imageStatus(image))!;
    const container = await runtime.createContainer(sandbox, {
      metadata: { name: "main", attempt: 0 },
      image,
      imageId: status.id,
      command: ["node", "-e", serverScript],
      args: [],
      env: [{ name: "POD_NAME", value: name }],
      mounts: [],
      stdin: false,
      stdinOnce: false,
      tty: false,
      resources: {},
      security: {},
      labels: {},
      annotations: {},
    });
    await runtime.startContainer(container);
    const logs = new AbortController();
    for await (const line of runtime.logs(container, { follow: true, signal: logs.signal })) if (line.content.toString().includes("ready")) break;
    logs.abort();
    return { name, ip, sandbox, container, ask: (...questions) => this.#ask(container, questions) };
  }

  async #ask(container: string, questions: Question[]): Promise<Answer[]> {
    const { stdout, stderr, exitCode } = await this.runtime.execSync(container, ["node", "-e", askScript, JSON.stringify(questions)], 60_000);
    if (exitCode !== 0) throw new Error(stderr.toString());
    return JSON.parse(stdout.toString()) as Answer[];
  }

  service(name: string, spec: Service["spec"]): void {
    this.api.put(Services, { metadata: { namespace: "default", name }, spec: { type: "ClusterIP", ...spec } });
  }

  endpoints(service: string, endpoints: EndpointSlice["endpoints"], ports: ServicePort[] = [{ port: 8080 }]): void {
    this.api.put(EndpointSlices, {
      metadata: { namespace: "default", name: `${service}-1`, labels: { "kubernetes.io/service-name": service } },
      addressType: "IPv4",
      endpoints,
      ports: ports.map(({ name = "", port, protocol = "TCP" }) => ({ name, port, protocol })),
    });
  }

  async destroy(): Promise<void> {
    await this.network?.close({ keepRunning: false });
    for (const { id } of await this.runtime.listPodSandboxes()) await this.runtime.removePodSandbox(id);
    await (this.runtime as unknown as { purge(): Promise<void> }).purge();
    await this.runtime[Symbol.asyncDispose]();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
