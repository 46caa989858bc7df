import type { Container, Pod, Secret, Service } from "../../../shared/kubernetes/types.ts";
import type { ContainerConfig, ImageStatus, SandboxStatus } from "../../runtime/types.ts";
import { sleep } from "../../base/clock.ts";
import type { Connections } from "../connections.ts";
import { containerConfig } from "../containers/containerConfig.ts";
import type { Allocatable } from "../containers/downwardApi.ts";
import { containerEnvironment, type ConfigReader } from "../containers/environment.ts";
import { verifyNonRoot } from "../containers/security.ts";
import { readCredentials, type ImageCredentials } from "../images/imageCredentials.ts";
import type { ImageNames } from "../images/imageNames.ts";
import { ImageError, type ImagePuller } from "../images/imagePuller.ts";
import type { KubeletContext } from "../types.ts";
import type { PodVolumes } from "../volumes/podVolumes.ts";
import { dnsConfig } from "./dns.ts";
import { runHook } from "./lifecycleHooks.ts";
import { isAddressTaken, type PodAddresses } from "./podAddresses.ts";
import type { PodKiller } from "./podKiller.ts";
import { containerFieldPath } from "./podNames.ts";
import { containerNameOf, type PodRuntimeState } from "./runtimeState.ts";
import type { RuntimeCache } from "./runtimeCache.ts";
import { sandboxConfig } from "./sandboxConfig.ts";

/** A pod does not wait longer for its Service addresses. */
const networkDeadlineMs = 10_000;

/** Why a container could not be started: becomes its waiting reason. */
export class StartError extends Error {
  readonly reason: string;
  readonly retryAt: number | undefined;

  constructor(reason: string, message: string, retryAt?: number) {
    super(message);
    this.reason = reason;
    this.retryAt = retryAt;
  }
}

export interface StarterParts {
  context: KubeletContext;
  connections: Connections;
  cache: RuntimeCache;
  addresses: PodAddresses;
  volumes: PodVolumes;
  images: ImagePuller;
  imageNames: ImageNames;
  killer: PodKiller;
  reader: ConfigReader;
  services(): Service[];
  allocatable(): Allocatable;
  memoryCapacity: number;
}

/** What can be made ready before the sandbox runs. */
export interface PreparedContainer {
  container: Container;
  config: Promise<ContainerConfig>;
}

/** Makes sandboxes and containers as a pod's spec says. */
export class PodStarter {
  readonly #parts: StarterParts;
  /** Sandboxes whose Service addresses are being set up. */
  readonly #networks = new Map<string, Promise<void>>();

  constructor(parts: StarterParts) {
    this.#parts = parts;
  }

  /** The address that the pod's next sandbox will have; the node's with host network. @throws when there is none. */
  takeAddress(pod: Pod): string {
    const { addresses, context } = this.#parts;
    return pod.spec.hostNetwork ? context.nodeIP : addresses.take(pod.metadata.uid);
  }

  /** @throws Error with the message of a FailedCreatePodSandBox event; the address is free again then. */
  async startSandbox(pod: Pod, attempt: number, podIP: string): Promise<string> {
    const { context, cache, addresses, volumes } = this.#parts;
    const { clusterDNS, clusterDomain, nodeName, runtime, clock } = context;
    const { uid } = pod.metadata;
    const memory = await volumes.prepareMemory(pod);
    const own = pod.spec.hostNetwork ? undefined : podIP;
    const dns = dnsConfig(pod, { dns: clusterDNS, domain: clusterDomain });
    const config = sandboxConfig({ pod, attempt, nodeName, podIP: own, dns, clusterDomain, volumes: memory });
    try {
      const id = await runtime.runPodSandbox(config);
      const status: SandboxStatus = {
        id,
        metadata: config.metadata,
        node: nodeName,
        state: "ready",
        createdAt: clock.now(),
        ...(own ? { podIP: own } : {}),
        labels: config.labels,
        annotations: {},
      };
      cache.noteSandbox(uid, status);
      if (own) this.#networks.set(id, this.#awaitNetwork(pod, id));
      return id;
    } catch (error) {
      // An address that something else has stays away from pods.
      const occupied = own && isAddressTaken((error as Error).message);
      if (own) addresses.release(uid, own);
      if (occupied) addresses.occupy(own, "unknown");
      throw error;
    }
  }

