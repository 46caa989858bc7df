import type { Container, ContainerStatus as ApiContainerStatus, Pod, Probe } from "../../../shared/kubernetes/types.ts";
import type { ContainerStatus } from "../../runtime/types.ts";
import type { ProbeFindings } from "../pods/podActions.ts";
import { isBeingDeleted, isSidecar } from "../pods/restartRules.ts";
import { latestContainer, readySandbox, type PodRuntimeState } from "../pods/runtimeState.ts";
import type { ReadinessFindings } from "../status/podStatus.ts";
import type { KubeletContext } from "../types.ts";
import type { Prober } from "./prober.ts";
import { ProbeWorker, type ProbeKind } from "./probeWorker.ts";

interface ContainerProbes {
  podUid: string;
  workers: Map<ProbeKind, ProbeWorker>;
  results: Map<ProbeKind, boolean>;
}

const kinds: ProbeKind[] = ["startup", "liveness", "readiness"];

/** What a container reported before this kubelet began is believed until a probe says otherwise. */
const adoptionMarginMs = 10_000;

/** Runs the probes of all containers of a node, and knows what they found. */
export class ProbeManager {
  readonly #context: KubeletContext;
  readonly #prober: Prober;
  readonly #began: number;
  /** Called when a finding of a pod changed. */
  readonly #onChange: (podUid: string) => void;
  /** By container id. */
  readonly #containers = new Map<string, ContainerProbes>();

  constructor(options: { context: KubeletContext; prober: Prober; onChange: (podUid: string) => void }) {
    this.#context = options.context;
    this.#prober = options.prober;
    this.#onChange = options.onChange;
    this.#began = options.context.clock.now();
  }

  /** Starts and stops workers so that each running container is probed as its spec says. */
  reconcile(pod: Pod, state: PodRuntimeState): void {
    const live = new Set<string>();
    for (const container of [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter(isSidecar)]) {
      const running = latestContainer(state, container.name);
      if (running?.state !== "running") continue;
      live.add(running.id);
      this.#ensure(pod, state, container, running);
    }
    for (const [id, probes] of this.#containers) if (probes.podUid === pod.metadata.uid && !live.has(id)) this.#drop(id);
  }

  /** Ends all probing of a pod. */
  forget(podUid: string): void {
    for (const [id, probes] of this.#containers) if (probes.podUid === podUid) this.#drop(id);
  }

  /** For deciding what to restart. */
  findings(): ProbeFindings {
    return {
      livenessFailed: (id) => this.#containers.get(id)?.results.get("liveness") === false,
      startupFailed: (id) => this.#containers.get(id)?.results.get("startup") === false,
      hasStarted: (container, status) => this.#isStarted(container, status.id),
    };
  }

  /** For the status of `pod`. */
  readiness(pod: Pod): ReadinessFindings {
    const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
    const find = (name: string) => containers.find((container) => container.name === name)!;
    return {
      isStarted: (name, id) => this.#isStarted(find(name), id),
      isReady: (name, id) => !find(name).readinessProbe || this.#containers.get(id)?.results.get("readiness") === true,
    };
  }

  #isStarted(container: Container, id: string): boolean {
    return !container.startupProbe || this.#containers.get(id)?.results.get("startup") === true;
  }

  #ensure(pod: Pod, state: PodRuntimeState, container: Container, running: ContainerStatus): void {
    let probes = this.#containers.get(running.id);
    if (!probes) {
      probes = { podUid: pod.metadata.uid, workers: new Map(), results: this.#initialResults(pod, container, running) };
      this.#containers.set(running.id, probes);
    }
    for (const kind of kinds) {
      const spec = container[`${kind}Probe`];
      const wanted = spec && !(isBeingDeleted(pod) && kind !== "readiness") && !(kind === "startup" && probes.results.get("startup"));
      const worker = probes.workers.get(kind);
      if (wanted && !worker) probes.workers.set(kind, this.#work(pod, state, container, running, kind, spec, probes));
      if (!wanted && worker) {
        worker[Symbol.dispose]();
        probes.workers.delete(kind);
      }
    }
  }

  #initialResults(pod: Pod, container: Container, running: ContainerStatus): Map<ProbeKind, boolean> {
    const adopted = (running.startedAt ?? running.createdAt) < this.#began - adoptionMarginMs;
    const reported = adopted ? reportedStatus(pod, container.name, running.id) : undefined;
    const results = new Map<ProbeKind, boolean>();
    if (container.readinessProbe && reported?.ready) results.set("readiness", true);
    if (container.startupProbe && reported?.started) results.set("startup", true);
    return results;
  }

  #work(
    pod: Pod,
    state: PodRuntimeState,
    container: Container,
    running: ContainerStatus,
    kind: ProbeKind,
    spec: Probe,
    probes: ContainerProbes,
  ): ProbeWorker {
    const sandbox = readySandbox(state);
    const podIP = sandbox?.podIP ?? (pod.spec.hostNetwork ? this.#context.nodeIP : "");
    return new ProbeWorker({
      context: this.#context,
      prober: this.#prober,
      kind,
      spec,
      target: { pod, container, containerId: running.id, sandboxId: running.sandboxId, podIP },
      startedAt: running.startedAt ?? running.createdAt,
      mayProbe: () => kind === "startup" || this.#isStarted(container, running.id),
      onResult: (success) => {
        if (probes.results.get(kind) === success) return;
        probes.results.set(kind, success);
        if (kind === "startup" && success) for (const worker of probes.workers.values()) worker.trigger();
        this.#onChange(pod.metadata.uid);
      },
    });
  }

  #drop(id: string): void {
    for (const worker of this.#containers.get(id)?.workers.values() ?? []) worker[Symbol.dispose]();
    this.#containers.delete(id);
  }
}

function reportedStatus(pod: Pod, name: string, runtimeId: string): ApiContainerStatus | undefined {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  return statuses.find((status) => status.name === name && status.containerID?.endsWith(runtimeId));
}
