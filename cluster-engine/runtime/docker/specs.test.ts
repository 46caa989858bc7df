import { describe, expect, test } from "vitest";
import type { ContainerConfig, PodSandboxConfig } from "../types.ts";
import { containerSpec, containerStatus } from "./containers.ts";
import type { DockerContext, InspectedContainer } from "./engineTypes.ts";
import { engineError, pullError } from "./errors.ts";
import { splitReference } from "./images.ts";
import { freeRanges } from "./network.ts";
import { sandboxSpec } from "./sandboxes.ts";

const context = { clusterId: "c1", sandboxImage: "pause:1", networkName: "wherry-c1" } as DockerContext;
const sandbox: PodSandboxConfig = {
  metadata: { name: "web", namespace: "default", uid: "u1", attempt: 0 },
  node: "wherry",
  hostname: "web",
  podIP: "10.244.0.5",
  hostNetwork: false,
  portMappings: [],
  labels: {},
  annotations: {},
};
const container: ContainerConfig = {
  metadata: { name: "main", attempt: 2 },
  image: "nginx:1",
  imageId: "sha256:1",
  command: [],
  args: [],
  env: [],
  mounts: [],
  stdin: false,
  stdinOnce: false,
  tty: false,
  resources: {},
  security: {},
  labels: {},
  annotations: {},
};

describe("a sandbox", () => {
  test("has its fixed address on the cluster's network and logs nothing", () => {
    expect(sandboxSpec(context, sandbox)).toMatchObject({
      Image: "pause:1",
      Hostname: "web",
      HostConfig: { NetworkMode: "wherry-c1", IpcMode: "shareable", LogConfig: { Type: "none" } },
      NetworkingConfig: { EndpointsConfig: { "wherry-c1": { IPAMConfig: { IPv4Address: "10.244.0.5" } } } },
    });
  });

  test("with host network has neither address nor name of its own", () => {
    const spec = sandboxSpec(context, { ...sandbox, hostNetwork: true });
    expect(spec.HostConfig.NetworkMode).toBe("host");
    expect(spec).not.toHaveProperty("Hostname");
    expect(spec).not.toHaveProperty("NetworkingConfig");
  });

  test("publishes host ports on loopback unless the pod names an address", () => {
    const ports = [
      { containerPort: 80, hostPort: 8080, protocol: "TCP" as const },
      { containerPort: 53, hostPort: 53, protocol: "UDP" as const, hostIP: "0.0.0.0" },
    ];
    expect(sandboxSpec(context, { ...sandbox, portMappings: ports }).HostConfig.PortBindings).toEqual({
      "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }],
      "53/udp": [{ HostIp: "0.0.0.0", HostPort: "53" }],
    });
  });
});

describe("a container", () => {
  const labelsOf = (change: Partial<PodSandboxConfig> = {}) => sandboxSpec(context, { ...sandbox, ...change }).Labels;
  const hostConfig = (change: Partial<PodSandboxConfig> = {}, config: Partial<ContainerConfig> = {}) =>
    containerSpec(context, { id: "s1", labels: labelsOf(change) }, { ...container, ...config }).body.HostConfig as Record<string, unknown>;

  test.each<[string, Partial<PodSandboxConfig>, object]>([
    ["joins its sandbox", {}, { NetworkMode: "container:s1", IpcMode: "container:s1" }],
    ["shares processes when the pod does", { shareProcessNamespace: true }, { PidMode: "container:s1" }],
    ["sees the host's processes when the pod does", { hostPID: true, shareProcessNamespace: true }, { PidMode: "host" }],
    ["uses the host's IPC when the pod does", { hostIPC: true }, { IpcMode: "host" }],
  ])("%s", (_title, change, expected) => {
    expect(hostConfig(change)).toMatchObject(expected);
  });

  test("has limits without swap, and its security choices", () => {
    const config = {
      resources: { cpuShares: 2, cpuQuota: 5000, memoryLimitBytes: 1000, oomScoreAdj: 5 },
      security: { runAsUser: 7, runAsGroup: 8, capabilitiesDrop: ["ALL"], noNewPrivileges: true, seccomp: "unconfined" },
    };
    expect(hostConfig({}, config)).toMatchObject({
      CpuShares: 2,
      CpuQuota: 5000,
      CpuPeriod: 100_000,
      Memory: 1000,
      MemorySwap: 1000,
      OomScoreAdj: 5,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges", "seccomp=unconfined"],
    });
    expect(containerSpec(context, { id: "s1", labels: labelsOf() }, { ...container, ...config }).body.User).toBe("7:8");
  });

  test("is named after cluster, container, pod and attempt", () => {
    expect(containerSpec(context, { id: "s1", labels: labelsOf() }, container).name).toBe("k8s_c1_main_web_default_u1_2");
  });
});

