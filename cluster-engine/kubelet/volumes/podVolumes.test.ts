import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Pod, Volume, VolumeMount } from "../../../shared/kubernetes/types.ts";
import { ConfigMaps, Secrets } from "../../api/resources.ts";
import { openTestNode, type TestNode } from "../testNode.ts";

let node: TestNode;

beforeEach(async () => {
  node = await openTestNode();
  node.api.put(ConfigMaps, {
    metadata: { name: "settings", namespace: "default" },
    data: { "app.conf": "colour=blue", other: "x" },
    binaryData: { bin: Buffer.from([0, 255]).toString("base64") },
  });
  node.api.put(Secrets, { metadata: { name: "login", namespace: "default" }, data: { password: Buffer.from("s3cret").toString("base64") } });
});

afterEach(() => node.dispose());

const isReady = (name: string) => () => node.pod(name).status?.containerStatuses?.[0]?.ready === true;

/** Runs a pod that mounts one volume, and gives the folder on the node. */
async function mounted(volume: Omit<Volume, "name">, mount: Partial<VolumeMount> = {}, spec = {}): Promise<string> {
  node.run("web", {
    volumes: [{ name: "v", ...volume }],
    containers: [{ name: "main", image: "web:1", volumeMounts: [{ name: "v", mountPath: "/data", ...mount }] }],
    ...spec,
  });
  await node.until("ready", isReady("web"));
  return hostPathOf("/data");
}

async function mountsOf() {
  const [container] = await node.runtime.listContainers();
  return node.runtime.configOf(container!.id).mounts;
}

async function hostPathOf(containerPath: string): Promise<string> {
  const mount = (await mountsOf()).find((candidate) => candidate.containerPath === containerPath)!;
  return (mount.source as { hostPath: string }).hostPath;
}

const filesIn = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => !name.startsWith(".."))
      .map((name) => [name, readFileSync(join(folder, name), "latin1")]),
  );

describe("a volume holds", () => {
  test("all keys of a ConfigMap, read-only, linked through ..data", async () => {
    const folder = await mounted({ configMap: { name: "settings" } });
    expect(filesIn(folder)).toEqual({ "app.conf": "colour=blue", other: "x", bin: "\u0000\u00ff" });
    expect(readlinkSync(join(folder, "app.conf"))).toBe("..data/app.conf");
    expect(lstatSync(join(folder, "..data")).isSymbolicLink()).toBe(true);
    expect((await mountsOf()).find(({ containerPath }) => containerPath === "/data")).toMatchObject({ readOnly: true });
  });

  test("chosen keys of a Secret, with their modes and paths", async () => {
    const folder = await mounted({ secret: { secretName: "login", items: [{ key: "password", path: "deep/pass", mode: 0o400 }] } });
    expect(readFileSync(join(folder, "deep/pass"), "utf8")).toBe("s3cret");
    expect(statSync(join(folder, "deep/pass")).mode & 0o777).toBe(0o400);
  });

  test("the downward API", async () => {
    node.run(
      "web",
      {
        volumes: [
          {
            name: "v",
            downwardAPI: {
              items: [
                { path: "labels", fieldRef: { fieldPath: "metadata.labels" } },
                { path: "name", fieldRef: { fieldPath: "metadata.name" } },
              ],
            },
          },
        ],
        containers: [{ name: "main", image: "web:1", volumeMounts: [{ name: "v", mountPath: "/data" }] }],
      },
      { labels: { b: "2", a: "1" } },
    );
    await node.until("ready", isReady("web"));
    expect(filesIn(await hostPathOf("/data"))).toEqual({ labels: 'a="1"\nb="2"', name: "web" });
  });

  test("a ServiceAccount token, the CA and the namespace, as admission adds them; the token is renewed at 80 % of its life", async () => {
    let issued = 0;
    node.api.intercept(
      (request) => request.path.endsWith("/serviceaccounts/default/token"),
      (request) => {
        const { spec } = request.body as { spec: { expirationSeconds: number } };
        return {
          status: { token: `token-${++issued}`, expirationTimestamp: new Date(node.clock.now() + spec.expirationSeconds * 1000).toISOString() },
        };
      },
      10,
    );
    const sources = [
      { serviceAccountToken: { path: "token", expirationSeconds: 600 } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
    ];
    const folder = await mounted({ projected: { sources } });
    expect(filesIn(folder)).toEqual({ token: "token-1", "ca.crt": "CA", namespace: "default" });
    await node.clock.step(400_000);
    expect(filesIn(folder)["token"]).toBe("token-1");
    await node.step("a new token", () => filesIn(folder)["token"] === "token-2", 150, 30);
  });

  test("nothing at first, and is writable by all, for emptyDir", async () => {
    const folder = await mounted({ emptyDir: {} });
    expect(readdirSync(folder)).toEqual([]);
    expect(statSync(folder).mode & 0o777).toBe(0o777);
  });

  test("a runtime's volume for emptyDir in memory, which the sandbox keeps", async () => {
    node.run("web", {
      volumes: [{ name: "v", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } }],
      containers: [{ name: "main", image: "web:1", volumeMounts: [{ name: "v", mountPath: "/data" }] }],
    });
    await node.until("ready", isReady("web"));
    const { uid } = node.pod("web").metadata;
    expect((await mountsOf()).find(({ containerPath }) => containerPath === "/data")!.source).toEqual({ volume: `wherry-${uid}-v` });
    expect(await node.runtime.listVolumes({ podUid: uid })).toHaveLength(1);
  });

  test("one file of it, with subPath", async () => {
    const path = await mounted({ configMap: { name: "settings" } }, { subPath: "app.conf" });
    expect(readFileSync(path, "utf8")).toBe("colour=blue");
  });
});

