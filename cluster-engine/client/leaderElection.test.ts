import { expect, test } from "vitest";
import { Events, Leases } from "../api/resources.ts";
import { StatusError } from "../api/statusError.ts";
import { FakeClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { createClient } from "./client.ts";
import { FakeApi } from "./fakeApi.ts";
import { runLeaderElection } from "./leaderElection.ts";

function setUp() {
  const clock = new FakeClock();
  const api = new FakeApi({ clock });
  const leading = new Set<string>();
  const run = (identity: string) =>
    runLeaderElection({
      client: createClient(api),
      clock,
      random: seededRandom(1),
      log: silentLog,
      name: "kube-scheduler",
      identity,
      lead() {
        leading.add(identity);
        return { [Symbol.dispose]: () => void leading.delete(identity) };
      },
    });
  const spec = () => api.must(Leases, "kube-system/kube-scheduler").spec!;
  const told = () => api.all(Events).map(({ reason, message }) => `${reason} ${message}`);
  const refuse = (times: number) => api.fail("PUT", "leases", new StatusError(503, "ServiceUnavailable", "no"), times);
  return { clock, api, leading, run, spec, told, refuse };
}

test("the first leads at once and renews; another waits", async () => {
  const { clock, leading, run, spec, told } = setUp();
  const first = run("a");
  await clock.step(0);
  const second = run("b");
  const { acquireTime, renewTime } = spec();
  await clock.step(60_000);
  expect([first.isLeader, second.isLeader, [...leading]]).toEqual([true, false, ["a"]]);
  expect(spec()).toMatchObject({ holderIdentity: "a", leaseDurationSeconds: 15, acquireTime, leaseTransitions: 0 });
  expect(spec().renewTime! > renewTime!).toBe(true);
  expect(told()).toEqual(["LeaderElection a became leader"]);
});

test("a lead that is given back is taken at the next try", async () => {
  const { clock, leading, run, spec } = setUp();
  const first = run("a");
  await clock.step(0);
  run("b");
  await clock.step(0);
  await first.stop();
  expect([spec().holderIdentity, leading.size]).toEqual(["", 0]);
  await clock.step(5000);
  expect([spec(), [...leading]]).toMatchObject([{ holderIdentity: "b", leaseTransitions: 1 }, ["b"]]);
});

test("a lead that is not given back is taken when it has run out, as the other's clock sees it", async () => {
  const { clock, api, leading, run } = setUp();
  const long = { holderIdentity: "gone", leaseDurationSeconds: 15, renewTime: "2020-01-01T00:00:00.000000Z" };
  api.put(Leases, { metadata: { name: "kube-scheduler", namespace: "kube-system" }, spec: long });
  run("b");
  await clock.step(14_000);
  expect(leading.size).toBe(0);
  await clock.step(6000);
  expect([...leading]).toEqual(["b"]);
});

test("who comes back under its own name need not wait", async () => {
  const { clock, api, leading, run, spec } = setUp();
  const own = { holderIdentity: "a", leaseDurationSeconds: 15, leaseTransitions: 3, acquireTime: "2025-01-01T00:00:00.000000Z" };
  api.put(Leases, { metadata: { name: "kube-scheduler", namespace: "kube-system" }, spec: own });
  run("a");
  await clock.step(0);
  expect([...leading]).toEqual(["a"]);
  expect(spec()).toMatchObject({ leaseTransitions: 3, acquireTime: "2025-01-01T00:00:00.000000Z" });
});

test("the lead is lost when the Lease can't be renewed for ten seconds, and won again", async () => {
  const { clock, leading, run, told, refuse } = setUp();
  run("a");
  await clock.step(0);
  refuse(6);
  await clock.step(5000);
  expect([...leading]).toEqual(["a"]);
  refuse(100);
  await clock.step(6000);
  expect(leading.size).toBe(0);
  expect(told()).toContain("LeaderElection a stopped leading");
  await clock.step(600_000);
  expect([...leading]).toEqual(["a"]);
});

test("the lead is lost at once when another has taken the Lease", async () => {
  const { clock, api, leading, run } = setUp();
  run("a");
  await clock.step(0);
  api.change(Leases, "kube-system/kube-scheduler", (draft) => (draft.spec!.holderIdentity = "b"));
  await clock.step(2000);
  expect(leading.size).toBe(0);
});

test("stopping before the Lease is there leaves nothing behind", async () => {
  const { clock, leading, run } = setUp();
  const election = run("a");
  const stopped = election.stop();
  await clock.step(10_000);
  await stopped;
  expect([leading.size, election.isLeader, clock.pending]).toEqual([0, false, 0]);
});
