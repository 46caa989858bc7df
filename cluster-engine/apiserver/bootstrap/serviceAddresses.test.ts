import { expect, test } from "vitest";
import { IPAddresses, Services } from "../../api/resources.ts";
import { FakeClock } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { seededRandom } from "../../base/random.ts";
import { FakeApi } from "../../client/fakeApi.ts";
import { keepServiceAddresses } from "./serviceAddresses.ts";

test("each cluster IP has its object as long as its Service has it; others' objects stay", async () => {
  const clock = new FakeClock();
  const api = new FakeApi({ clock });
  using _ = keepServiceAddresses({ transport: api, clock, random: seededRandom(1), log: silentLog });
  const put = async (name: string, ...clusterIPs: string[]) => {
    api.put(Services, { metadata: { name, namespace: "default" }, spec: { clusterIPs } });
    for (let i = 0; i < 20; i++) await clock.step(0);
  };
  const names = () => api.all(IPAddresses).map(({ metadata }) => metadata.name);
  const other = { parentRef: { resource: "things", name: "x" } };
  api.put(IPAddresses, { metadata: { name: "10.96.0.99" }, spec: other });
  await put("web", "10.96.0.7", "fd00::7");
  await put("headless", "None");
  expect(names()).toEqual(["10.96.0.99", "10.96.0.7", "fd00::7"]);
  expect(api.must(IPAddresses, "10.96.0.7")).toMatchObject({
    metadata: { labels: { "ipaddress.kubernetes.io/ip-family": "IPv4", "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io" } },
    spec: { parentRef: { group: "", resource: "services", namespace: "default", name: "web" } },
  });
  expect(api.must(IPAddresses, "fd00::7").metadata.labels!["ipaddress.kubernetes.io/ip-family"]).toBe("IPv6");
  await put("web", "10.96.0.8");
  expect(names()).toEqual(["10.96.0.99", "10.96.0.8"]);
  api.remove(Services, "default/web");
  await put("next", "10.96.0.8");
  expect(api.must(IPAddresses, "10.96.0.8").spec.parentRef.name).toBe("next");
  api.remove(IPAddresses, "10.96.0.8");
  await put("more", "10.96.0.9");
  expect(names().sort()).toEqual(["10.96.0.8", "10.96.0.9", "10.96.0.99"]);
});
