import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConfigMaps, Events, Nodes, Pods } from "../../cluster-engine/api/resources.ts";
import { systemClock } from "../../cluster-engine/base/clock.ts";
import { createLog, silentLog } from "../../cluster-engine/base/log.ts";
import { systemRandom } from "../../cluster-engine/base/random.ts";
import { createClient } from "../../cluster-engine/client/client.ts";
import { createInformers } from "../../cluster-engine/client/informers.ts";
import type { Client, Informers } from "../../cluster-engine/client/types.ts";
import { startControlLoops } from "../../cluster-engine/controlLoops.ts";
import { component } from "../../cluster-engine/identity.ts";
import { startKubelet } from "../../cluster-engine/kubelet/kubelet.ts";
import type { Kubelet } from "../../cluster-engine/kubelet/types.ts";
import { defaultSandboxImage } from "../../cluster-engine/runtime/detect.ts";
import { candidates, findEngine, ownSurroundings } from "../../cluster-engine/runtime/docker/discovery.ts";
import { DockerRuntime } from "../../cluster-engine/runtime/docker/dockerRuntime.ts";
import { ensureTestImage, testImage } from "../../cluster-engine/runtime/docker/testImage.ts";
import type { Container, Pod, PodSpec } from "../../shared/kubernetes/types.ts";
import { startTestApiServer, type TestApiServer } from "../support/startApiServer.ts";

// A node on the real container engine, with the real API server, controllers and scheduler, and no pod network around it.

const log = createLog(
  (line) => process.stderr.write(line),
  () => systemClock.now(),
  "warn",
);
const clusterId = `kubelet-${randomBytes(4).toString("hex")}`;
const dataDir = mkdtempSync(join(tmpdir(), "wherry-kubelet-"));
let api: TestApiServer;
let client: Client;
let informers: Informers;
let runtime: DockerRuntime;
/** With the sandbox image that ships. */
let system: DockerRuntime;
let kubelet: Kubelet;
let loops: Disposable;

beforeAll(async () => {
  const { client: engine, tried } = await findEngine({ candidates: candidates(ownSurroundings()), clock: systemClock });
  if (!engine) throw new Error(`this test needs a container engine: ${JSON.stringify(tried)}`);
  await ensureTestImage(engine);
  runtime = new DockerRuntime({ client: engine, clusterId, clock: systemClock, log: silentLog, sandboxImage: testImage });
  system = new DockerRuntime({ client: engine, clusterId, clock: systemClock, log: silentLog, sandboxImage: defaultSandboxImage });
  const network = runtime.podNetwork();
  api = await startTestApiServer({ nodes: (name) => (name === "wherry" ? kubelet : undefined) });
  loops = startControlLoops({
    clock: systemClock,
    random: systemRandom,
    log,
    server: api.server,
    rootCA: api.pki.ca.cert,
    clusterCIDR: network.then(({ cidr }) => cidr),
  });
  client = createClient(api.server.transport({ username: "admin", groups: ["system:masters", "system:authenticated"] }, "test"));
  informers = createInformers({ client, clock: systemClock, random: systemRandom, log });
  await informers.of(Pods).synced;
  kubelet = await open();
  await kubelet.started;
}, 60_000);

afterAll(async () => {
  await kubelet?.stop();
  loops?.[Symbol.dispose]();
  informers?.[Symbol.dispose]();
  await runtime?.purge();
  await runtime?.[Symbol.asyncDispose]();
  await api?.close();
  rmSync(dataDir, { recursive: true, force: true });
}, 60_000);

const open = (): Promise<Kubelet> =>
  startKubelet({
    nodeName: "wherry",
    transport: api.server.transport(component("node:wherry", "system:nodes"), "kubelet"),
    runtime,
    clock: systemClock,
    random: systemRandom,
    log,
    dataDir,
    clusterDNS: "10.96.0.10",
    clusterDomain: "cluster.local",
  });

const shell = (script: string, change: Partial<Container> = {}): Container => ({
  name: "main",
  image: testImage,
  command: ["sh", "-c", script],
  ...change,
});

const run = (name: string, container: Container, spec: Partial<PodSpec> = {}): Promise<Pod> =>
  client
    .resource(Pods)
    .create({ metadata: { namespace: "default", name }, spec: { containers: [container], terminationGracePeriodSeconds: 1, ...spec } });

/** Resolves with the pod as soon as `holds`, by watch. */
function pod(name: string, holds: (pod: Pod) => boolean): Promise<Pod> {
  return new Promise((resolve) => {
    const look = (candidate: Pod) => {
      if (candidate.metadata.name === name && holds(candidate)) resolve(candidate);
    };
    informers.of(Pods).handle({ onAdd: look, onUpdate: look });
  });
}

