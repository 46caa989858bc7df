import { beforeEach, expect, test } from "vitest";
import type { Deployment } from "../../../shared/kubernetes/types.ts";
import { Deployments } from "../../api/resources.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { replicaSetController } from "../replicaSet/controller.ts";
import { deploymentController } from "./controller.ts";

const labels = { app: "web" };
const key = "default/web";

let cluster: FakeCluster;
let made: Deployment;

const change = async (edit: (draft: Deployment) => void) => {
  cluster.api.change(Deployments, key, edit);
  await cluster.untilStable();
};

const ask = (revision: string) =>
  change((draft) => (draft.metadata.annotations = { ...draft.metadata.annotations, "deprecated.deployment.rollback.to": revision }));

beforeEach(async () => {
  cluster = new FakeCluster();
  await cluster.start(deploymentController, replicaSetController);
  made = cluster.api.put(Deployments, {
    metadata: { name: "web", namespace: "default", annotations: { change: "1" } },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "web:1" }] } },
    },
  });
  await cluster.untilStable();
  for (const version of ["2", "3"])
    await change((draft) => {
      draft.spec.template.spec!.containers[0]!.image = `web:${version}`;
      draft.metadata.annotations!["change"] = version;
    });
});

test.each([
  ["0", "2", "4", 'Normal DeploymentRollback Rolled back deployment "web" to revision 2'],
  ["1", "1", "4", 'Normal DeploymentRollback Rolled back deployment "web" to revision 1'],
  ["3", "3", "3", 'Warning DeploymentRollbackTemplateUnchanged The rollback revision contains the same template as current deployment "web"'],
  ["9", "3", "3", "Warning DeploymentRollbackRevisionNotFound Unable to find the revision to rollback to."],
])("a rollback to revision %s", async (revision, version, current, event) => {
  await ask(revision);
  const { metadata, spec } = cluster.api.must(Deployments, key);
  expect(spec.template.spec!.containers[0]!.image).toBe(`web:${version}`);
  expect(spec.template.metadata!.labels).toEqual(labels);
  expect(metadata.annotations).toEqual({ change: version, "deployment.kubernetes.io/revision": current });
  expect(cluster.eventsOf(made)).toContain(event);
});

test("a paused Deployment goes back once it is resumed", async () => {
  await change((draft) => (draft.spec.paused = true));
  await ask("1");
  expect(cluster.api.must(Deployments, key).spec.template.spec!.containers[0]!.image).toBe("web:3");
  await change((draft) => (draft.spec.paused = false));
  expect(cluster.api.must(Deployments, key).spec.template.spec!.containers[0]!.image).toBe("web:1");
});
