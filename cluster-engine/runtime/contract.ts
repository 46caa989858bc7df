import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ContainerConfig, ContainerRuntime, PodSandboxConfig, RuntimeEvent } from "./types.ts";

export interface ContractSubject {
  runtime: ContainerRuntime;
  /** A present image with the usual shell commands. */
  image: string;
  /** An image that cannot be pulled. */
  absentImage: string;
  dispose(): Promise<void>;
}

const node = "contract-node";

/** What every container runtime must do: run for each adapter. */
export function runtimeContract(name: string, open: () => Promise<ContractSubject>): void {
  describe(`${name} keeps the contract of a container runtime`, { timeout: 30_000 }, () => {
    let subject: ContractSubject;
    let runtime: ContainerRuntime;
    let address = "";
    let pods = 0;

    beforeAll(async () => {
      subject = await open();
      runtime = subject.runtime;
      address = (await runtime.podNetwork()).cidr.split("/")[0]!.replace(/\.0$/, "");
    }, 60_000);

    afterAll(() => subject?.dispose(), 60_000);

    const sandboxConfig = (change: Partial<PodSandboxConfig> = {}): PodSandboxConfig => {
      const number = ++pods;
      return {
        metadata: { name: `pod-${number}`, namespace: "default", uid: `uid-${number}`, attempt: 0 },
        node,
        hostname: `pod-${number}`,
        podIP: `${address}.${number + 1}`,
        hostNetwork: false,
        portMappings: [],
        labels: { app: "contract" },
        annotations: { note: "kept" },
        ...change,
      };
    };

    const containerConfig = (script: string, change: Partial<ContainerConfig> = {}): ContainerConfig => ({
      metadata: { name: "main", attempt: 0 },
      image: subject.image,
      imageId: "",
      command: ["sh", "-c", script],
      args: [],
      env: [{ name: "GREETING", value: "hello" }],
      mounts: [],
      stdin: false,
      stdinOnce: false,
      tty: false,
      resources: { cpuShares: 102, memoryLimitBytes: 64 << 20 },
      security: {},
      labels: { role: "main" },
      annotations: { hash: "abc" },
      ...change,
    });

    /** A started container in a sandbox of its own. */
    const start = async (script: string, change: Partial<ContainerConfig> = {}) => {
      const config = sandboxConfig();
      const sandboxId = await runtime.runPodSandbox(config);
      const id = await runtime.createContainer(sandboxId, containerConfig(script, change));
      await runtime.startContainer(id);
      return { config, sandboxId, id };
    };

    const ended = async (id: string) => {
      for (;;) {
        const status = await runtime.containerStatus(id);
        if (status.state === "exited") return status;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };

    const logText = async (id: string, options: { tailLines?: number } = {}): Promise<string[]> => {
      const lines: string[] = [];
      for await (const line of runtime.logs(id, { follow: false, signal: new AbortController().signal, ...options }))
        lines.push(`${line.stream}: ${line.content.toString()}`);
      return lines;
    };

    test("tells its version and that it is ready", async () => {
      const version = await runtime.version();
      expect(version).toMatchObject({ os: "linux", architecture: expect.stringMatching(/^(amd64|arm64)$/) });
      expect(version.capacity.cpus).toBeGreaterThan(0);
      expect(await runtime.status()).toMatchObject({ ready: true, networkReady: true });
    });

    test("gives pods a range inside 10.244.0.0/15 that starts with its gateway", async () => {
      const { cidr, gateway } = await runtime.podNetwork();
      expect(cidr).toMatch(/^10\.24[45]\.\d+\.0\/(16|20)$/);
      expect(gateway).toBe(cidr.replace(/\.0\/\d+$/, ".1"));
    });

    test("runs a sandbox with what was asked for, once per attempt", async () => {
      const config = sandboxConfig();
      const id = await runtime.runPodSandbox(config);
      const status = await runtime.podSandboxStatus(id);
      expect(status).toMatchObject({
        id,
        metadata: config.metadata,
        node,
        state: "ready",
        podIP: config.podIP,
        labels: { app: "contract" },
        annotations: { note: "kept" },
      });
      expect(await runtime.runPodSandbox(config)).toBe(id);
      expect((await runtime.listPodSandboxes({ podUid: config.metadata.uid })).map((sandbox) => sandbox.id)).toEqual([id]);
      await runtime.removePodSandbox(id);
      expect(await runtime.listPodSandboxes({ podUid: config.metadata.uid })).toEqual([]);
    });

    test("a sandbox that is asked for with another address has it", async () => {
      const config = sandboxConfig();
      await runtime.runPodSandbox(config);
      const { podIP } = sandboxConfig();
      const id = await runtime.runPodSandbox({ ...config, podIP: podIP! });
      expect((await runtime.podSandboxStatus(id)).podIP).toBe(podIP);
    });

    test("stopping a sandbox stops its containers; stop and remove are idempotent", async () => {
      const { config, sandboxId, id } = await start("sleep 1000");
      await runtime.stopPodSandbox(sandboxId);
      await runtime.stopPodSandbox(sandboxId);
      expect((await runtime.podSandboxStatus(sandboxId)).state).toBe("notready");
      expect((await runtime.containerStatus(id)).state).toBe("exited");
      await runtime.removePodSandbox(sandboxId);
      await runtime.removePodSandbox(sandboxId);
      expect(await runtime.listContainers({ podUid: config.metadata.uid })).toEqual([]);
    });

    test("lists sandboxes of a node only", async () => {
      const id = await runtime.runPodSandbox(sandboxConfig({ node: "other-node" }));
      expect((await runtime.listPodSandboxes({ node: "other-node" })).map((sandbox) => sandbox.id)).toEqual([id]);
      expect((await runtime.listPodSandboxes({ node })).map((sandbox) => sandbox.id)).not.toContain(id);
    });

    test("a container goes from created to running to exited, with times, code and reason", async () => {
      const sandboxId = await runtime.runPodSandbox(sandboxConfig());
      const id = await runtime.createContainer(sandboxId, containerConfig("echo $GREETING; echo oops >&2; exit 3"));
      expect(await runtime.containerStatus(id)).toMatchObject({
        state: "created",
        sandboxId,
        metadata: { name: "main", attempt: 0 },
        image: subject.image,
        labels: { role: "main" },
        annotations: { hash: "abc" },
      });
      await runtime.startContainer(id);
      const status = await ended(id);
      expect(status).toMatchObject({ exitCode: 3, reason: "Error" });
      expect(status.finishedAt).toBeGreaterThanOrEqual(status.startedAt!);
      expect((await logText(id)).sort()).toEqual(["stderr: oops", "stdout: hello"]);
    });

    test.each([
      { script: "exit 0", exitCode: 0, reason: "Completed" },
      { script: "exit 1", exitCode: 1, reason: "Error" },
    ])("an exit with $exitCode is $reason", async ({ script, exitCode, reason }) => {
      const { id } = await start(script);
      expect(await ended(id)).toMatchObject({ exitCode, reason });
    });

    test("the labels that Kubernetes knows are on every container", async () => {
      const { config, id } = await start("sleep 1000");
      const [listed] = await runtime.listContainers({ podUid: config.metadata.uid });
      expect(listed).toMatchObject({
        id,
        state: "running",
        labels: {
          "io.kubernetes.pod.name": config.metadata.name,
          "io.kubernetes.pod.namespace": "default",
          "io.kubernetes.pod.uid": config.metadata.uid,
          "io.kubernetes.container.name": "main",
          "io.kubernetes.container.restart-count": "0",
        },
      });
    });

    test("stop with no grace kills", async () => {
      const { id } = await start("sleep 1000");
      await runtime.stopContainer(id, 0);
      expect(await ended(id)).toMatchObject({ exitCode: 137 });
      await runtime.stopContainer(id, 0);
    });

    test("logs have a tail, times in order, and end by themselves without follow", async () => {
      const { id } = await start("echo one; echo two; echo three");
      await ended(id);
      expect(await logText(id, { tailLines: 2 })).toEqual(["stdout: two", "stdout: three"]);
      const times: string[] = [];
      for await (const line of runtime.logs(id, { follow: false, signal: new AbortController().signal })) times.push(line.time);
      expect(times).toEqual([...times].sort());
      expect(times[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    });

    test("following a log delivers what comes and ends with the container", async () => {
      const { id } = await start("echo first; sleep 0.2; echo last");
      const seen: string[] = [];
      for await (const line of runtime.logs(id, { follow: true, signal: new AbortController().signal })) seen.push(line.content.toString());
      expect(seen).toEqual(["first", "last"]);
    });

    test("an aborted follow ends", async () => {
      const { id } = await start("echo first; sleep 1000");
      const abort = new AbortController();
      for await (const line of runtime.logs(id, { follow: true, signal: abort.signal })) {
        expect(line.content.toString()).toBe("first");
        abort.abort();
      }
    });

    test("exec gives output and exit code", async () => {
      const { id } = await start("sleep 1000");
      const done = await runtime.execSync(id, ["sh", "-c", "echo $GREETING; echo bad >&2; exit 7"], 20_000);
      expect(done).toMatchObject({ exitCode: 7 });
      expect([done.stdout.toString(), done.stderr.toString()]).toEqual(["hello\n", "bad\n"]);
    });

    test("exec passes standard input and its end", async () => {
      const { id } = await start("sleep 1000");
      const stdout = new PassThrough();
      const code = runtime.exec(id, ["cat"], {
        stdin: PassThrough.from(["to the process\n"]),
        stdout,
        tty: false,
        signal: new AbortController().signal,
      });
      void code.finally(() => stdout.end());
      expect(await text(stdout)).toBe("to the process\n");
      expect(await code).toBe(0);
    });

    test("exec beyond its time fails with DeadlineExceeded", async () => {
      const { id } = await start("sleep 1000");
      await expect(runtime.execSync(id, ["sleep", "1000"], 300)).rejects.toMatchObject({ code: "DeadlineExceeded" });
    });

    test("events tell of start and end, with the pod", async () => {
      const abort = new AbortController();
      const seen: RuntimeEvent[] = [];
      const config = sandboxConfig();
      const watching = (async () => {
        for await (const event of runtime.events(abort.signal)) {
          if (event.podUid !== config.metadata.uid) continue;
          seen.push(event);
          if (event.type === "exited") abort.abort();
        }
      })();
      const sandboxId = await runtime.runPodSandbox(config);
      const id = await runtime.createContainer(sandboxId, containerConfig("exit 0"));
      await runtime.startContainer(id);
      await watching;
      expect(seen.map((event) => event.type)).toEqual(["sandbox", "started", "exited"]);
      expect(seen.at(-1)).toEqual({ type: "exited", containerId: id, sandboxId, podUid: config.metadata.uid, node });
    });

    test("stats tell CPU and memory of running containers", async () => {
      const { id } = await start("sleep 1000");
      const sample = (await runtime.stats()).find((stats) => stats.containerId === id);
      expect(sample!.memoryWorkingSetBytes).toBeGreaterThan(0);
      expect(sample!.cpuUsageNanoSeconds).toBeGreaterThanOrEqual(0);
    });

    test("images: present ones have an id, absent ones none, and a failed pull says why", async () => {
      expect(await runtime.imageStatus(subject.image)).toMatchObject({
        id: expect.stringMatching(/^sha256:/),
        repoTags: expect.arrayContaining([subject.image]),
      });
      expect((await runtime.listImages()).flatMap((image) => image.repoTags)).toContain(subject.image);
      expect(await runtime.imageStatus(subject.absentImage)).toBeUndefined();
      await expect(runtime.pullImage(subject.absentImage)).rejects.toMatchObject({
        name: "RuntimeError",
        code: expect.stringMatching(/^(ImageNotFound|ImagePull|RegistryAuth|Unavailable)$/),
      });
    });

    test("volumes are made, listed by pod and removed", async () => {
      const labels = { "io.kubernetes.pod.uid": "volume-pod" };
      await runtime.createVolume("contract-volume", { medium: "Memory", sizeLimitBytes: 1 << 20, labels });
      await runtime.createVolume("contract-volume", { medium: "Memory", sizeLimitBytes: 1 << 20, labels });
      expect(await runtime.listVolumes({ podUid: "volume-pod" })).toEqual([{ name: "contract-volume", labels }]);
      await runtime.removeVolume("contract-volume");
      await runtime.removeVolume("contract-volume");
      expect(await runtime.listVolumes({ podUid: "volume-pod" })).toEqual([]);
    });

    test.each(["containerStatus", "podSandboxStatus"] as const)("%s of what is not there is NotFound", async (method) => {
      await expect(runtime[method]("0".repeat(64))).rejects.toMatchObject({ code: "NotFound" });
    });
  });
}