  /** Without Services a pod still runs: it says so and goes on. */
  async #awaitNetwork(pod: Pod, id: string): Promise<void> {
    const { context } = this.#parts;
    const given = new AbortController();
    const tooLate = sleep(context.clock, networkDeadlineMs, given.signal).then(
      () => Promise.reject(new Error(`not set up within ${networkDeadlineMs / 1000}s`)),
      () => {},
    );
    try {
      await Promise.race([context.podNetworkReady?.({ id }), tooLate]);
    } catch (error) {
      context.recorder.event(
        pod,
        "Warning",
        "NetworkNotReady",
        `network is not ready: Service addresses do not work in this pod: ${(error as Error).message}`,
      );
    } finally {
      given.abort();
      this.#networks.delete(id);
    }
  }

  /** Begins everything that a container needs besides its sandbox. Failures show when it is started. */
  prepare(pod: Pod, container: Container, state: PodRuntimeState, podIP: string): PreparedContainer {
    const config = this.#prepare(pod, container, state, podIP);
    config.catch(() => {});
    return { container, config };
  }

  async #prepare(pod: Pod, container: Container, state: PodRuntimeState, podIP: string): Promise<ContainerConfig> {
    const image = this.#image(pod, container);
    image.catch(() => {});
    const attempt = nextAttempt(pod, container, state);
    const { context, services, allocatable, reader, volumes, memoryCapacity } = this.#parts;
    const present = await image;
    this.#parts.imageNames.note(present);
    try {
      verifyNonRoot(pod, container, present);
      const addresses = { podIP, nodeIP: context.nodeIP };
      const env = await containerEnvironment({ pod, container, services: services(), addresses, allocatable: allocatable(), reader });
      const mounts = await volumes.mounts(pod, container, attempt, env);
      return containerConfig({ pod, container, attempt, image: present, env, mounts, memoryCapacity });
    } catch (error) {
      throw this.#failed(pod, container, "CreateContainerConfigError", (error as Error).message);
    }
  }

  async #image(pod: Pod, container: Container): Promise<ImageStatus> {
    try {
      return await this.#parts.images.ensure(pod, container, () => this.#credentials(pod));
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      this.#event(pod, container, "Warning", "Failed", `Error: ${error.reason}`);
      throw new StartError(error.reason, error.message, error.retryAt);
    }
  }

  /** Creates and starts; runs the postStart hook. @throws StartError */
  async startContainer(pod: Pod, prepared: PreparedContainer, sandboxId: string, podIP: string, signal: AbortSignal): Promise<void> {
    const { container } = prepared;
    const { context, cache } = this.#parts;
    const { runtime } = context;
    const { uid } = pod.metadata;
    const config = await untilAborted(prepared.config, signal);
    const id = await runtime.createContainer(sandboxId, config).catch((error: Error) => {
      throw this.#failed(pod, container, "CreateContainerError", error.message);
    });
    this.#event(pod, container, "Normal", "Created", "Container created");
    await this.#networks.get(sandboxId);
    try {
      await runtime.startContainer(id);
    } catch (error) {
      await cache.refresh(uid);
      throw this.#failed(pod, container, "RunContainerError", (error as Error).message);
    }
    this.#event(pod, container, "Normal", "Started", "Container started");
    cache.noteContainer(uid, await runtime.containerStatus(id));
    if (container.lifecycle?.postStart) await this.#postStart(pod, container, id, { sandboxId, podIP }, signal);
  }

  async #postStart(
    pod: Pod,
    container: Container,
    containerId: string,
    target: { sandboxId: string; podIP: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { context, connections, killer, cache } = this.#parts;
    try {
      await runHook({ context, connections, handler: container.lifecycle!.postStart!, container, containerId, target, signal });
    } catch (error) {
      if (signal.aborted) return;
      this.#event(pod, container, "Warning", "FailedPostStartHook", "PostStartHook failed");
      const status = await context.runtime.containerStatus(containerId);
      if (status.state === "running")
        await killer.kill(pod, status, { message: "FailedPostStartHook", grace: pod.spec.terminationGracePeriodSeconds ?? 30 });
      await cache.refresh(pod.metadata.uid);
      throw new StartError("PostStartHookError", (error as Error).message);
    }
  }

  async #credentials(pod: Pod): Promise<ImageCredentials> {
    const { reader, context } = this.#parts;
    const names = (pod.spec.imagePullSecrets ?? []).map(({ name }) => name ?? "");
    const secrets = await Promise.all(names.map((name) => reader.secret(pod.metadata.namespace, name).catch(() => undefined)));
    const missing = names.filter((_, index) => !secrets[index]);
    if (missing.length) {
      const message = `Unable to retrieve some image pull secrets (${missing.join(", ")}); attempting to pull the image may not succeed.`;
      context.recorder.event(pod, "Warning", "FailedToRetrieveImagePullSecret", message);
    }
    return readCredentials(secrets.filter((secret): secret is Secret => secret !== undefined));
  }

  #failed(pod: Pod, container: Container, reason: string, message: string): StartError {
    this.#event(pod, container, "Warning", "Failed", `Error: ${message}`);
    return new StartError(reason, message);
  }

  #event(pod: Pod, container: Container, type: "Normal" | "Warning", reason: string, message: string): void {
    this.#parts.context.recorder.event(pod, type, reason, message, { fieldPath: containerFieldPath(pod, container.name) });
  }
}

/** One more than the last; what the API remembers counts when the runtime has lost it. */
function nextAttempt(pod: Pod, container: Container, state: PodRuntimeState): number {
  const latest = state.containers.find((status) => containerNameOf(status) === container.name);
  if (latest) return latest.state === "created" ? latest.metadata.attempt : latest.metadata.attempt + 1;
  const known = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(({ name }) => name === container.name);
  return known?.containerID ? known.restartCount + 1 : (known?.restartCount ?? 0);
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
