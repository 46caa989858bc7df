import { describe, expect, test } from "vitest";
import type { Pod, ResourceQuota } from "../../../shared/kubernetes/types.ts";
import { emptyCluster, object, paths, pod, refusalOf, service } from "../strategies/objects.testing.ts";
import type { Writes } from "../strategies/writes.testing.ts";

const inDefault = "/api/v1/namespaces/default";
const createPod = (writes: Writes, name = "web", spec = {}, metadata = {}) =>
  writes.create({ path: paths.pods, body: pod(name, spec, metadata) }) as Promise<Pod>;
const container = (resources: object) => ({ containers: [{ name: "app", image: "nginx", resources }] });

describe("NamespaceLifecycle", () => {
  test("nothing is made in a namespace that is not there", async () => {
    const writes = await emptyCluster();
    const refusal = await refusalOf(writes.create({ path: "/api/v1/namespaces/none/configmaps", body: object("v1", "ConfigMap", "c") }));
    expect(refusal).toBe('namespaces "none" not found');
  });

  test("or that is going away", async () => {
    const writes = await emptyCluster();
    await writes.terminate(`${paths.namespaces}/default`);
    expect(await refusalOf(createPod(writes))).toBe(
      'pods "web" is forbidden: unable to create new content in namespace default because it is being terminated',
    );
  });
});