describe("what the engine says of a container becomes its status", () => {
  const inspected = (state: Partial<InspectedContainer["State"]>): InspectedContainer => ({
    Id: "id",
    Name: "n",
    Created: "2026-01-01T00:00:00Z",
    Image: "sha256:1",
    State: {
      Status: "exited",
      Running: false,
      Pid: 0,
      ExitCode: 0,
      Error: "",
      OOMKilled: false,
      StartedAt: "2026-01-01T00:00:01Z",
      FinishedAt: "2026-01-01T00:00:02Z",
      ...state,
    },
    Config: { Labels: {}, Tty: false, OpenStdin: false, StdinOnce: false },
    NetworkSettings: {},
  });
  test.each<[Partial<InspectedContainer["State"]>, object]>([
    [{ Status: "running", Running: true }, { state: "running" }],
    [{}, { state: "exited", exitCode: 0, reason: "Completed" }],
    [{ ExitCode: 2 }, { state: "exited", exitCode: 2, reason: "Error" }],
    [
      { ExitCode: 137, OOMKilled: true },
      { state: "exited", exitCode: 137, reason: "OOMKilled" },
    ],
    [{ Status: "created", StartedAt: "0001-01-01T00:00:00Z" }, { state: "created" }],
    [
      { Status: "created", ExitCode: 127, Error: "no such file" },
      { state: "exited", exitCode: 128, reason: "StartError", message: "no such file" },
    ],
    [{ Status: "removing" }, { state: "unknown" }],
  ])("%j", (state, expected) => {
    expect(containerStatus(inspected(state))).toMatchObject(expected);
  });
});

describe("errors of a pull", () => {
  test.each([
    ["Head https://r/v2/x: unauthorized: authentication required", "RegistryAuth"],
    ["pull access denied for x, repository does not exist or may require 'docker login': denied: requested access", "RegistryAuth"],
    ["Get https://r/v2/: no basic auth credentials", "RegistryAuth"],
    ["manifest for r/x:1 not found: manifest unknown: manifest unknown", "ImageNotFound"],
    ["dial tcp 127.0.0.1:1: connect: connection refused", "ImagePull"],
  ])("%s is %s", (message, code) => {
    expect(pullError(message).code).toBe(code);
  });
});

describe("errors of the engine", () => {
  test.each([
    [409, "Conflict. The container name is in use", "AlreadyExists"],
    [500, 'the container name "k8s_x" is already in use by 18b7', "AlreadyExists"],
    [404, "No such container: x", "NotFound"],
    [404, "No such image: x:1", "ImageNotFound"],
    [500, "x: image not known", "ImageNotFound"],
    [400, "invalid mount", "InvalidArgument"],
    [500, "out of luck", "Unknown"],
  ])("%i %s is %s", (status, message, code) => {
    expect(engineError({ status, body: JSON.stringify({ message }), path: "/" })).toMatchObject({ code, message });
  });
});

test.each([
  ["nginx", "nginx", "latest"],
  ["nginx:1.25", "nginx", "1.25"],
  ["localhost:5000/a/b", "localhost:5000/a/b", "latest"],
  ["localhost:5000/a/b:v2", "localhost:5000/a/b", "v2"],
  ["r.io/a@sha256:ab", "r.io/a", "sha256:ab"],
  ["r.io/a:1@sha256:ab", "r.io/a", "sha256:ab"],
])("%s is %s and %s", (image, repository, tag) => {
  expect(splitReference(image)).toEqual({ repository, tag });
});

describe("free address ranges", () => {
  test("lie in 10.244.0.0/15, a /20 each", () => {
    const ranges = freeRanges([]);
    expect(ranges).toHaveLength(32);
    expect(ranges[0]).toEqual({ cidr: "10.244.0.0/20", gateway: "10.244.0.1" });
    expect(ranges.at(-1)).toEqual({ cidr: "10.245.240.0/20", gateway: "10.245.240.1" });
  });

  test("avoid what other networks have", () => {
    expect(freeRanges(["10.244.0.0/20", "172.17.0.0/16", "10.244.17.0/24"])[0]!.cidr).toBe("10.244.32.0/20");
    expect(freeRanges(["10.244.0.0/16"])[0]!.cidr).toBe("10.245.0.0/20");
    expect(freeRanges(["10.0.0.0/8"])).toEqual([]);
  });
});
