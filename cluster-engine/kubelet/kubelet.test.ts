import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Leases, Nodes, Pods } from "../api/resources.ts";
import { RuntimeError } from "../runtime/types.ts";
import { nodeName, openTestNode, type TestNode } from "./testNode.ts";

let node: TestNode;

beforeEach(async () => {
  node = await openTestNode();
});

afterEach(() => node.dispose());

const conditions = (name: string) =>
  Object.fromEntries(node.pod(name).status!.conditions!.map(({ type, status, reason }) => [type, reason ? `${status} ${reason}` : status]));
const main = (name: string) => node.pod(name).status!.containerStatuses![0]!;
const isRunning = (name: string) => () => node.pod(name).status?.phase === "Running";
const isReady = (name: string) => () => conditions(name)["Ready"] === "True";

describe("a node", () => {
  test("registers with capacity, conditions, labels and a lease", async () => {
    await node.until("a lease", () => node.api.get(Leases, `kube-node-lease/${nodeName}`) !== undefined);
    const { metadata, status } = node.api.must(Nodes, nodeName);
    expect(metadata.labels).toMatchObject({ "kubernetes.io/hostname": nodeName, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" });
    expect(status!.capacity).toMatchObject({ cpu: "8", memory: "33554432Ki", pods: "110" });
    expect(status!.allocatable).toMatchObject({ cpu: "8", memory: "33452032Ki" });
    expect(status!.conditions!.map(({ type, status: value, reason }) => `${type} ${value} ${reason}`)).toEqual([
      "MemoryPressure False KubeletHasSufficientMemory",
      "DiskPressure False KubeletHasNoDiskPressure",
      "PIDPressure False KubeletHasSufficientPID",
      "Ready True KubeletReady",
    ]);
    expect(status!.nodeInfo).toMatchObject({ containerRuntimeVersion: "simulated://1.0.0", kubeletVersion: "v1.36.3" });
  });

  test("renews its lease every ten seconds", async () => {
    await node.until("a lease", () => node.api.get(Leases, `kube-node-lease/${nodeName}`) !== undefined);
    const before = node.api.must(Leases, `kube-node-lease/${nodeName}`).spec!.renewTime;
    await node.step("a renewal", () => node.api.must(Leases, `kube-node-lease/${nodeName}`).spec!.renewTime !== before, 11);
  });
});

describe("a pod", () => {
  test("goes from Pending to Running with everything that kubectl shows", async () => {
    node.run("web", {});
    await node.until("ready", isReady("web"));
    const { status } = node.pod("web");
    expect(conditions("web")).toEqual({
      PodScheduled: "True",
      PodReadyToStartContainers: "True",
      Initialized: "True",
      Ready: "True",
      ContainersReady: "True",
    });
    expect(status).toMatchObject({
      phase: "Running",
      hostIP: "10.244.0.1",
      podIP: "10.244.0.2",
      podIPs: [{ ip: "10.244.0.2" }],
      qosClass: "BestEffort",
    });
    expect(main("web")).toMatchObject({
      name: "main",
      ready: true,
      started: true,
      restartCount: 0,
      image: "nginx:1",
      imageID: expect.stringMatching(/^sha256:/),
      containerID: expect.stringMatching(/^simulated:\/\//),
    });
    expect(main("web").state!.running!.startedAt).toBe("2026-01-01T00:00:00Z");
    expect(node.events("web")).toEqual([
      'Normal Pulling: Pulling image "nginx:1"',
      expect.stringMatching(/^Normal Pulled: Successfully pulled image "nginx:1" in \d+ms \(\d+ms including waiting\)\. Image size: \d+ bytes\.$/),
      "Normal Created: Container created",
      "Normal Started: Container started",
    ]);
  });

  test("that ends with 0 under policy Never has Succeeded, and its sandbox is stopped", async () => {
    node.run("job", { restartPolicy: "Never", containers: [{ name: "main", image: "busybox:1", command: ["sh", "-c", "echo done; exit 0"] }] });
    await node.until("succeeded", () => node.pod("job").status?.phase === "Succeeded" && conditions("job")["PodReadyToStartContainers"] === "False");
    expect(main("job").state!.terminated).toMatchObject({ exitCode: 0, reason: "Completed" });
    expect(conditions("job")).toMatchObject({ Ready: "False PodCompleted", ContainersReady: "False PodCompleted", Initialized: "True PodCompleted" });
    expect(await node.runtime.listPodSandboxes()).toMatchObject([{ state: "notready" }]);
  });

  test("that ends with 1 under policy Never has Failed", async () => {
    node.run("job", { restartPolicy: "Never", containers: [{ name: "main", image: "busybox:1", command: ["sh", "-c", "exit 1"] }] });
    await node.until("failed", () => node.pod("job").status?.phase === "Failed");
    expect(main("job").state!.terminated).toMatchObject({ exitCode: 1, reason: "Error" });
    expect(conditions("job")["Ready"]).toBe("False PodFailed");
  });

  test("that crashes is restarted at once, then after 10 s, 20 s, with CrashLoopBackOff between", async () => {
    node.run("crash", { containers: [{ name: "main", image: "busybox:1", command: ["sh", "-c", "sleep 1; exit 2"] }] });
    await node.step("the second run", () => main("crash").restartCount === 1, 3);
    await node.step("back-off", () => main("crash").state?.waiting?.reason === "CrashLoopBackOff", 3);
    expect(main("crash").state!.waiting!.message).toMatch(/^back-off 10s restarting failed container=main pod=crash_default\(/);
    expect(main("crash").lastState!.terminated).toMatchObject({ exitCode: 2, reason: "Error" });
    expect(node.pod("crash").status!.phase).toBe("Running");
    await node.step("the third run", () => main("crash").restartCount === 2, 11);
    await node.step("a longer back-off", () => main("crash").state?.waiting?.message?.startsWith("back-off 20s") ?? false, 3);
    await node.until("the event", () =>
      node.events("crash").some((event) => event.startsWith("Warning BackOff: Back-off restarting failed container main in pod crash_default(")),
    );
  });

  describe("whose resources are changed", () => {
    const change = (name: string, requests: Record<string, string>) =>
      node.api.change(Pods, `default/${name}`, (draft) => {
        draft.spec.containers[0]!.resources = { requests, limits: requests };
      });
    const cpuMax = async () => {
      const container = (await node.runtime.listContainers()).find(({ state }) => state === "running");
      const { stdout } = await node.runtime.execSync(container!.id, ["cat", "/sys/fs/cgroup/cpu.max"], 1000);
      return stdout.toString();
    };
    const sized = { requests: { cpu: "1" }, limits: { cpu: "1" } };

    test("gets them in place", async () => {
      node.run("web", { containers: [{ name: "main", image: "nginx:1", resources: sized }] });
      await node.until("ready", isReady("web"));
      expect(await cpuMax()).toBe("100000 100000\n");
      change("web", { cpu: "2" });
      await node.until("resized", () => main("web").resources?.limits?.["cpu"] === "2");
      expect(await cpuMax()).toBe("200000 100000\n");
      expect(main("web")).toMatchObject({ restartCount: 0, allocatedResources: { cpu: "2" } });
    });

    test("restarts for them when its policy says so", async () => {
      const resizePolicy = [{ resourceName: "cpu", restartPolicy: "RestartContainer" }];
      node.run("web", { containers: [{ name: "main", image: "nginx:1", resources: sized, resizePolicy }] });
      await node.until("ready", isReady("web"));
      change("web", { cpu: "2" });
      await node.until("restarted", () => main("web").restartCount === 1 && Boolean(main("web").state?.running));
      expect(await cpuMax()).toBe("200000 100000\n");
      expect(main("web").resources).toEqual({ requests: { cpu: "2" }, limits: { cpu: "2" } });
    });

    test("keeps the old ones when the node is too small", async () => {
      node.run("web", { containers: [{ name: "main", image: "nginx:1", resources: sized }] });
      await node.until("ready", isReady("web"));
      change("web", { cpu: "9" });
      const pending = () => node.pod("web").status!.conditions!.find(({ type }) => type === "PodResizePending");
      await node.until("refused", () => pending() !== undefined);
      expect(pending()).toMatchObject({ status: "True", reason: "Infeasible", message: expect.stringContaining("cpu, requested: 9000") });
      expect(main("web").resources).toEqual({ requests: { cpu: "1" }, limits: { cpu: "1" } });
      change("web", { cpu: "1" });
      await node.until("taken back", () => pending() === undefined);
    });
  });

  test("that asks for more than its node has is rejected", async () => {
    node.run("big", { containers: [{ name: "main", image: "nginx:1", resources: { requests: { cpu: "9" } } }] });
    await node.until("rejected", () => node.pod("big").status!.phase === "Failed");
    expect(node.pod("big").status).toMatchObject({
      reason: "OutOfcpu",
      message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 9000, used: 0, capacity: 8000",
    });
    expect(node.events("big")).toContain("Warning OutOfcpu: Node didn't have enough resource: cpu, requested: 9000, used: 0, capacity: 8000");
  });

  test("that is killed from outside comes back with RESTARTS 1", async () => {
    node.run("web", {});
    await node.until("ready", isReady("web"));
    const [container] = await node.runtime.listContainers();
    await node.runtime.crash(container!.id, 137);
    await node.until("restarted", () => main("web").restartCount === 1 && Boolean(main("web").state?.running));
    expect(main("web").lastState!.terminated).toMatchObject({ exitCode: 137, reason: "Error" });
  });

  test("is stopped gracefully and deleted from the API when it is deleted", async () => {
    node.run("web", {});
    await node.until("ready", isReady("web"));
    await node.api.send({ method: "DELETE", path: "/api/v1/namespaces/default/pods/web", body: { gracePeriodSeconds: 30 } });
    await node.until("gone", () => node.api.get(Pods, "default/web") === undefined);
    expect(node.events("web")).toContain("Normal Killing: Stopping container main");
    await node.until("no traces", () => node.api.get(Pods, "default/web") === undefined);
    expect(await node.runtime.listPodSandboxes()).toEqual([]);
  });

  test("that ignores SIGTERM is killed when its grace period is over", async () => {
    node.runtime.knobs.onTerminate = () => undefined;
    node.run("stubborn", { terminationGracePeriodSeconds: 5 });
    await node.until("ready", isReady("stubborn"));
    await node.api.send({ method: "DELETE", path: "/api/v1/namespaces/default/pods/stubborn", body: {} });
    await node.until("the stop begins", () => node.events("stubborn").some((event) => event.startsWith("Normal Killing")));
    await node.clock.step(3_000);
    expect(node.api.get(Pods, "default/stubborn")).toBeDefined();
    await node.step("gone", () => node.api.get(Pods, "default/stubborn") === undefined, 5);
  });

  test("that vanishes from the API is stopped", async () => {
    node.run("web", {});
    await node.until("ready", isReady("web"));
    node.api.remove(Pods, "default/web");
    let left = 1;
    await node.until("stopped", () => {
      void node.runtime.listPodSandboxes().then((sandboxes) => (left = sandboxes.length));
      return left === 0;
    });
  });

  test("beyond its deadline fails with DeadlineExceeded", async () => {
    node.run("late", { activeDeadlineSeconds: 5 });
    await node.until("running", isRunning("late"));
    await node.step("failed", () => node.pod("late").status?.phase === "Failed", 7);
    expect(node.pod("late").status).toMatchObject({
      reason: "DeadlineExceeded",
      message: "Pod was active on the node longer than the specified deadline",
    });
  });

  test("whose sandbox dies gets a new one, with another address", async () => {
    node.run("web", {});
    await node.until("ready", isReady("web"));
    const [sandbox] = await node.runtime.listPodSandboxes();
    await node.runtime.stopPodSandbox(sandbox!.id);
    await node.until("running again", () => main("web").restartCount === 1 && Boolean(main("web").state?.running));
    expect(node.events("web")).toContain("Normal SandboxChanged: Pod sandbox changed, it will be killed and re-created.");
  });

  test("whose sandbox can't be made says so and tries again", async () => {
    let failures = 2;
    node.runtime.knobs.fail.runPodSandbox = () => (failures-- > 0 ? new RuntimeError("Unknown", "no room") : undefined);
    node.run("web", {});
    await node.until("an event", () => node.events("web").includes("Warning FailedCreatePodSandBox: Failed to create pod sandbox: no room"));
    expect(main("web").state!.waiting!.reason).toBe("ContainerCreating");
    await node.step("ready", isReady("web"), 10);
  });
});

test("a sandbox that can't be made is tried again at growing distances, whatever the runtime reports meanwhile", async () => {
  let tries = 0;
  node.runtime.knobs.fail.runPodSandbox = () => {
    tries++;
    return new RuntimeError("Unknown", "port is already allocated");
  };
  const { uid } = node.run("web", {}).metadata;
  await node.until("the first try", () => node.events("web").some((event) => event.includes("FailedCreatePodSandBox")));
  for (let noise = 0; noise < 20; noise++) {
    node.runtime.report({ type: "sandbox", sandboxId: "gone", podUid: uid, node: nodeName });
    await node.clock.step(10);
  }
  expect(tries).toBe(1);
  await node.step("a second try", () => tries === 2, 2);
  await node.api.send({ method: "DELETE", path: "/api/v1/namespaces/default/pods/web", body: {} });
  await node.until("gone", () => node.api.get(Pods, "default/web") === undefined);
});

describe("Service addresses", () => {
  test("are awaited before the first container starts", async () => {
    await node.dispose();
    let open = () => {};
    node = await openTestNode({ podNetworkReady: () => new Promise((resolve) => (open = resolve)) });
    node.run("web", {});
    await node.until("created", () => node.events("web").includes("Normal Created: Container created"));
    expect(await node.runtime.listContainers()).toMatchObject([{ state: "created" }]);
    open();
    await node.until("ready", isReady("web"));
  });

  test("that never work are told, and the pod runs without", async () => {
    await node.dispose();
    node = await openTestNode({ podNetworkReady: () => new Promise(() => {}) });
    node.run("web", {});
    await node.step("ready", isReady("web"), 12);
    expect(node.events("web")).toContain(
      "Warning NetworkNotReady: network is not ready: Service addresses do not work in this pod: not set up within 10s",
    );
  });
});

describe("init containers", () => {
  const init = (script: string) => [{ name: "prepare", image: "busybox:1", command: ["sh", "-c", script] }];

  test("run one after another before the app", async () => {
    node.run("web", { initContainers: [...init("sleep 1; exit 0"), { name: "second", image: "busybox:1", command: ["true"] }] });
    await node.until("the first runs", () => Boolean(node.pod("web").status!.initContainerStatuses?.[0]?.state?.running));
    expect(conditions("web")["Initialized"]).toBe("False ContainersNotInitialized");
    expect(main("web").state!.waiting!.reason).toBe("PodInitializing");
    expect(node.pod("web").status!.phase).toBe("Pending");
    await node.step("ready", isReady("web"), 3);
    expect(node.pod("web").status!.initContainerStatuses!.map(({ name, ready, state }) => [name, ready, state!.terminated!.exitCode])).toEqual([
      ["prepare", true, 0],
      ["second", true, 0],
    ]);
  });

  test("that fail keep the app from starting", async () => {
    node.run("web", { initContainers: init("exit 1") });
    await node.step("back-off", () => node.pod("web").status!.initContainerStatuses?.[0]?.state?.waiting?.reason === "CrashLoopBackOff", 3);
    expect(main("web").state!.waiting!.reason).toBe("PodInitializing");
  });

  test("that fail under policy Never fail the pod", async () => {
    node.run("web", { restartPolicy: "Never", initContainers: init("exit 1") });
    await node.until("failed", () => node.pod("web").status?.phase === "Failed");
  });

  test("of policy Always keep running beside the app, and end after it", async () => {
    node.run("web", { initContainers: [{ name: "side", image: "proxy:1", restartPolicy: "Always" }] });
    await node.until("ready", isReady("web"));
    expect(node.pod("web").status!.initContainerStatuses![0]).toMatchObject({ name: "side", ready: true, started: true });
    await node.api.send({ method: "DELETE", path: "/api/v1/namespaces/default/pods/web", body: {} });
    await node.until("gone", () => node.api.get(Pods, "default/web") === undefined);
    expect(node.events("web").filter((event) => event.includes("Killing"))).toEqual([
      "Normal Killing: Stopping container main",
      "Normal Killing: Stopping container side",
    ]);
  });
});

describe("images", () => {
  test("that can't be pulled give ErrImagePull, then ImagePullBackOff, and start once they can", async () => {
    node.runtime.images.refuse("nginx:1", new RuntimeError("ImageNotFound", "manifest unknown"));
    node.run("web", {});
    await node.until("ErrImagePull", () => main("web").state?.waiting?.reason === "ErrImagePull");
    expect(main("web").state!.waiting!.message).toBe("manifest unknown");
    await node.step("ImagePullBackOff", () => main("web").state?.waiting?.reason === "ImagePullBackOff", 6);
    expect(main("web").state!.waiting!.message).toBe('Back-off pulling image "nginx:1": ErrImagePull: manifest unknown');
    node.runtime.images.refuse("nginx:1", undefined);
    await node.step("ready", isReady("web"), 15);
    expect(node.events("web")).toEqual(
      expect.arrayContaining([
        'Warning Failed: Failed to pull image "nginx:1": manifest unknown',
        "Warning Failed: Error: ErrImagePull",
        'Normal BackOff: Back-off pulling image "nginx:1"',
        "Warning Failed: Error: ImagePullBackOff",
      ]),
    );
  });

  test("under policy Never must be there", async () => {
    node.run("web", { containers: [{ name: "main", image: "nginx:1", imagePullPolicy: "Never" }] });
    await node.until("ErrImageNeverPull", () => main("web").state?.waiting?.reason === "ErrImageNeverPull");
    expect(main("web").state!.waiting!.message).toBe('Container image "nginx:1" is not present with pull policy of Never');
  });

  test("with a bad name are refused", async () => {
    node.run("web", { containers: [{ name: "main", image: "Not A Name" }] });
    await node.until("InvalidImageName", () => main("web").state?.waiting?.reason === "InvalidImageName");
  });
});

describe("a restarted kubelet", () => {
  test("adopts what runs, without a restart", async () => {
    node.run("web", {});
    await node.until("ready", isReady("web"));
    const before = await node.runtime.listContainers();
    await node.clock.step(60_000);
    await node.restart();
    await node.until("ready", isReady("web"));
    expect((await node.runtime.listContainers()).map(({ id, state }) => [id, state])).toEqual(before.map(({ id }) => [id, "running"]));
    expect(main("web").restartCount).toBe(0);
    node.run("other", {});
    await node.until("ready", isReady("other"));
    expect(node.pod("other").status!.podIP).not.toBe(node.pod("web").status!.podIP);
  });

  test("does not wait for a container that takes its time to end", async () => {
    node.runtime.knobs.onTerminate = () => undefined;
    node.run("stubborn", { terminationGracePeriodSeconds: 600 });
    await node.until("ready", isReady("stubborn"));
    await node.api.send({ method: "DELETE", path: "/api/v1/namespaces/default/pods/stubborn", body: {} });
    await node.until("the stop begins", () => node.events("stubborn").some((event) => event.startsWith("Normal Killing")));
    let stopped = false;
    const stopping = node.kubelet.stop().then(() => (stopped = true));
    await node.step("stopped", () => stopped, 3);
    await stopping;
  });

  test("stops what has no pod any more", async () => {
    node.run("web", {});
    await node.until("ready", isReady("web"));
    await node.kubelet.stop();
    node.api.remove(Pods, "default/web");
    await node.restart();
    let left = 1;
    await node.until("stopped", () => {
      void node.runtime.listPodSandboxes().then((sandboxes) => (left = sandboxes.length));
      return left === 0;
    });
  });
});