const isReady = ({ status }: Pod) => status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;
const isOver = ({ status }: Pod) => status?.phase === "Succeeded" || status?.phase === "Failed";
const gone = (name: string): Promise<void> =>
  new Promise((resolve) => informers.of(Pods).handle({ onDelete: ({ metadata }) => metadata.name === name && resolve() }));
const target = (name: string) => ({ namespace: "default", pod: name, container: "main" });
const logOf = async (name: string, options = {}) => text(await kubelet.logs(target(name), options));

test("the node is Ready and has an address range", async () => {
  const node = await client.resource(Nodes).get({ name: "wherry" });
  expect(node.spec?.podCIDR).toMatch(/^10\.24[45]\.\d+\.0\/24$/);
  expect(node.status!.conditions!.find(({ type }) => type === "Ready")!.status).toBe("True");
  expect(node.status!.nodeInfo!.containerRuntimeVersion).toMatch(/^(docker|podman):\/\/\d/);
});

describe("a pod on the engine", () => {
  test("is scheduled, runs, is probed over its address, and shows its log", async () => {
    const probe = { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 };
    await run("web", shell("echo listening; httpd -f -p 8080 -h /www", { readinessProbe: probe, livenessProbe: probe, startupProbe: probe }));
    const { status } = await pod("web", isReady);
    expect(status).toMatchObject({
      phase: "Running",
      podIP: expect.stringMatching(/^10\.24[45]\./),
      containerStatuses: [{ ready: true, started: true, restartCount: 0, containerID: expect.stringMatching(/^docker:\/\/[0-9a-f]{64}$/) }],
    });
    expect(await logOf("web")).toBe("listening\n");
    expect(await logOf("web", { timestamps: true, tailLines: 1 })).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{9}Z listening\n$/);
  });

  test("is reached by port-forward and exec", async () => {
    const connection = await kubelet.portForward({ namespace: "default", pod: "web" }, 8080);
    connection.write("GET / HTTP/1.0\r\n\r\n");
    expect(await text(connection)).toMatch(/^HTTP\/1\.\d 200 OK[\s\S]*it serves\n$/);
    const stdout = new PassThrough();
    const code = kubelet.exec(
      target("web"),
      { command: ["sh", "-c", "read line; echo got $line; exit 3"], tty: false },
      { stdin: PassThrough.from(["hello\n"]), stdout, signal: new AbortController().signal },
    );
    void code.finally(() => stdout.end());
    expect(await text(stdout)).toBe("got hello\n");
    expect(await code).toBe(3);
  });

  test("that is killed from outside is restarted and counted; its last log can be read", async () => {
    const [container] = await runtime.listContainers({ podUid: (await pod("web", isReady)).metadata.uid });
    await runtime.stopContainer(container!.id, 0);
    const { status } = await pod("web", (candidate) => candidate.status!.containerStatuses![0]!.restartCount === 1 && isReady(candidate));
    expect(status!.containerStatuses![0]!.lastState!.terminated).toMatchObject({ exitCode: 137, reason: "Error" });
    expect(await logOf("web", { previous: true })).toBe("listening\n");
  });

  test("runs on while its kubelet is away, and is adopted without a restart", async () => {
    const before = await pod("web", isReady);
    await kubelet.stop();
    const began = performance.now();
    kubelet = await open();
    await kubelet.started;
    expect(performance.now() - began).toBeLessThan(2_000);
    const after = await pod("web", isReady);
    expect(after.status!.containerStatuses![0]).toMatchObject({ containerID: before.status!.containerStatuses![0]!.containerID, restartCount: 1 });
  });

  test("is deleted with grace, and leaves nothing", async () => {
    const { uid } = (await pod("web", isReady)).metadata;
    const deleted = gone("web");
    await client.resource(Pods).delete({ namespace: "default", name: "web" });
    await deleted;
    for (;;) if ((await runtime.listPodSandboxes({ podUid: uid })).length === 0) break;
    expect(await runtime.listContainers({ podUid: uid })).toEqual([]);
  });
});

