import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { Pod } from "../../shared/kubernetes/types.ts";
import { Events, Pods } from "../api/resources.ts";
import { FakeClock, rfc3339 } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { createClient } from "../client/client.ts";
import { createEventRecorder } from "../client/events.ts";
import { FakeApi } from "../client/fakeApi.ts";
import { createInformers } from "../client/informers.ts";
import type { Informers } from "../client/types.ts";
import type { Controller, ControllerInputs } from "./types.ts";

/** For unit tests: controllers over a FakeApi and a FakeClock, and what kubelets and the scheduler would do, by hand. */
export class FakeCluster implements Disposable {
  readonly clock = new FakeClock();
  readonly api = new FakeApi({ clock: this.clock });
  readonly informers: Informers;
  readonly inputs: ControllerInputs;
  readonly #running: Disposable[] = [];

  constructor(inputs: Partial<ControllerInputs> = {}) {
    this.inputs = { rootCA: "PEM", clusterCIDR: Promise.resolve("10.244.0.0/16"), ...inputs };
    this.informers = createInformers({ client: createClient(this.api), clock: this.clock, random: seededRandom(1), log: silentLog });
  }

  async start(...controllers: Controller[]): Promise<void> {
    const client = createClient(this.api);
    for (const controller of controllers) {
      const events = createEventRecorder({ client, clock: this.clock, log: silentLog, component: controller.component ?? controller.account });
      const { clock, informers, inputs } = this;
      this.#running.push(controller.start({ client, informers, events, clock, random: seededRandom(2), log: silentLog, inputs }));
    }
    await this.settle();
  }

  /** Lets everything happen that needs no time to pass. */
  async settle(): Promise<void> {
    for (let before = ""; before !== this.api.resourceVersion;) {
      before = this.api.resourceVersion;
      for (let i = 0; i < 5; i++) await this.clock.step(0);
    }
  }

  async step(ms: number): Promise<void> {
    await this.clock.step(ms);
    await this.settle();
  }

  /** Binds and runs pods, as scheduler and kubelet would; all that are not ready yet unless some are named. */
  async runPods({ pods, node = "node-1", ready = true }: { pods?: Pod[]; node?: string; ready?: boolean } = {}): Promise<void> {
    const stamp = rfc3339(this.clock.now());
    for (const pod of pods ?? this.api.all(Pods).filter((each) => !each.status?.phase)) {
      this.api.change(Pods, pod.metadata, (draft) => {
        draft.spec.nodeName ??= node;
        draft.status = {
          phase: "Running",
          podIP: ipOf(pod),
          podIPs: [{ ip: ipOf(pod) }],
          conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: stamp }],
        };
      });
    }
    await this.settle();
  }

  /** Ends pods that are being deleted, as the kubelet does after their grace. */
  async finishPods(): Promise<void> {
    for (const pod of this.api.all(Pods)) if (pod.metadata.deletionTimestamp && !pod.metadata.finalizers?.length) this.api.remove(Pods, pod.metadata);
    await this.settle();
  }

  /** Runs new pods and ends old ones until nothing changes any more. */
  async untilStable(): Promise<void> {
    for (let before = ""; before !== this.api.resourceVersion;) {
      before = this.api.resourceVersion;
      await this.settle();
      await this.runPods();
      await this.finishPods();
    }
  }

  /** `Normal Reason message`, in the order in which they were first recorded. */
  eventsOf(subject: KubeObject): string[] {
    const events = this.api.all(Events).filter((event) => event.involvedObject.uid === subject.metadata.uid);
    return events.map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  }

  [Symbol.dispose](): void {
    for (const running of this.#running) running[Symbol.dispose]();
    this.informers[Symbol.dispose]();
  }
}

const ipOf = (pod: Pod): string => `10.244.0.${1 + (Number.parseInt(pod.metadata.uid.slice(-6), 10) % 250)}`;
