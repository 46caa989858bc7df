import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Deployment, Job, Pod, StatefulSet } from "../../../shared/kubernetes/types.ts";
import { emptyCluster, object, paths, pod, refusalOf, template, workload } from "./objects.testing.ts";
import type { Writes } from "./writes.testing.ts";

/** A cluster with one object. */
async function having(path: string, body: KubeObject): Promise<Writes> {
  const writes = await emptyCluster();
  await writes.create({ path, body });
  return writes;
}

describe("Deployments", () => {
  const path = `${paths.deployments}/web`;
  const create = () => having(paths.deployments, workload("apps/v1", "Deployment", "web"));

  test("generation counts changes of the spec", async () => {
    const writes = await create();
    const labelled = await writes.update<Deployment>(path, ({ metadata }) => {
      metadata.labels = { tier: "front" };
    });
    expect(labelled.metadata.generation).toBe(1);
    const scaled = await writes.update<Deployment>(path, ({ spec }) => {
      spec.replicas = 3;
    });
    expect(scaled.metadata.generation).toBe(2);
  });

  test("status has its own door", async () => {
    const writes = await create();
    const change = (deployment: Deployment): void => {
      deployment.spec.replicas = 9;
      deployment.status = { replicas: 1, observedGeneration: 1 };
    };
    expect((await writes.update<Deployment>(path, change)).status).toEqual({});
    const { spec, status } = await writes.update<Deployment>(path, change, "status");
    expect(status).toMatchObject({ replicas: 1 });
    expect(spec.replicas).toBe(9);
  });

  test("status can't lie about its counts", async () => {
    const writes = await create();
    const refusal = await refusalOf(
      writes.update<Deployment>(
        path,
        (deployment) => {
          deployment.status = { replicas: 1, readyReplicas: 2 };
        },
        "status",
      ),
    );
    expect(refusal).toBe('Deployment.apps "web" is invalid: status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas');
  });

  test("the selector stays", async () => {
    const writes = await create();
    const refusal = await refusalOf(
      writes.update<Deployment>(path, ({ spec }) => {
        spec.selector = { matchLabels: { app: "other" } };
        spec.template.metadata!.labels = { app: "other" };
      }),
    );
    expect(refusal).toBe('Deployment.apps "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable');
  });

  test("odd names and templates are warned about once", async () => {
    const writes = await having(
      paths.deployments,
      workload("apps/v1", "Deployment", "web.front", { template: template("web.front", { nodeSelector: { "beta.kubernetes.io/os": "linux" } }) }),
    );
    expect(writes.warnings).toEqual([
      expect.stringMatching(/^metadata\.name: this is used in Pod names and hostnames/),
      'spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    ]);
    await writes.update<Deployment>(`${paths.deployments}/web.front`, ({ metadata }) => {
      metadata.annotations = { note: "x" };
    });
    expect(writes.warnings).toHaveLength(2);
  });
});

describe("Pods", () => {
  const path = `${paths.pods}/web`;
  const create = (spec = {}) => having(paths.pods, pod("web", spec));

  test("the image may change", async () => {
    const writes = await create();
    const changed = await writes.update<Pod>(path, ({ spec }) => {
      spec!.containers[0]!.image = "nginx:1.28";
    });
    expect(changed.spec!.containers[0]!.image).toBe("nginx:1.28");
    expect(changed.metadata.generation).toBe(2);
  });

  test("little else may", async () => {
    const writes = await create();
    const refusal = await refusalOf(
      writes.update<Pod>(path, ({ spec }) => {
        spec!.dnsPolicy = "Default";
      }),
    );
    expect(refusal).toContain("pod updates may not change fields other than `spec.containers[*].image`");
    const added = writes.update<Pod>(path, ({ spec }) => {
      spec!.containers.push({ name: "more", image: "busybox" });
    });
    expect(await refusalOf(added)).toContain("pod updates may not add or remove containers");
  });

  test("tolerations are only added", async () => {
    const writes = await create();
    const changed = await writes.update<Pod>(path, ({ spec }) => {
      spec!.tolerations!.push({ key: "a", operator: "Exists" });
    });
    expect(changed.spec!.tolerations).toHaveLength(3);
    const removed = writes.update<Pod>(path, ({ spec }) => {
      spec!.tolerations!.pop();
    });
    expect(await refusalOf(removed)).toContain("existing toleration can not be modified except its tolerationSeconds");
  });

  test("ephemeral containers come through their subresource", async () => {
    const writes = await create();
    const debug = { name: "debug", image: "busybox", targetContainerName: "app" };
    const changed = await writes.update<Pod>(path, ({ spec }) => void (spec!.ephemeralContainers = [debug]), "ephemeralcontainers");
    expect(changed.spec!.ephemeralContainers).toMatchObject([debug]);
    const removed = writes.update<Pod>(path, ({ spec }) => void delete spec!.ephemeralContainers, "ephemeralcontainers");
    expect(await refusalOf(removed)).toContain('existing ephemeral containers "debug" may not be removed');
  });

  test("resize changes cpu and memory, not the quality of service", async () => {
    const writes = await create({ containers: [{ name: "app", image: "nginx", resources: { requests: { cpu: "100m" } } }] });
    const request = (requests: Record<string, string>, limits?: Record<string, string>) =>
      writes.update<Pod>(path, ({ spec }) => void (spec!.containers[0]!.resources = limits ? { requests, limits } : { requests }), "resize");
    expect((await request({ cpu: "200m" })).spec!.containers[0]!.resources).toEqual({ requests: { cpu: "200m" } });
    expect(await refusalOf(request({ cpu: "1", memory: "1Gi" }, { cpu: "1", memory: "1Gi" }))).toContain(
      "Pod QOS Class may not change as a result of resizing",
    );
  });
});

describe("StatefulSets", () => {
  test("only some fields may change", async () => {
    const writes = await having(paths.statefulSets, workload("apps/v1", "StatefulSet", "db", { serviceName: "db" }));
    const scaled = await writes.update<StatefulSet>(`${paths.statefulSets}/db`, ({ spec }) => void (spec.replicas = 3));
    expect(scaled.spec.replicas).toBe(3);
    const moved = writes.update<StatefulSet>(`${paths.statefulSets}/db`, ({ spec }) => void (spec.serviceName = "other"));
    expect(await refusalOf(moved)).toContain("updates to statefulset spec for fields other than 'replicas'");
  });
});

describe("Jobs", () => {
  const body = object("batch/v1", "Job", "sum", { spec: { template: template("sum", { restartPolicy: "Never" }) } });

  test("template, selector and completions stay", async () => {
    const writes = await having(paths.jobs, body);
    const change = (edit: (job: Job) => void) => refusalOf(writes.update<Job>(`${paths.jobs}/sum`, edit));
    expect(await change(({ spec }) => void (spec!.parallelism = 4))).toBeUndefined();
    expect(await change(({ spec }) => void (spec!.completions = 4))).toContain("spec.completions: Invalid value: 4: field is immutable");
    expect(await change(({ spec }) => void (spec!.template.spec!.containers[0]!.image = "busybox"))).toContain("spec.template: Invalid value");
  });

  test("pods are told apart by the Job's uid", async () => {
    const writes = await emptyCluster();
    const job = (await writes.create({ path: paths.jobs, body })) as Job;
    expect(job.spec!.selector).toEqual({ matchLabels: { "batch.kubernetes.io/controller-uid": job.metadata.uid } });
    expect(job.spec!.template.metadata!.labels).toMatchObject({ "batch.kubernetes.io/job-name": "sum", "job-name": "sum", app: "sum" });
  });
});

describe("metadata", () => {
  const path = "/api/v1/namespaces/default/configmaps";

  test("what the server gave can't change", async () => {
    const writes = await having(path, object("v1", "ConfigMap", "c"));
    const renamed = writes.update(`${path}/c`, ({ metadata }) => void (metadata.uid = "11111111-0000-4000-8000-000000000000"));
    expect(await refusalOf(renamed)).toContain("metadata.uid: Invalid value");
  });

  test("immutable ConfigMaps are", async () => {
    const writes = await having(path, object("v1", "ConfigMap", "c", { data: { a: "1" }, immutable: true }));
    const changed = writes.update(`${path}/c`, (map) => Object.assign(map, { data: { a: "2" } }));
    expect(await refusalOf(changed)).toBe('ConfigMap "c" is invalid: data: Forbidden: field is immutable when `immutable` is set');
  });
});
