import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConfigMaps, Events, Nodes, Pods } from "../../cluster-engine/api/resources.ts";
import { connectCluster } from "../../cluster-engine/connect.ts";
import { startDockerProxy } from "../support/dockerProxy.ts";
import { kubectlOn, kubectls } from "../support/kubectl.ts";
import { eventually, run } from "../support/machine.ts";
import { startWherry, type RunningWherry, temporaryDataDir } from "../support/wherry.ts";

// What goes wrong is told with what and where; nothing is lost.

const deployment = (spec: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: busybox:1.36
${spec}`;

describe("kubectl is told", () => {
  let cluster: RunningWherry;
  let kubectl: ReturnType<typeof kubectlOn>;
  beforeAll(async () => {
    cluster = await startWherry({ runtime: "simulated" });
    kubectl = kubectlOn(kubectls().at(-1)!, cluster.kubeconfig);
    expect(kubectl(["apply", "-f", "-"], { input: deployment("") }).code).toBe(0);
  });
  afterAll(() => cluster?.destroy());

  test.each<[string, string[], string, RegExp]>([
    ["malformed YAML", ["apply", "-f", "-"], "apiVersion: v1\nkind: [\n", /error parsing STDIN: error converting YAML to JSON: yaml: line \d+/],
    [
      "an unknown kind",
      ["apply", "-f", "-"],
      "apiVersion: apps/v1\nkind: Deploymint\nmetadata: {name: x}\n",
      /no matches for kind "Deploymint" in version "apps\/v1"/,
    ],
    [
      "an unknown field",
      ["apply", "-f", "-"],
      deployment("        imagge: x\n"),
      /strict decoding error: unknown field "spec\.template\.spec\.containers\[0\]\.imagge"/,
    ],
    [
      "a wrong type",
      ["apply", "-f", "-"],
      deployment("").replace("replicas: 1", "replicas: many"),
      /spec\.replicas|cannot unmarshal string into Go struct field DeploymentSpec\.spec\.replicas of type int32/,
    ],
    [
      "an immutable field",
      ["apply", "-f", "-"],
      deployment("").replaceAll("app: web", "app: other"),
      /The Deployment "web" is invalid: .*spec\.selector: Invalid value: .*field is immutable/,
    ],
    [
      "a missing field",
      ["create", "-f", "-"],
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c}]}\n",
      /spec\.containers\[0\]\.image: Required value/,
    ],
    ["a name conflict", ["create", "-f", "-"], deployment(""), /Error from server \(AlreadyExists\): .*deployments\.apps "web" already exists/],
    [
      "a bad name",
      ["create", "configmap", "Not_A_Name"],
      "",
      /metadata\.name: Invalid value: "Not_A_Name": a lowercase RFC 1123 subdomain must consist of/,
    ],
  ])("%s", (_, args, input, message) => {
    const { code, stderr } = kubectl(args, { input });
    expect(code).toBe(1);
    expect(stderr.replaceAll("\n", " ")).toMatch(message);
  });

  test("a node port that is taken", () => {
    const service = (name: string) =>
      `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {type: NodePort, ports: [{port: 80, nodePort: 30123}]}\n`;
    expect(kubectl(["apply", "-f", "-"], { input: service("one") }).code).toBe(0);
    expect(kubectl(["apply", "-f", "-"], { input: service("two") }).stderr).toMatch(
      /spec\.ports\[0\]\.nodePort: Invalid value: 30123: provided port is already allocated/,
    );
  });
});

describe("on real containers", () => {
  let cluster: RunningWherry;
  let proxy: Awaited<ReturnType<typeof startDockerProxy>>;
  let taken: Server;
  const proxyDir = mkdtempSync(join(tmpdir(), "wherry-proxy-"));
  const takenPort = 18_765;

  beforeAll(async () => {
    taken = createServer().listen(takenPort, "127.0.0.1");
    await once(taken, "listening");
    proxy = await startDockerProxy(proxyDir);
    cluster = await startWherry({ env: { DOCKER_HOST: proxy.address } });
  });
  afterAll(async () => {
    await cluster?.destroy();
    await proxy?.cut();
    taken?.close();
    rmSync(proxyDir, { recursive: true });
  });

  const kubectl = (...args: string[]) => kubectlOn(kubectls().at(-1)!, cluster.kubeconfig)(args);

  test("an image that does not exist is named in the pod's state and events", async () => {
    expect(kubectl("run", "ghost", "--image=nobody/has-this:1").code).toBe(0);
    const api = connectCluster(cluster.kubeconfig);
    const told = await eventually(async () => {
      const pod = await api.resource(Pods).get({ namespace: "default", name: "ghost" });
      return /^(ErrImagePull|ImagePullBackOff)$/.test(pod.status?.containerStatuses?.[0]?.state?.waiting?.reason ?? "");
    }, 60_000);
    expect(told).toBe(true);
    expect(kubectl("describe", "pod", "ghost").stdout).toMatch(/Failed to pull image "nobody\/has-this:1": /);
  });

  test("a LoadBalancer port that another program has is told in an event of the Service", async () => {
    const { code, stderr } = kubectl("create", "service", "loadbalancer", "busy", `--tcp=${takenPort}:80`);
    expect(code, stderr).toBe(0);
    const api = connectCluster(cluster.kubeconfig);
    const told = await eventually(async () => {
      const events = (await api.resource(Events).list("default", { fieldSelector: "involvedObject.name=busy" })).items;
      return events.some((event) => event.type === "Warning" && event.message?.includes(String(takenPort)));
    }, 20_000);
    expect(told).toBe(true);
  });

  test("a container engine that stops in mid-flight: the node says so, and work goes on when it is back", async () => {
    const api = connectCluster(cluster.kubeconfig);
    expect(kubectl("run", "steady", "--image=busybox:1.36", "--command", "--", "sleep", "3600").code).toBe(0);
    const isRunning = (name: string) =>
      eventually(async () => (await api.resource(Pods).get({ namespace: "default", name })).status?.phase === "Running", 60_000);
    expect(await isRunning("steady")).toBe(true);
    await proxy.cut();
    const node = async () => (await api.resource(Nodes).list()).items[0]?.status?.conditions?.find(({ type }) => type === "Ready");
    expect(await eventually(async () => (await node())?.status === "False", 60_000)).toBe(true);
    expect((await node())?.message).toMatch(/engine|runtime|docker/i);
    expect(kubectl("run", "later", "--image=busybox:1.36", "--command", "--", "sleep", "3600").code).toBe(0);
    await proxy.restore();
    expect(await isRunning("later")).toBe(true);
    expect(await eventually(async () => (await node())?.status === "True", 60_000)).toBe(true);
    expect((await api.resource(Pods).get({ namespace: "default", name: "steady" })).status?.containerStatuses?.[0]?.restartCount).toBe(0);
  });
});

test("a port that is taken is named, with the remedy", async () => {
  const taken = createServer().listen(18_766, "127.0.0.1");
  await once(taken, "listening");
  const dataDir = temporaryDataDir();
  const { status, stderr } = spawnSync(
    process.execPath,
    ["out/main/cli.js", "start", "--headless", "--port", "18766", "--runtime", "simulated", "--data-dir", dataDir],
    { encoding: "utf8", timeout: 20_000 },
  );
  taken.close();
  rmSync(dataDir, { recursive: true, force: true });
  expect(status).toBe(1);
  expect(stderr).toMatch(/port 18766 on 127\.0\.0\.1 is taken by another program: choose another with --port/);
});

test("a full disk refuses writes with a clear message, reads go on, and it recovers without a restart", async () => {
  const mount = mkdtempSync(join(tmpdir(), "wherry-full-"));
  run("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", mount]);
  const filler = join(mount, "filler");
  writeFileSync(filler, Buffer.alloc(10 << 20));
  const cluster = await startWherry({ runtime: "simulated", dataDir: join(mount, "data") });
  try {
    const maps = connectCluster(cluster.kubeconfig).resource(ConfigMaps);
    const write = (i: number) => maps.create({ metadata: { namespace: "default", name: `big-${i}` }, data: { text: "x".repeat(700_000) } });
    const stored: number[] = [];
    let refusal: Error | undefined;
    for (let i = 0; i < 40 && !refusal; i++)
      await write(i).then(
        () => stored.push(i),
        (error: Error) => (refusal = error),
      );
    expect(refusal?.message).toMatch(/disk .* is full/);
    const names = async () => new Set((await maps.list("default")).items.map((item) => item.metadata.name));
    const before = await names();
    expect(stored.every((i) => before.has(`big-${i}`))).toBe(true);
    expect(before.has(`big-${stored.length}`)).toBe(false);
    rmSync(filler);
    await write(100);
    expect((await names()).has("big-100")).toBe(true);
  } finally {
    await cluster.destroy();
    run("umount", [mount]);
    rmSync(mount, { recursive: true });
  }
});