describe("ServiceAccount", () => {
  test("pods get the default account and its token", async () => {
    const { spec } = await createPod(await emptyCluster());
    expect(spec!.serviceAccountName).toBe("default");
    const { name } = spec!.volumes![0]!;
    expect(name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
    expect(spec!.containers[0]!.volumeMounts).toEqual([{ name, readOnly: true, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" }]);
  });

  test("unless the pod or the account doesn't want it", async () => {
    const writes = await emptyCluster();
    await writes.create({
      path: `${inDefault}/serviceaccounts`,
      body: object("v1", "ServiceAccount", "quiet", { automountServiceAccountToken: false }),
    });
    expect((await createPod(writes, "a", { automountServiceAccountToken: false })).spec!.volumes).toBeUndefined();
    expect((await createPod(writes, "b", { serviceAccountName: "quiet" })).spec!.volumes).toBeUndefined();
  });

  test("pull secrets come from the account", async () => {
    const writes = await emptyCluster();
    const account = object("v1", "ServiceAccount", "puller", { imagePullSecrets: [{ name: "registry" }] });
    await writes.create({ path: `${inDefault}/serviceaccounts`, body: account });
    expect((await createPod(writes, "a", { serviceAccountName: "puller" })).spec!.imagePullSecrets).toEqual([{ name: "registry" }]);
  });

  test("an account must exist", async () => {
    expect(await refusalOf(createPod(await emptyCluster(), "web", { serviceAccountName: "x" }))).toBe(
      'pods "web" is forbidden: error looking up service account default/x: serviceaccount "x" not found',
    );
  });
});

describe("LimitRanger", () => {
  const limits = {
    type: "Container",
    default: { memory: "256Mi" },
    defaultRequest: { memory: "128Mi" },
    max: { memory: "512Mi" },
  };
  const cluster = async () => {
    const writes = await emptyCluster();
    await writes.create({ path: `${inDefault}/limitranges`, body: object("v1", "LimitRange", "limits", { spec: { limits: [limits] } }) });
    return writes;
  };

  test("fills in what a container leaves out", async () => {
    const { spec, metadata } = await createPod(await cluster());
    expect(spec!.containers[0]!.resources).toEqual({ limits: { memory: "256Mi" }, requests: { memory: "128Mi" } });
    expect(metadata.annotations).toEqual({
      "kubernetes.io/limit-ranger": "LimitRanger plugin set: memory request for container app; memory limit for container app",
    });
  });

  test("refuses too much", async () => {
    expect(await refusalOf(createPod(await cluster(), "web", container({ limits: { memory: "1Gi" } })))).toBe(
      'pods "web" is forbidden: maximum memory usage per Container is 512Mi, but limit is 1Gi',
    );
  });
});

describe("Priority", () => {
  test("the class gives the number", async () => {
    const writes = await emptyCluster();
    const high = object("scheduling.k8s.io/v1", "PriorityClass", "high", { value: 1000, preemptionPolicy: "Never" });
    await writes.create({ path: "/apis/scheduling.k8s.io/v1/priorityclasses", body: high });
    expect((await createPod(writes, "a", { priorityClassName: "high" })).spec).toMatchObject({ priority: 1000, preemptionPolicy: "Never" });
    expect((await createPod(writes, "b")).spec).toMatchObject({ priority: 0, preemptionPolicy: "PreemptLowerPriority" });
    expect(await refusalOf(createPod(writes, "c", { priorityClassName: "none" }))).toBe(
      'pods "c" is forbidden: no PriorityClass with name none was found',
    );
  });
});

describe("DefaultTolerationSeconds", () => {
  test("pods leave lost nodes after five minutes, unless they say otherwise", async () => {
    const writes = await emptyCluster();
    const mine = { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 7 };
    expect((await createPod(writes, "a", { tolerations: [mine] })).spec!.tolerations).toEqual([
      mine,
      { ...mine, key: "node.kubernetes.io/unreachable", tolerationSeconds: 300 },
    ]);
  });
});

describe("TaintNodesByCondition", () => {
  test("a new node starts not ready", async () => {
    const writes = await emptyCluster();
    const node = await writes.create({ path: "/api/v1/nodes", body: object("v1", "Node", "n1") });
    expect(node).toMatchObject({ spec: { taints: [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }] } });
  });
});

describe("DefaultStorageClass", () => {
  test("claims without a class get the newest default", async () => {
    const writes = await emptyCluster();
    const storageClass = (name: string, standard: boolean) =>
      writes.create({
        path: "/apis/storage.k8s.io/v1/storageclasses",
        body: object("storage.k8s.io/v1", "StorageClass", name, {
          metadata: { annotations: { "storageclass.kubernetes.io/is-default-class": String(standard) } },
          provisioner: "example.com/disk",
        }),
      });
    await storageClass("standard", true);
    await storageClass("other", false);
    const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
    const create = (name: string, more = {}) =>
      writes.create({
        path: `${inDefault}/persistentvolumeclaims`,
        body: object("v1", "PersistentVolumeClaim", name, { spec: { ...spec, ...more } }),
      });
    expect(await create("a")).toMatchObject({ spec: { storageClassName: "standard" }, metadata: { finalizers: ["kubernetes.io/pvc-protection"] } });
    expect(await create("b", { storageClassName: "" })).toMatchObject({ spec: { storageClassName: "" } });
  });
});

describe("ResourceQuota", () => {
  const cluster = async (hard: Record<string, string>, used: Record<string, string>) => {
    const writes = await emptyCluster();
    await writes.create({ path: `${inDefault}/resourcequotas`, body: object("v1", "ResourceQuota", "quota", { spec: { hard } }) });
    const status = (quota: ResourceQuota): void => void (quota.status = { hard, used });
    await writes.update<ResourceQuota>(`${inDefault}/resourcequotas/quota`, status, "status");
    return writes;
  };

  test("counts what was admitted before the status tells of it", async () => {
    const writes = await cluster({ pods: "2" }, { pods: "0" });
    await createPod(writes, "a");
    await createPod(writes, "b");
    expect(await refusalOf(createPod(writes, "c"))).toBe(
      'pods "c" is forbidden: exceeded quota: quota, requested: pods=1, used: pods=2, limited: pods=2',
    );
  });

  test.each([
    [
      "refuses when the status lags behind what is there",
      "2",
      "1",
      'pods "c" is forbidden: exceeded quota: quota, requested: pods=1, used: pods=2, limited: pods=2',
    ],
    ["does not count twice what the status tells of", "3", "2", undefined],
  ])("%s", async (_name, hard, used, refused) => {
    const writes = await cluster({ pods: hard }, { pods: "0" });
    await createPod(writes, "a");
    await createPod(writes, "b");
    const status = (quota: ResourceQuota): void => void (quota.status = { hard: { pods: hard }, used: { pods: used } });
    await writes.update<ResourceQuota>(`${inDefault}/resourcequotas/quota`, status, "status");
    if (refused) expect(await refusalOf(createPod(writes, "c"))).toBe(refused);
    else await createPod(writes, "c");
  });

  test("admits no more when many come at once while the status has just been counted", async () => {
    const writes = await cluster({ pods: "4" }, { pods: "0" });
    await createPod(writes, "a");
    await createPod(writes, "b");
    const status = (quota: ResourceQuota): void => void (quota.status = { hard: { pods: "4" }, used: { pods: "2" } });
    await writes.update<ResourceQuota>(`${inDefault}/resourcequotas/quota`, status, "status");
    const results = await Promise.allSettled(["c", "d", "e", "f"].map((name) => createPod(writes, name)));
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(2);
  });

  test("a quota on requests wants requests", async () => {
    const writes = await cluster({ "requests.cpu": "1" }, { "requests.cpu": "800m" });
    expect(await refusalOf(createPod(writes, "a"))).toBe('pods "a" is forbidden: failed quota: quota: must specify requests.cpu for: app');
    expect(await refusalOf(createPod(writes, "b", container({ requests: { cpu: "300m" } })))).toBe(
      'pods "b" is forbidden: exceeded quota: quota, requested: requests.cpu=300m, used: requests.cpu=800m, limited: requests.cpu=1',
    );
    await createPod(writes, "c", container({ requests: { cpu: "200m" } }));
  });

  test("node ports are counted", async () => {
    const writes = await cluster({ "services.nodeports": "0" }, { "services.nodeports": "0" });
    await writes.create({ path: paths.services, body: service("a") });
    expect(await refusalOf(writes.create({ path: paths.services, body: service("b", { type: "NodePort" }) }))).toContain(
      "exceeded quota: quota, requested: services.nodeports=1",
    );
  });
});

describe("PodSecurity", () => {
  test("the namespace's level holds", async () => {
    const writes = await emptyCluster();
    const labels = { "pod-security.kubernetes.io/enforce": "baseline", "pod-security.kubernetes.io/warn": "restricted" };
    await writes.update(`${paths.namespaces}/default`, ({ metadata }) => void (metadata.labels = { ...metadata.labels, ...labels }));
    expect(await refusalOf(createPod(writes, "a", { hostNetwork: true }))).toBe(
      'pods "a" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    );
    await createPod(writes, "b");
    expect(writes.warnings[0]).toContain('would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false');
  });
});

describe("NodeRestriction", () => {
  const node = { username: "system:node:n1", groups: ["system:nodes", "system:authenticated"] };

  test("a kubelet reports on its own node and pods only", async () => {
    const writes = await emptyCluster();
    for (const name of ["n1", "n2"]) await writes.create({ path: "/api/v1/nodes", body: object("v1", "Node", name) });
    await createPod(writes, "mine", { nodeName: "n1" });
    await createPod(writes, "other", { nodeName: "n2" });
    writes.user = node;
    const report = (name: string) =>
      refusalOf(writes.update<Pod>(`${paths.pods}/${name}`, (found) => void (found.status!.phase = "Running"), "status"));
    expect(await report("mine")).toBeUndefined();
    expect(await report("other")).toBe('pods "other" is forbidden: node "n1" can only update pod status for pods with spec.nodeName set to itself');
    const heartbeat = (name: string) => refusalOf(writes.update(`/api/v1/nodes/${name}`, () => {}, "status"));
    expect(await heartbeat("n1")).toBeUndefined();
    expect(await heartbeat("n2")).toContain('node "n1" is not allowed to modify node "n2"');
  });
});
