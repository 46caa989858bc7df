import { expect, test } from "vitest";
import { Leases } from "../../api/resources.ts";
import { FakeClock, rfc3339Micro } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { FakeApi } from "../../client/fakeApi.ts";
import { apiServerId, keepIdentityLease } from "./identityLease.ts";

const label = "apiserver.kubernetes.io/identity";

test("a server keeps a Lease with its name and machine, and a new one of the same machine takes it over", async () => {
  const clock = new FakeClock();
  const api = new FakeApi({ clock });
  const lease = () => api.must(Leases, `kube-system/${apiServerId("box")}`);
  const running = await keepIdentityLease(api, clock, silentLog, "box");
  const { metadata, spec } = lease();
  expect(metadata.labels).toEqual({ [label]: "kube-apiserver", "kubernetes.io/hostname": "box" });
  expect(spec).toMatchObject({ leaseDurationSeconds: 3600, renewTime: rfc3339Micro(clock.now()) });
  await clock.step(10_000);
  expect(lease().spec).toMatchObject({ holderIdentity: spec!.holderIdentity, renewTime: rfc3339Micro(clock.now()) });
  running[Symbol.dispose]();
  using _ = await keepIdentityLease(api, clock, silentLog, "box");
  expect(lease().spec!.holderIdentity).not.toBe(spec!.holderIdentity);
});

test("Leases of servers that are gone for an hour are deleted, others stay", async () => {
  const clock = new FakeClock();
  const api = new FakeApi({ clock });
  const put = (name: string, labels: Record<string, string>) =>
    api.put(Leases, {
      metadata: { name, namespace: "kube-system", labels },
      spec: { leaseDurationSeconds: 3600, renewTime: rfc3339Micro(clock.now() - 60_000) },
    });
  put("gone", { [label]: "kube-apiserver" });
  put("other", {});
  using _ = await keepIdentityLease(api, clock, silentLog, "box");
  await clock.step(3_600_000);
  expect(api.all(Leases).map(({ metadata }) => metadata.name)).toEqual(["other", apiServerId("box")]);
});

test("names have the form that Kubernetes gives them", () => {
  expect(apiServerId("box")).toMatch(/^apiserver-[a-z2-7]{26}$/);
});
