import type { Job, Pod } from "../../../shared/kubernetes/types.ts";
import { Jobs, Pods } from "../../api/resources.ts";
import { rfc3339 } from "../../base/clock.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { isActive } from "../podState.ts";
import { jobController } from "./controller.ts";
import { indexOf } from "./pods.ts";
import { ttlAfterFinishedController } from "./ttl.ts";

/** For unit tests: one Job `j`, and what kubelets would report of its pods. */
export class TestJob {
  readonly cluster = new FakeCluster();

  static async start(): Promise<TestJob> {
    const test = new TestJob();
    await test.cluster.start(jobController, ttlAfterFinishedController);
    return test;
  }

  async make(spec: Partial<NonNullable<Job["spec"]>> = {}): Promise<Job> {
    const labels = { "batch.kubernetes.io/job-name": "j" };
    const template = { metadata: { labels }, spec: { restartPolicy: "Never" as const, containers: [{ name: "main" }] } };
    const made = this.cluster.api.put(Jobs, {
      metadata: { name: "j", namespace: "default" },
      spec: { completions: 1, parallelism: 1, backoffLimit: 6, selector: { matchLabels: labels }, template, ...spec },
    });
    await this.cluster.settle();
    return made;
  }

  get job(): Job {
    return this.cluster.api.get(Jobs, "default/j")!;
  }

  /** `Type Status Reason` of each. */
  get conditions(): string[] {
    return (this.job.status?.conditions ?? []).map(({ type, status, reason }) => `${type} ${status} ${reason}`);
  }

  get running(): Pod[] {
    return this.cluster.api.all(Pods).filter(isActive);
  }

  /** The running pod of a completion index. */
  at(index: number): Pod {
    const pod = this.running.find((each) => indexOf(each) === index);
    if (!pod) throw new Error(`no pod runs at index ${index}`);
    return pod;
  }

  get runningIndexes(): (number | undefined)[] {
    return this.running.map(indexOf).sort((a = -1, b = -1) => a - b);
  }

  async change(change: (job: Job) => void): Promise<void> {
    this.cluster.api.change(Jobs, "default/j", change);
    await this.cluster.settle();
  }

  async finish(pod: Pod, phase: "Succeeded" | "Failed", exitCode = 0, conditions: NonNullable<Pod["status"]>["conditions"] = []): Promise<void> {
    const finishedAt = rfc3339(this.cluster.clock.now());
    this.cluster.api.change(Pods, pod.metadata, (draft) => {
      const state = { terminated: { exitCode, finishedAt } };
      draft.status = { phase, conditions, containerStatuses: [{ name: "main", image: "", imageID: "", ready: false, restartCount: 0, state }] };
    });
    await this.cluster.settle();
  }
}
