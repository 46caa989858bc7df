import fc from "fast-check";
import { expect, test } from "vitest";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import { Pods } from "../../api/resources.ts";
import { StatusError } from "../../api/statusError.ts";
import { indexOf } from "./pods.ts";
import { TestJob } from "./testJob.ts";

// Whatever fails on the way, each end of a pod is counted once, and none is lost.

type Step = { act: "succeed" | "fail" | "delete" | "wait"; pick: number; refuse?: "PUT" | "PATCH" | "POST" | "DELETE"; times: number };

const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom("succeed", "succeed", "fail", "delete", "wait"),
  pick: fc.nat(100),
  refuse: fc.option(fc.constantFrom("PUT", "PATCH", "POST", "DELETE"), { nil: undefined }),
  times: fc.integer({ min: 1, max: 3 }),
});

const refusal = () => new StatusError(500, "InternalError", "the store is on fire");

interface Ends {
  succeeded: Set<string>;
  failed: Set<string>;
}

async function take(j: TestJob, { act, pick, refuse, times }: Step, ends: Ends): Promise<void> {
  if (refuse) j.cluster.api.fail(refuse, refuse === "PUT" ? "/status" : "/pods", refusal(), times);
  const pods = j.running;
  const pod: Pod | undefined = pods[pick % Math.max(1, pods.length)];
  if (pod && act === "succeed") {
    ends.succeeded.add(pod.metadata.uid);
    await j.finish(pod, "Succeeded");
  } else if (pod && act === "fail") {
    ends.failed.add(pod.metadata.uid);
    await j.finish(pod, "Failed", 1);
  } else if (pod && act === "delete") {
    ends.failed.add(pod.metadata.uid);
    j.cluster.api.change(Pods, pod.metadata, (draft) => (draft.metadata.deletionTimestamp = "2026-01-01T00:00:00Z"));
    await j.cluster.settle();
    await j.cluster.finishPods();
  }
  await j.cluster.step(act === "wait" ? 660_000 : 1000);
}

test.each(["NonIndexed", "Indexed"] as const)("%s", { timeout: 60_000 }, async (completionMode) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const j = await TestJob.start();
      const ends: Ends = { succeeded: new Set(), failed: new Set() };
      await j.make({ completionMode, completions: 6, parallelism: 3, backoffLimit: 1000 });
      for (const each of steps) {
        await take(j, each, ends);
        const { succeeded = 0, failed = 0, uncountedTerminatedPods: noted = {} } = j.job.status ?? {};
        expect(succeeded + (noted.succeeded?.length ?? 0)).toBeLessThanOrEqual(ends.succeeded.size);
        expect(failed + (noted.failed?.length ?? 0)).toBeLessThanOrEqual(ends.failed.size);
        const indexes = j.running.map(indexOf);
        if (completionMode === "Indexed") expect(new Set(indexes).size).toBe(indexes.length);
      }
      // Once all works again it comes to its end.
      for (let i = 0; i < 12 && !j.job.status?.completionTime; i++) await take(j, { act: i % 2 === 0 ? "wait" : "succeed", pick: 0, times: 1 }, ends);
      for (let i = 0; i < 4; i++) await j.cluster.step(660_000);
      expect(j.job.status).toMatchObject({ succeeded: ends.succeeded.size, uncountedTerminatedPods: {} });
      expect(j.job.status!.failed ?? 0).toBe(ends.failed.size);
      expect(j.cluster.api.all(Pods).flatMap(({ metadata }) => metadata.finalizers ?? [])).toEqual([]);
      j.cluster[Symbol.dispose]();
    }),
    { numRuns: 40, seed: 20260101 },
  );
});
