import { expect, test } from "vitest";
import { ConfigMaps, Secrets } from "../../api/resources.ts";
import { rfc3339 } from "../../base/clock.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { tokenCleaner } from "./cleaner.ts";
import { bootstrapSigner, detachedSignature } from "./signer.ts";

async function start() {
  const cluster = new FakeCluster();
  await cluster.start(bootstrapSigner, tokenCleaner);
  const putToken = async (id: string, change: Record<string, string> = {}, name = `bootstrap-token-${id}`) => {
    const data = { "token-id": id, "token-secret": "0123456789abcdef", "usage-bootstrap-signing": "true", ...change };
    cluster.api.put(Secrets, {
      metadata: { name, namespace: "kube-system" },
      type: "bootstrap.kubernetes.io/token",
      data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")])),
    });
    await cluster.settle();
  };
  const putInfo = async (kubeconfig: string) => {
    const old = cluster.api.get(ConfigMaps, "kube-public/cluster-info")?.data;
    cluster.api.put(ConfigMaps, { metadata: { name: "cluster-info", namespace: "kube-public" }, data: { ...old, kubeconfig } });
    await cluster.settle();
  };
  const info = () => cluster.api.must(ConfigMaps, "kube-public/cluster-info").data;
  return { cluster, putToken, putInfo, info };
}

test("a signature is a JWS without its content", () => {
  // From RFC 7515's algorithm: HMAC-SHA256 over `header.content`, both in base64url.
  expect(detachedSignature("content", "abcdef", "key")).toBe("eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..XBl1fpBw8naxgJeMFx1QIKPQUakR5Sl2a0QEd7HY4mU");
});

test("cluster-info carries the signatures of the tokens that may sign, and of no others", async () => {
  const { putToken, putInfo, info, cluster } = await start();
  await putInfo("v1");
  expect(info()).toEqual({ kubeconfig: "v1" });
  await putToken("aaaaaa");
  await putToken("bbbbbb", { "usage-bootstrap-signing": "false" });
  await putToken("cccccc", {}, "bootstrap-token-dddddd");
  await putToken("eeeeee", { expiration: rfc3339(cluster.clock.now() - 1000) });
  expect(info()).toEqual({ kubeconfig: "v1", "jws-kubeconfig-aaaaaa": detachedSignature("v1", "aaaaaa", "0123456789abcdef") });
  await putInfo("v2");
  expect(info()!["jws-kubeconfig-aaaaaa"]).toBe(detachedSignature("v2", "aaaaaa", "0123456789abcdef"));
  cluster.api.remove(Secrets, "kube-system/bootstrap-token-aaaaaa");
  await cluster.settle();
  expect(info()).toEqual({ kubeconfig: "v2" });
});

test("a token is deleted when its time is over, and one without an end stays", async () => {
  const { putToken, cluster } = await start();
  await putToken("aaaaaa", { expiration: rfc3339(cluster.clock.now() + 60_000) });
  await putToken("bbbbbb");
  await putToken("cccccc", { expiration: "soon" });
  const names = () => cluster.api.all(Secrets).map(({ metadata }) => metadata.name);
  expect(names()).toEqual(["bootstrap-token-aaaaaa", "bootstrap-token-bbbbbb"]);
  await cluster.step(60_000);
  expect(names()).toEqual(["bootstrap-token-bbbbbb"]);
});
