import type { ActionResult, ObjectRef } from "../../../shared/contract.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Deployment, Node } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { Clusters } from "../clusters/clusters.ts";
import { resourcePath } from "../clusters/discovery.ts";
import { messageOf, ServiceError } from "../errors.ts";
import { deleteObject, getObject, kubectlName, namespaceFlag, patchObject, restoreObject } from "../objects/api.ts";
import type { RequestHandlers } from "../port/types.ts";
import type { Clock } from "../time.ts";
import { dependantsOf } from "./dependants.ts";
import type { Receipts, UndoStep } from "./receipts.ts";
import { findRevision, revisionsOf } from "./rollouts.ts";

type Actions = Pick<RequestHandlers, Extract<keyof RequestHandlers, `actions.${string}`>>;

interface Change {
  title: string;
  kubectl: string;
  /** Makes the change and tells how to take it back. */
  run(cluster: Cluster, object: ObjectRef): Promise<UndoStep["run"] | undefined>;
}

/** Handlers of every `actions.*` request: one change of one or many objects, with its receipt. */
export function actionRequests({ clusters, receipts, clock }: { clusters: Clusters; receipts: Receipts; clock: Clock }): Actions {
  const change = async (id: string, objects: ObjectRef[], { title, kubectl, run }: Change): Promise<ActionResult> => {
    const cluster = clusters.get(id);
    cluster.assertWritable();
    const undo: UndoStep[] = [];
    const failures: ActionResult["failures"] = [];
    for (const object of objects) {
      try {
        const back = await run(cluster, object);
        if (back) undo.push({ object, run: back });
      } catch (error) {
        if (objects.length === 1) throw error;
        failures.push({ object, message: messageOf(error) });
      }
    }
    if (failures.length === objects.length) return { failures };
    return { receipt: receipts.add({ cluster: id, title, kubectl, undo }), failures };
  };

  return {
    "actions.scale": async ({ cluster: id, object, replicas }) => {
      const before = await scaleOf(clusters.get(id), object);
      return change(id, [object], {
        title: `Scaled ${object.name} from ${before} to ${replicas}`,
        kubectl: `kubectl scale ${kubectlName(object)} --replicas=${replicas}${namespaceFlag(object)}`,
        run: async (cluster) => {
          await setScale(cluster, object, replicas);
          return () => setScale(cluster, object, before);
        },
      });
    },
    "actions.restart": ({ cluster, objects }) =>
      change(cluster, objects, {
        title: `Restarted ${named(objects)}`,
        kubectl: `kubectl rollout restart ${objects.map(kubectlName).join(" ")}${namespaceFlag(objects[0]!)}`,
        run: async (target, object) => {
          await patchObject(target, object, {
            spec: { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": new Date(clock.now()).toISOString() } } } },
          });
          return undefined;
        },
      }),
    "actions.delete": ({ cluster, objects, propagation, force }) =>
      change(cluster, objects, {
        title: `Deleted ${named(objects)}`,
        kubectl: `kubectl delete ${objects.map(kubectlName).join(" ")}${namespaceFlag(objects[0]!)}${propagation === "Background" ? "" : ` --cascade=${propagation.toLowerCase()}`}${force ? " --force --grace-period=0" : ""}`,
        run: async (target, object) => {
          const captured = await getObject(target, object);
          await deleteObject(target, object, { propagationPolicy: propagation, ...(force ? { gracePeriodSeconds: 0 } : {}) });
          return isRecreatable(captured) ? () => restoreObject(target, object, captured) : undefined;
        },
      }),
    "actions.dependants": async ({ cluster, objects }) => dependantsOf(clusters.get(cluster), objects),
    "actions.pause": ({ cluster, object, paused }) =>
      change(cluster, [object], {
        title: `${paused ? "Paused" : "Resumed"} ${object.name}`,
        kubectl: `kubectl rollout ${paused ? "pause" : "resume"} ${kubectlName(object)}${namespaceFlag(object)}`,
        run: async (target) => {
          const { spec } = await getObject<Deployment>(target, object);
          await patchObject(target, object, { spec: { paused } });
          return () => patchObject(target, object, { spec: { paused: spec.paused ?? false } });
        },
      }),
    "actions.rollback": async ({ cluster: id, object, revision }) => {
      const wanted = await findRevision(clusters.get(id), object, revision);
      return change(id, [object], {
        title: `Rolled ${object.name} back to revision ${wanted.revision}`,
        kubectl: `kubectl rollout undo ${kubectlName(object)} --to-revision=${wanted.revision}${namespaceFlag(object)}`,
        run: async (target) => {
          const { spec } = await getObject<Deployment>(target, object);
          await replaceTemplate(target, object, wanted.template as { spec: { template: unknown } });
          return () => replaceTemplate(target, object, { spec: { template: spec.template } });
        },
      });
    },
    "actions.revisions": async ({ cluster, object }) =>
      (await revisionsOf(clusters.get(cluster), object)).map(({ revision, at, cause, images, replicas, current }) => ({
        revision,
        at,
        images,
        replicas,
        current,
        ...(cause === undefined ? {} : { cause }),
      })),
    "actions.cordon": ({ cluster, object, unschedulable }) =>
      change(cluster, [object], {
        title: `${unschedulable ? "Cordoned" : "Uncordoned"} ${object.name}`,
        kubectl: `kubectl ${unschedulable ? "cordon" : "uncordon"} ${object.name}`,
        run: async (target) => {
          const { spec } = await getObject<Node>(target, object);
          await patchObject(target, object, { spec: { unschedulable } });
          return () => patchObject(target, object, { spec: { unschedulable: spec?.unschedulable ?? null } });
        },
      }),
    "actions.undo": ({ receipt }) => receipts.undo(receipt),
    "actions.recent": async ({ cluster }) => receipts.of(cluster),
  };
}

const named = (objects: ObjectRef[]): string => (objects.length === 1 ? objects[0]!.name : `${objects.length} objects`);

/** What takes more with it than itself: contents, instances, data, pods. Making it again would only look like an undo. */
const gone = new Set(["Namespace", "CustomResourceDefinition", "PersistentVolumeClaim", "PersistentVolume", "Node"]);

/** Pods that a controller owns come again by themselves. */
const isRecreatable = (object: KubeObject): boolean =>
  !object.metadata.ownerReferences?.some(({ controller }) => controller) && !gone.has(object.kind);

interface Scale {
  spec?: { replicas?: number };
}

async function scaleOf(cluster: Cluster, object: ObjectRef): Promise<number> {
  const scale = await cluster.connection.json<Scale>({ path: resourcePath(object, "scale") });
  if (scale.spec === undefined) throw new ServiceError("not-scalable", `${object.resource} ${object.name} can't be scaled`);
  return scale.spec.replicas ?? 0;
}

const setScale = (cluster: Cluster, object: ObjectRef, replicas: number): Promise<unknown> =>
  patchObject(cluster, object, { spec: { replicas } }, "scale");

/** Replaces the pod template as a whole: a merge would keep what the other revision does not have. */
const replaceTemplate = (cluster: Cluster, object: ObjectRef, { spec }: { spec: { template: unknown } }): Promise<unknown> =>
  cluster.connection.json({
    method: "PATCH",
    path: resourcePath(object),
    query: { fieldManager: "wherry" },
    contentType: "application/json-patch+json",
    body: [{ op: "replace", path: "/spec/template", value: withoutDirective(spec.template) }],
  });

/** ControllerRevisions carry the directive of the patch that they are. */
function withoutDirective(template: unknown): unknown {
  const { $patch: _, ...rest } = template as Record<string, unknown>;
  return rest;
}
