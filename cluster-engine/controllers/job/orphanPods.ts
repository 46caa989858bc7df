import type { Job, Pod } from "../../../shared/kubernetes/types.ts";
import { Jobs, Pods } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { controllerOf, dependants } from "../owners.ts";
import { loopOptions, type ControllerContext } from "../types.ts";
import { isTracked, trackingFinalizer } from "./pods.ts";

const keyOf = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;

/** Lets pods go whose Job is gone: nobody counts them any more. */
export function releaseOrphans(context: ControllerContext, jobs: Informer<Job>, pods: Informer<Pod>): Disposable {
  return runReconciler({
    ...loopOptions(context),
    name: "job-orphan-pods",
    sources: [
      source(pods, (pod) => (isTracked(pod) && !jobOf(pod, jobs) ? [keyOf(pod)] : [])),
      source(jobs, (job) => (jobs.get(job.metadata) ? [] : dependants(pods, job).map(keyOf))),
    ],
    async reconcile(key, { client }) {
      const pod = pods.get(key);
      if (!pod || !isTracked(pod) || jobOf(pod, jobs)) return;
      // The cache may be behind: pods of a new Job must stay tracked.
      if (await jobExists(client, pod)) return;
      await release(client, pod);
    },
  });
}

function jobOf(pod: Pod, jobs: Informer<Job>): Job | undefined {
  const reference = controllerOf(pod);
  const job = reference?.kind === "Job" ? jobs.get({ namespace: pod.metadata.namespace, name: reference.name }) : undefined;
  return job?.metadata.uid === reference?.uid ? job : undefined;
}

async function jobExists(client: Client, pod: Pod): Promise<boolean> {
  const reference = controllerOf(pod);
  if (reference?.kind !== "Job") return false;
  try {
    const job = await client.resource(Jobs).get({ namespace: pod.metadata.namespace, name: reference.name });
    return job.metadata.uid === reference.uid;
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
    return false;
  }
}

/** Takes the Job's hold off a pod. */
export async function release(client: Client, pod: Pod): Promise<void> {
  if (!isTracked(pod)) return;
  const finalizers = pod.metadata.finalizers!.filter((each) => each !== trackingFinalizer);
  const { uid, resourceVersion } = pod.metadata;
  try {
    await client
      .resource(Pods)
      .patch(pod.metadata, { metadata: { uid, resourceVersion, finalizers: finalizers.length > 0 ? finalizers : null } }, { type: "merge" });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}