describe("containers see", () => {
  test("init containers' work, ConfigMaps, tokens, the hosts file, DNS settings and shared memory volumes", async () => {
    await client.resource(ConfigMaps).create({ metadata: { namespace: "default", name: "settings" }, data: { colour: "blue" } });
    const mounts = [
      { name: "shared", mountPath: "/shared" },
      { name: "memory", mountPath: "/memory" },
      { name: "config", mountPath: "/config" },
    ];
    const script =
      "cat /shared/greeting /config/colour; echo; mount | grep -c 'tmpfs on /memory'; cat /var/run/secrets/kubernetes.io/serviceaccount/namespace; echo; wc -c < /var/run/secrets/kubernetes.io/serviceaccount/token; hostname; cat /etc/resolv.conf; echo bye > /dev/termination-log";
    await run(
      "look",
      shell(script.replace("mount | grep -c 'tmpfs on /memory'", "echo kept > /memory/x; cat /memory/x"), {
        volumeMounts: mounts,
        env: [{ name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
      }),
      {
        restartPolicy: "Never",
        initContainers: [shell("echo prepared > /shared/greeting", { name: "prepare", volumeMounts: [mounts[0]!] })],
        volumes: [
          { name: "shared", emptyDir: {} },
          { name: "memory", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
          { name: "config", configMap: { name: "settings" } },
        ],
      },
    );
    const { status } = await pod("look", isOver);
    expect(status).toMatchObject({
      phase: "Succeeded",
      containerStatuses: [{ state: { terminated: { exitCode: 0, reason: "Completed", message: "bye\n" } } }],
    });
    const lines = (await logOf("look")).split("\n");
    expect(lines.slice(0, 4)).toEqual(["prepared", "blue", "kept", "default"]);
    expect(Number(lines[4])).toBeGreaterThan(500);
    expect(lines.slice(5, 8)).toEqual(["look", "search default.svc.cluster.local svc.cluster.local cluster.local", "nameserver 10.96.0.10"]);
  });

  test("their limits: a container beyond its memory is OOMKilled", async () => {
    await run("greedy", shell("x=0123456789; while true; do x=$x$x; done", { resources: { limits: { memory: "16Mi" } } }), {
      restartPolicy: "Never",
    });
    const { status } = await pod("greedy", isOver);
    expect(status!.containerStatuses![0]!.state!.terminated).toMatchObject({ reason: "OOMKilled", exitCode: 137 });
  });

  test("each other over localhost, and their user", async () => {
    await run("pair", shell("id -u; until wget -qO- http://127.0.0.1:8080/; do sleep 0.1; done", { securityContext: { runAsUser: 1000 } }), {
      restartPolicy: "Never",
      initContainers: [{ name: "server", image: testImage, command: ["httpd", "-f", "-p", "8080", "-h", "/www"], restartPolicy: "Always" }],
    });
    expect((await pod("pair", isOver)).status!.phase).toBe("Succeeded");
    expect(await logOf("pair")).toContain("1000\n");
    expect(await logOf("pair")).toContain("it serves\n");
  });
});

test("what can't start says why", async () => {
  await run("wrong", { name: "main", image: testImage, command: ["/no/such/program"] });
  const { status } = await pod("wrong", (candidate) => candidate.status?.containerStatuses?.[0]?.state?.waiting?.reason === "RunContainerError");
  expect(status!.containerStatuses![0]!.state!.waiting!.message).toMatch(/no such file or directory/);
  await run("absent", { name: "main", image: "127.0.0.1:1/absent:1" });
  await pod("absent", (candidate) => candidate.status?.containerStatuses?.[0]?.state?.waiting?.reason === "ErrImagePull");
  const { items } = await client.resource(Events).list("default", { fieldSelector: "involvedObject.name=absent" });
  expect(items.map(({ reason }) => reason)).toEqual(expect.arrayContaining(["Scheduled", "Pulling", "Failed"]));
});

test("files that containers wrote as root are removed through the engine", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wherry-written-"));
  writeFileSync(join(folder, "file"), "");
  await system.removeHostPath(folder);
  expect(existsSync(folder)).toBe(false);
});

test("a folder is given to a group through the engine, with all its files", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wherry-shared-"));
  mkdirSync(join(folder, "sub"), { mode: 0o700 });
  writeFileSync(join(folder, "sub/file"), "", { mode: 0o600 });
  await system.giveHostPathToGroup(folder, 2000);
  const seen = [folder, join(folder, "sub"), join(folder, "sub/file")].map((path) => statSync(path));
  expect(seen.map(({ gid, mode }) => [gid, (mode & 0o7777).toString(8)])).toEqual([
    [2000, "2770"],
    [2000, "2770"],
    [2000, "660"],
  ]);
  await system.removeHostPath(folder);
});

test("usage of running containers is sampled", async () => {
  await run("busy", shell("while true; do :; done", { resources: { limits: { cpu: "200m" } } }));
  await pod("busy", isReady);
  const used = () => kubelet.podUsage({ namespace: "default", pod: "busy" })["main"] ?? [];
  for (let last = 0; used().length === 0; last++)
    await new Promise((resolve) => (last < 2 ? setImmediate(resolve) : systemClock.after(1_000, () => resolve(undefined))));
  expect(used()[0]!.cpuNanoCores).toBeGreaterThan(50_000_000);
  expect(used()[0]!.memoryWorkingSetBytes).toBeGreaterThan(0);
}, 40_000);
