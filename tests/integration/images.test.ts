import { afterAll, beforeAll, expect, test } from "vitest";
import { connectCluster } from "../../cluster-engine/connect.ts";
import { Events, Pods, Secrets } from "../../cluster-engine/api/resources.ts";
import type { Client } from "../../cluster-engine/client/types.ts";
import type { Container, Pod } from "../../shared/kubernetes/types.ts";
import { eventually, run } from "../support/machine.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type RunningWherry, startWherry } from "../support/wherry.ts";

// imagePullPolicy and registries, as Kubernetes defines them.

const credentials = { username: "reader", password: "open-sesame" };
const image = "busybox:1.36";
let cluster: RunningWherry;
let api: Client;
let open: Registry;
let closed: Registry;

beforeAll(async () => {
  [cluster, open, closed] = await Promise.all([startWherry(), startRegistry({ port: 5101 }), startRegistry({ port: 5102, credentials })]);
  api = connectCluster(cluster.kubeconfig);
  const auth = { auths: { [closed.address]: credentials } };
  await api.resource(Secrets).create({
    metadata: { namespace: "default", name: "login" },
    type: "kubernetes.io/dockerconfigjson",
    stringData: { ".dockerconfigjson": JSON.stringify(auth) },
  });
});
afterAll(async () => {
  await cluster?.destroy();
  await open?.stop();
  await closed?.stop();
});

async function runPod(name: string, container: Partial<Container>, spec: Partial<Pod["spec"]> = {}): Promise<void> {
  const containers = [{ name: "main", command: ["sleep", "3600"], ...container }] as Container[];
  await api
    .resource(Pods)
    .create({ metadata: { namespace: "default", name }, spec: { containers, terminationGracePeriodSeconds: 0, ...spec } as Pod["spec"] });
}

const podOf = (name: string) => api.resource(Pods).get({ namespace: "default", name });
const isRunning = (name: string) => eventually(async () => (await podOf(name)).status?.phase === "Running", 30_000);
const waits = (name: string, reason: string) =>
  eventually(async () => (await podOf(name)).status?.containerStatuses?.[0]?.state?.waiting?.reason === reason, 60_000);
const messages = async (name: string) =>
  (await api.resource(Events).list("default", { fieldSelector: `involvedObject.name=${name}` })).items.map(
    (event) => `${event.reason}: ${event.message}`,
  );

test("a present image with IfNotPresent is not pulled", async () => {
  await runPod("present", { image, imagePullPolicy: "IfNotPresent" });
  expect(await isRunning("present")).toBe(true);
  expect(await messages("present")).toContainEqual(`Pulled: Container image "${image}" already present on machine and can be accessed by the pod`);
});

test("an absent image is pulled from its registry", async () => {
  const name = open.push(image, "tools/box:1");
  await runPod("pulled", { image: name, imagePullPolicy: "Always" });
  expect(await isRunning("pulled")).toBe(true);
  expect(await messages("pulled")).toContainEqual(expect.stringMatching(/^Pulled: Successfully pulled image "127\.0\.0\.1:5101\/tools\/box:1" in /));
});

test("a registry with a password opens to the pod's imagePullSecrets, and to nothing else", async () => {
  const name = closed.push(image, "private/box:1");
  await runPod("refused", { image: name });
  expect(await waits("refused", "ImagePullBackOff")).toBe(true);
  expect(await messages("refused")).toEqual(expect.arrayContaining(["Failed: Error: ErrImagePull", "Failed: Error: ImagePullBackOff"]));
  expect(
    (await messages("refused")).some((text) =>
      /^Failed: Failed to pull image .*(no basic auth credentials|unauthorized|authentication required)/.test(text),
    ),
  ).toBe(true);
  await runPod("admitted", { image: name }, { imagePullSecrets: [{ name: "login" }] });
  expect(await isRunning("admitted")).toBe(true);
  run("/usr/bin/docker", ["image", "inspect", name]);
});

test("an absent image with Never is an error of its own", async () => {
  await runPod("never", { image: "nobody/has-this:1", imagePullPolicy: "Never" });
  expect(await waits("never", "ErrImageNeverPull")).toBe(true);
});
