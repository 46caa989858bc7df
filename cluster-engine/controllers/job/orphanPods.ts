import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { Job, Pod } from "../../../shared/kubernetes/types.ts";
import { Jobs } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { controllerOf, dependants } from "../owners.ts";
import { loopOptions, type ControllerContext } from "../types.ts";
import { isTracked, release } from "./pods.ts";

/** Lets pods go whose Job is gone: nobody counts them any more. */
export function releaseOrphans(context: ControllerContext, jobs: Informer<Job>, pods: Informer<Pod>): Disposable {
  return runReconciler({
    ...loopOptions(context),
    name: "job-orphan-pods",
    sources: [
      source(pods, (pod) => (isOrphan(pod, jobs) ? [keyOf(pod.metadata)] : [])),
      source(jobs, (job) => (jobs.get(job.metadata) ? [] : dependants(pods, job).map(({ metadata }) => keyOf(metadata)))),
    ],
    async reconcile(key, { client }) {
      const pod = pods.get(key);
      if (!pod || !isOrphan(pod, jobs)) return;
      // The cache may be behind: pods of a new Job must stay tracked.
      if (!(await jobExists(client, pod))) await release(client, pod);
    },
  });
}

/** Held back for a Job that is not there; what another kind controls is left alone. */
function isOrphan(pod: Pod, jobs: Informer<Job>): boolean {
  if (!isTracked(pod)) return false;
  const reference = controllerOf(pod);
  if (!reference) return true;
  if (reference.kind !== "Job" || reference.apiVersion !== "batch/v1") return false;
  return jobs.get({ namespace: pod.metadata.namespace, name: reference.name })?.metadata.uid !== reference.uid;
}

async function jobExists(client: Client, pod: Pod): Promise<boolean> {
  const reference = controllerOf(pod);
  if (!reference) return false;
  try {
    const job = await client.resource(Jobs).get({ namespace: pod.metadata.namespace, name: reference.name });
    return job.metadata.uid === reference.uid;
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
    return false;
  }
}
