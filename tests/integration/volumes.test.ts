import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kubectlOn, kubectls } from "../support/kubectl.ts";
import { type RunningWherry, startWherry } from "../support/wherry.ts";

// Volumes end to end, with kubectl and real containers.

const image = "busybox:1.36";
const [path] = kubectls() as [string];
let cluster: RunningWherry;
let kubectl: ReturnType<typeof kubectlOn>;
let disk: string;

beforeAll(async () => {
  disk = mkdtempSync(join(tmpdir(), "wherry-disk-"));
  cluster = await startWherry();
  kubectl = kubectlOn(path, cluster.kubeconfig);
}, 60_000);

afterAll(async () => {
  await cluster?.destroy();
  rmSync(disk, { recursive: true, force: true });
}, 60_000);

/** Output of a command that must succeed. */
function say(line: string, input?: string): string {
  const { code, stdout, stderr } = kubectl(line.split(" "), input === undefined ? {} : { input });
  expect(code, `kubectl ${line}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

const apply = (...objects: object[]) => say("apply -f -", JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));

/** Waits for pods that a controller makes anew: it may not have noticed yet that they are gone. */
function awaitPods(...names: string[]): void {
  for (const name of names) {
    say(`wait --for=create pod/${name} --timeout=60s`);
    say(`wait --for=condition=Ready pod/${name} --timeout=60s`);
  }
}

const sh = (pod: string, command: string): string => {
  const { code, stdout, stderr } = kubectl(["exec", pod, "--", "sh", "-c", command]);
  expect(code, `${command}\n${stderr}`).toBe(0);
  return stdout;
};

const sleeper = (volumeMounts: object[]) => ({ name: "main", image, command: ["sleep", "infinity"], volumeMounts });

const pod = (name: string, volumes: object[], mounts: object[], spec: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { terminationGracePeriodSeconds: 0, containers: [sleeper(mounts)], volumes, ...spec },
});

const claim = (name: string, spec: object = {}) => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
});

const folders = () => readdirSync(join(cluster.dataDir, "volumes"));

const eventsOf = (kind: string, name: string) =>
  say(
    `get events --field-selector involvedObject.kind=${kind},involvedObject.name=${name} -o jsonpath={range.items[*]}{.type}{"\\t"}{.reason}{"\\t"}{.message}{"\\n"}{end}`,
  );

test("the data of a StatefulSet outlives its pods, and a killed engine; it goes with the claim", async () => {
  expect(say("get storageclass standard")).toMatch(/standard \(default\) +wherry\.dev\/local +Delete +WaitForFirstConsumer +true/);
  apply({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "db" },
    spec: {
      serviceName: "db",
      replicas: 2,
      selector: { matchLabels: { app: "db" } },
      template: {
        metadata: { labels: { app: "db" } },
        spec: { terminationGracePeriodSeconds: 0, containers: [sleeper([{ name: "data", mountPath: "/data" }])] },
      },
      volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim("data").spec }],
    },
  });
  say("rollout status statefulset/db --timeout=90s");
  expect(say("get pvc").match(/data-db-\d +Bound +pvc-\S+ +1Gi +RWO +standard/g)).toHaveLength(2);
  sh("db-0", "echo first > /data/who");
  sh("db-1", "echo second > /data/who");

  say("delete pod db-0 db-1");
  awaitPods("db-0", "db-1");
  expect([sh("db-0", "cat /data/who"), sh("db-1", "cat /data/who")]).toEqual(["first\n", "second\n"]);

  await cluster.kill("SIGKILL");
  cluster = await startWherry({ dataDir: cluster.dataDir });
  kubectl = kubectlOn(path, cluster.kubeconfig);
  say("delete pod db-0");
  awaitPods("db-0");
  expect(sh("db-0", "cat /data/who")).toBe("first\n");

  for (const reason of ["Provisioning", "ExternalProvisioning", "ProvisioningSucceeded"])
    expect(eventsOf("PersistentVolumeClaim", "data-db-0")).toContain(`Normal\t${reason}\t`);
  // The scheduler waits for the claim, so no kubelet has to.
  expect(eventsOf("Pod", "db-0")).not.toContain("FailedMount");
  say("delete statefulset db");
  say("wait --for=delete pod/db-0 pod/db-1 --timeout=30s");
  expect(folders()).toHaveLength(2);
  say("delete pvc data-db-0 data-db-1");
  say("wait --for=delete pv --all --timeout=30s");
  expect(folders()).toEqual([]);
}, 240_000);

test("an ephemeral volume lives as long as its pod, and is writable for the pod's group", () => {
  apply(
    pod("e", [{ name: "v", ephemeral: { volumeClaimTemplate: { spec: claim("x").spec } } }], [{ name: "v", mountPath: "/data" }], {
      securityContext: { runAsUser: 1000, fsGroup: 2000 },
    }),
  );
  say("wait --for=condition=Ready pod/e --timeout=60s");
  sh("e", "echo x > /data/file");
  expect(sh("e", "stat -c %g /data /data/file")).toBe("2000\n2000\n");
  expect(say("get pvc e-v -o jsonpath={.metadata.ownerReferences[0].kind}/{.metadata.ownerReferences[0].name}")).toBe("Pod/e");
  say("delete pod e");
  say("wait --for=delete pvc/e-v --timeout=30s");
  say("wait --for=delete pv --all --timeout=30s");
  expect(folders()).toEqual([]);
});

test("a volume with the policy Retain keeps its data when it is released, and serves again once it is freed", () => {
  const kept = {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "kept" },
    spec: {
      capacity: { storage: "2Gi" },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      storageClassName: "manual",
      hostPath: { path: join(disk, "kept"), type: "DirectoryOrCreate" },
    },
  };
  const user = (name: string) => pod(name, [{ name: "v", persistentVolumeClaim: { claimName: "c" } }], [{ name: "v", mountPath: "/data" }]);
  apply(kept, claim("c", { storageClassName: "manual" }), user("one"));
  say("wait --for=condition=Ready pod/one --timeout=60s");
  sh("one", "echo precious > /data/file");
  say("delete pod/one pvc/c");
  say("wait --for=jsonpath={.status.phase}=Released pv/kept --timeout=30s");
  expect(readFileSync(join(disk, "kept/file"), "utf8")).toBe("precious\n");

  say('patch pv kept --type=json -p=[{"op":"remove","path":"/spec/claimRef"}]');
  say("wait --for=jsonpath={.status.phase}=Available pv/kept --timeout=30s");
  apply(claim("c", { storageClassName: "manual" }), user("two"));
  say("wait --for=condition=Ready pod/two --timeout=60s");
  expect(sh("two", "cat /data/file")).toBe("precious\n");
  say("delete pod/two pvc/c pv/kept");
});

test("a claim grows where its class allows it", () => {
  apply(claim("g"), pod("g", [{ name: "v", persistentVolumeClaim: { claimName: "g" } }], [{ name: "v", mountPath: "/data" }]));
  say("wait --for=condition=Ready pod/g --timeout=60s");
  say('patch pvc g -p={"spec":{"resources":{"requests":{"storage":"3Gi"}}}}');
  say("wait --for=jsonpath={.status.capacity.storage}=3Gi pvc/g --timeout=30s");
  const volume = say("get pvc g -o jsonpath={.spec.volumeName}");
  expect(say(`get pv ${volume} -o jsonpath={.spec.capacity.storage}`)).toBe("3Gi");
  expect(eventsOf("PersistentVolumeClaim", "g")).toContain("Normal\tVolumeResizeSuccessful\tExpandVolume succeeded for volume default/g");

  say('patch storageclass standard -p={"allowVolumeExpansion":false}');
  const refused = kubectl(["patch", "pvc", "g", '-p={"spec":{"resources":{"requests":{"storage":"4Gi"}}}}']);
  expect(refused.stderr).toContain(
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
  );
  say('patch storageclass standard -p={"allowVolumeExpansion":true}');
  say("delete pod/g pvc/g");
});

test("a pod waits for its claim with a FailedMount event, then runs; parts of the volume are mounted, and read-only ones stay as they are", () => {
  mkdirSync(join(disk, "late/part"), { recursive: true });
  writeFileSync(join(disk, "late/part/file"), "inside");
  const mounts = [
    { name: "v", mountPath: "/part", subPath: "part" },
    { name: "v", mountPath: "/all", readOnly: true },
  ];
  // Not by way of the scheduler, which would wait itself.
  apply(
    claim("late", { storageClassName: "manual" }),
    pod("late", [{ name: "v", persistentVolumeClaim: { claimName: "late" } }], mounts, { nodeName: "wherry" }),
  );
  say("wait --for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=ContainerCreating pod/late --timeout=30s");
  apply({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "late" },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      storageClassName: "manual",
      local: { path: join(disk, "late") },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["wherry"] }] }] },
      },
    },
  });
  say("wait --for=condition=Ready pod/late --timeout=90s");
  expect(eventsOf("Pod", "late")).toContain("error processing PVC default/late: PVC is not bound");
  expect(sh("late", "cat /part/file /all/part/file")).toBe("insideinside");
  expect(kubectl(["exec", "late", "--", "touch", "/all/new"]).stderr).toContain("Read-only file system");
  sh("late", "touch /part/new");
  expect(existsSync(join(disk, "late/part/new"))).toBe(true);
  say("delete pod/late pvc/late pv/late");
});
