import { Jobs } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import { loopOptions, type Controller } from "../types.ts";

/** Deletes finished Jobs after `ttlSecondsAfterFinished`. */
export const ttlAfterFinishedController: Controller = {
  name: "ttl-after-finished-controller",
  account: "ttl-after-finished-controller",
  start(context) {
    const jobs = context.informers.of(Jobs);
    return runReconciler({
      ...loopOptions(context),
      name: "ttl-after-finished",
      sources: [source(jobs)],
      async reconcile(key, { client }) {
        const job = jobs.get(key);
        const ttl = job?.spec?.ttlSecondsAfterFinished;
        const end = job?.status?.conditions?.find(({ type, status }) => (type === "Complete" || type === "Failed") && status === "True");
        if (!job || job.metadata.deletionTimestamp || ttl === undefined || !end) return;
        const wait = Date.parse(end.lastTransitionTime ?? "") + ttl * 1000 - context.clock.now();
        if (wait > 0) return { requeueAfter: wait };
        const { uid, resourceVersion } = job.metadata;
        const gone = (error: unknown) => {
          if (!hasReason(error, "NotFound")) throw error;
        };
        await client.resource(Jobs).delete(job.metadata, { propagationPolicy: "Foreground", preconditions: { uid, resourceVersion } }).catch(gone);
      },
    });
  },
};
