import { beforeEach, expect, test } from "vitest";
import { ConfigMaps, Events } from "../api/resources.ts";
import { FakeClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { createClient } from "./client.ts";
import { createEventRecorder, type EventRecorder } from "./events.ts";
import { FakeApi } from "./fakeApi.ts";

let clock: FakeClock;
let api: FakeApi;
let recorder: EventRecorder;

beforeEach(() => {
  clock = new FakeClock();
  api = new FakeApi({ clock });
  recorder = createEventRecorder({ client: createClient(api), clock, log: silentLog, component: "test-controller" });
});

const subject = (name = "a") => api.put(ConfigMaps, { metadata: { name, namespace: "prod" } });
const summary = () => api.all(Events).map(({ count, message }) => `${count} ${message}`);

test("an event names its object, source and times", async () => {
  const object = subject();
  recorder.event(object, "Normal", "Made", "made it");
  await clock.step(0);
  expect(api.all(Events)[0]).toMatchObject({
    metadata: { namespace: "prod", name: expect.stringMatching(/^a\.[0-9a-f]{16}$/) },
    involvedObject: {
      apiVersion: "v1",
      kind: "ConfigMap",
      namespace: "prod",
      name: "a",
      uid: object.metadata.uid,
      resourceVersion: object.metadata.resourceVersion,
    },
    type: "Normal",
    reason: "Made",
    message: "made it",
    count: 1,
    firstTimestamp: "2026-01-01T00:00:00Z",
    lastTimestamp: "2026-01-01T00:00:00Z",
    source: { component: "test-controller" },
    reportingComponent: "test-controller",
  });
});

test("the cause of an event is the object as its reporter saw it, unless another is given", async () => {
  const object = subject();
  const causes = () => api.requests.filter(({ method }) => method === "POST").map(({ cause }) => cause);
  const { kind, apiVersion, metadata } = object;
  const other = { object: "nodes/a", resourceVersion: "7" };
  recorder.event(object, "Normal", "Made", "made it");
  recorder.event({ apiVersion, kind, name: metadata.name, resourceVersion: "3" }, "Normal", "Seen", "seen");
  recorder.event(object, "Normal", "Left", "left", { cause: other });
  recorder.event({ apiVersion, kind, name: metadata.name }, "Normal", "Told", "no revision is known");
  await clock.step(0);
  const { resourceVersion } = metadata;
  expect(causes()).toEqual([{ object: "configmaps/prod/a", resourceVersion }, { object: "configmaps/a", resourceVersion: "3" }, other, undefined]);
});

test("the same event is counted", async () => {
  const object = subject();
  for (let i = 0; i < 3; i++) {
    recorder.event(object, "Warning", "Failed", "no luck");
    await clock.step(10_000);
  }
  expect(summary()).toEqual(["3 no luck"]);
  expect(api.all(Events)[0]).toMatchObject({ firstTimestamp: "2026-01-01T00:00:00Z", lastTimestamp: "2026-01-01T00:00:20Z" });
});

test("a repeat of an event that has expired begins anew", async () => {
  const object = subject();
  recorder.event(object, "Normal", "Made", "made it");
  await clock.step(0);
  api.remove(Events, `prod/${api.all(Events)[0]!.metadata.name}`);
  recorder.event(object, "Normal", "Made", "made it");
  await clock.step(0);
  expect(summary()).toEqual(["2 made it"]);
});

test("from the tenth message of one reason on they are combined", async () => {
  const object = subject();
  for (let i = 1; i <= 12; i++) recorder.event(object, "Normal", "Made", `made pod ${i}`);
  await clock.step(0);
  expect(summary()).toEqual([...Array.from({ length: 9 }, (_, i) => `1 made pod ${i + 1}`), "3 (combined from similar events): made pod 12"]);
});

test("beyond 25 per object one passes every 5 minutes", async () => {
  const object = subject();
  for (let i = 0; i < 30; i++) recorder.event(object, "Normal", `Reason${i}`, "text");
  recorder.event(subject("b"), "Normal", "Other", "text");
  await clock.step(0);
  expect(api.all(Events)).toHaveLength(26);
  await clock.step(300_000);
  for (let i = 0; i < 2; i++) recorder.event(object, "Normal", `Later${i}`, "text");
  await clock.step(0);
  expect(api.all(Events)).toHaveLength(27);
});

test("an API that refuses events harms nobody", async () => {
  api.fail("POST", "/events", new Error("connection refused"), 1);
  recorder.event(subject(), "Normal", "Lost", "text");
  recorder.event(subject(), "Normal", "Kept", "text");
  await clock.step(0);
  expect(api.all(Events).map((event) => event.reason)).toEqual(["Kept"]);
});