test("a changed ConfigMap reaches the volume whole, by a new ..data", async () => {
  const folder = await mounted({ configMap: { name: "settings" } });
  const before = readlinkSync(join(folder, "..data"));
  node.api.put(ConfigMaps, { metadata: { name: "settings", namespace: "default" }, data: { "app.conf": "colour=red" } });
  await node.step("the change", () => filesIn(folder)["app.conf"] === "colour=red", 90, 10);
  expect(filesIn(folder)).toEqual({ "app.conf": "colour=red" });
  expect(readlinkSync(join(folder, "..data"))).not.toBe(before);
});

test("a missing ConfigMap keeps the pod in ContainerCreating with FailedMount, until it is there", async () => {
  node.run("web", {
    volumes: [{ name: "v", configMap: { name: "late" } }],
    containers: [{ name: "main", image: "web:1", volumeMounts: [{ name: "v", mountPath: "/data" }] }],
  });
  await node.until("FailedMount", () =>
    node.events("web").includes('Warning FailedMount: MountVolume.SetUp failed for volume "v" : configmap "late" not found'),
  );
  expect(node.pod("web").status!.containerStatuses![0]!.state!.waiting!.reason).toBe("ContainerCreating");
  node.api.put(ConfigMaps, { metadata: { name: "late", namespace: "default" }, data: {} });
  await node.step("ready", isReady("web"), 20);
});

test("containers get their hosts file, resolv.conf and a file for last words", async () => {
  node.run("web", { hostname: "shop", subdomain: "front", hostAliases: [{ ip: "10.1.2.3", hostnames: ["old", "older"] }] });
  await node.until("ready", isReady("web"));
  expect(readFileSync(await hostPathOf("/etc/hosts"), "utf8")).toMatch(
    /^# Kubernetes-managed hosts file\.\n127\.0\.0\.1\tlocalhost\n[\s\S]*10\.244\.0\.2\tshop\.front\.default\.svc\.cluster\.local\tshop\n\n# Entries added by HostAliases\.\n10\.1\.2\.3\told\tolder\n$/,
  );
  expect(readFileSync(await hostPathOf("/etc/resolv.conf"), "utf8")).toBe(
    "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n",
  );
  expect(readFileSync(await hostPathOf("/dev/termination-log"), "utf8")).toBe("");
});

test.each([
  ["File", 0, "last words"],
  ["FallbackToLogsOnError", 0, ""],
  ["FallbackToLogsOnError", 1, "said aloud\n"],
] as const)("with policy %s and exit code %i the first report of the end carries `%s`", async (terminationMessagePolicy, exitCode, message) => {
  node.runtime.knobs.life =
    (config) =>
    async ({ write }) => {
      const file = config.mounts.find(({ containerPath }) => containerPath === "/dev/termination-log")!.source as { hostPath: string };
      if (terminationMessagePolicy === "File") writeFileSync(file.hostPath, "last words");
      write("stdout", "said aloud\n");
      return exitCode;
    };
  const ends: (string | undefined)[] = [];
  node.api.intercept(
    (request) => request.path.endsWith("/pods/web/status"),
    (request) => {
      const { terminated } = (request.body as Pod).status!.containerStatuses![0]!.state!;
      if (terminated) ends.push(terminated.message);
    },
    100,
  );
  node.run("web", { restartPolicy: "Never", containers: [{ name: "main", image: "web:1", terminationMessagePolicy }] });
  await node.until("over", () => ["Succeeded", "Failed"].includes(node.pod("web").status?.phase ?? ""));
  expect(ends[0] ?? "").toBe(message);
});

test("everything of a deleted pod is removed from disk", async () => {
  await mounted({ emptyDir: {} });
  const folder = join(node.dataDir, "pods", node.pod("web").metadata.uid);
  expect(readdirSync(folder)).toContain("volumes");
  await node.api.send({ method: "DELETE", path: "/api/v1/namespaces/default/pods/web", body: {} });
  await node.until("removed", () => !readdirSync(join(node.dataDir, "pods")).length);
});
