import { FakeClock } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { seededRandom } from "../../base/random.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Node } from "../../../shared/kubernetes/types.ts";
import { Events, Nodes } from "../../api/resources.ts";
import { FakeApi } from "../../client/fakeApi.ts";
import { startCloudControllerManager } from "../cloudControllerManager.ts";
import type { CloudProvider } from "../types.ts";

/** For unit tests: the cloud controller manager over a FakeApi and a FakeClock. */
export class TestCluster implements Disposable {
  readonly clock = new FakeClock();
  readonly api = new FakeApi({ clock: this.clock });
  #running: Disposable | undefined;

  async start(provider: CloudProvider): Promise<void> {
    const { api: transport, clock } = this;
    const clusterCIDR = Promise.resolve("10.244.0.0/16");
    this.#running = startCloudControllerManager({ transport, provider, clusterCIDR, clock, random: seededRandom(1), log: silentLog });
    await this.step(0);
  }

  /** Lets time pass, and then all happen that needs no more of it. */
  async step(ms: number): Promise<void> {
    await this.clock.step(ms);
    for (let before = ""; before !== this.api.resourceVersion;) {
      before = this.api.resourceVersion;
      for (let i = 0; i < 5; i++) await this.clock.step(0);
    }
  }

  /** A node as its kubelet makes it, ready. */
  async makeNode(name: string, spec: Node["spec"] = {}, labels: Record<string, string> = {}): Promise<Node> {
    const node = this.api.put(Nodes, {
      metadata: { name, labels },
      spec,
      status: {
        addresses: [
          { type: "InternalIP", address: "10.0.0.1" },
          { type: "Hostname", address: name },
        ],
        conditions: [{ type: "Ready", status: "True" }],
      },
    });
    await this.step(0);
    return node;
  }

  node(name: string): Node {
    return this.api.must(Nodes, name);
  }

  async setReady(name: string, status: "True" | "False" | "Unknown"): Promise<void> {
    this.api.change(Nodes, name, (draft) => (draft.status!.conditions!.find(({ type }) => type === "Ready")!.status = status));
    await this.step(0);
  }

  /** `Normal Reason message`, in the order in which they were first recorded. */
  eventsOf({ metadata: { name } }: KubeObject): string[] {
    const events = this.api.all(Events).filter(({ involvedObject }) => involvedObject.name === name);
    return events.map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  }

  [Symbol.dispose](): void {
    this.#running?.[Symbol.dispose]();
  }
}
