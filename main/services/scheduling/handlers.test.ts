import { describe, expect, it } from "vitest";
import type { ObjectRef } from "../../../shared/contract.ts";
import type { SchedulingExplanation } from "../../../shared/scheduling.ts";
import type { Clusters } from "../clusters/clusters.ts";
import { ApiError } from "../errors.ts";
import { FakeClock } from "../fakeClock.ts";
import { schedulingRequests, schedulingStreams } from "./handlers.ts";

// A cluster that is not Wherry's: it has no such paths.

const object: ObjectRef = { group: "", version: "v1", resource: "pods", namespace: "default", name: "web" };
const message = "0/2 nodes are available: 2 Insufficient cpu.";
const pod = (status: object) => ({ kind: "Pod", metadata: { name: "web", namespace: "default", uid: "u" }, spec: { containers: [] }, status });
const failed = (text: string, at: string) => ({ reason: "FailedScheduling", message: text, involvedObject: { uid: "u" }, lastTimestamp: at });

function clusterWith(answers: Record<string, unknown>, refusal = 404): Clusters {
  const json = ({ path }: { path: string }) =>
    path in answers
      ? Promise.resolve(answers[path])
      : Promise.reject(new ApiError(path.includes("wherry.dev") ? refusal : 404, { message: `no ${path}` }));
  const lease = () => ({ cache: { settled: () => Promise.resolve(), entries: () => [].values() }, [Symbol.dispose]() {} });
  return { get: () => ({ connection: { json }, caches: { lease } }) } as unknown as Clusters;
}

async function told(clusters: Clusters): Promise<SchedulingExplanation | undefined> {
  let end: unknown;
  const ended = { wake() {}, end: (error: unknown) => (end = error) };
  const stream = schedulingStreams(clusters, new FakeClock()).scheduling.open({ cluster: "c", object }, ended);
  await new Promise((resolve) => setImmediate(resolve));
  stream[Symbol.dispose]();
  if (end) throw end as Error;
  return stream.next();
}

const podPath = "/api/v1/namespaces/default/pods/web";
const eventsPath = "/api/v1/namespaces/default/events";

describe("on a cluster without Wherry's paths", () => {
  it.each([404, 403, 503])("the pod's condition tells why it is pending (%i)", async (refusal) => {
    const waiting = pod({ conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }] });
    expect(await told(clusterWith({ [podPath]: waiting, [eventsPath]: { items: [] } }, refusal))).toMatchObject({
      source: "event",
      message,
      nodeCount: 2,
      reasons: [{ reason: "Insufficient cpu", nodes: 2 }],
      nodes: [],
    });
  });

  it("else its newest event does", async () => {
    const items = [failed("older", "2026-01-01T00:00:00Z"), failed(message, "2026-01-01T00:00:09Z")];
    expect(await told(clusterWith({ [podPath]: pod({}), [eventsPath]: { items } }))).toMatchObject({ source: "event", message });
  });

  it("a pod that is gone is an error that says so", async () => {
    await expect(told(clusterWith({}))).rejects.toThrow(`no ${podPath}`);
  });

  it("what if is refused with its reason", async () => {
    const asked = schedulingRequests(clusterWith({ [podPath]: pod({}) }))["scheduling.whatIf"];
    const change = { anyNode: true, openNodes: false };
    await expect(asked({ cluster: "c", object, change }, { source: () => undefined })).rejects.toThrow(
      "only a cluster of Wherry can decide without acting",
    );
  });
});
