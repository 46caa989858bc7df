import type { Log } from "../base/log.ts";
import type { ContainerRuntime } from "../runtime/types.ts";
import type { Network } from "./types.ts";

/**
 * The runtime as kubelets should see it: no container starts before Services work in its sandbox. The network prepares the
 * sandbox while the container is being created, so nothing waits in the usual case. A pod that can't be prepared starts
 * nevertheless, without Services.
 */
export function withPodNetwork(runtime: ContainerRuntime, network: Pick<Network, "podNetworkReady">, log: Log): ContainerRuntime {
  const ofSandbox = new Map<string, Promise<void>>();
  const ofContainer = new Map<string, Promise<void>>();
  const overrides: Partial<ContainerRuntime> = {
    async runPodSandbox(config) {
      const id = await runtime.runPodSandbox(config);
      const ready = network
        .podNetworkReady({ id })
        .catch((error: unknown) => log.warn("a pod starts without Services", { pod: config.metadata.name, error: (error as Error).message }));
      ofSandbox.set(id, ready);
      void ready.then(() => ofSandbox.delete(id));
      return id;
    },
    async createContainer(sandboxId, config) {
      const id = await runtime.createContainer(sandboxId, config);
      const ready = ofSandbox.get(sandboxId);
      if (ready) ofContainer.set(id, ready);
      return id;
    },
    async startContainer(id) {
      await ofContainer.get(id);
      ofContainer.delete(id);
      return runtime.startContainer(id);
    },
  };
  return new Proxy(runtime, {
    get(target, property) {
      const value: unknown = Reflect.get(overrides, property) ?? Reflect.get(target, property);
      return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(property in overrides ? overrides : target) : value;
    },
  });
}
