import { X509Certificate } from "node:crypto";
import type { CertificateSigningRequest } from "../../../shared/kubernetes/types.ts";
import { CertificateSigningRequests } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import { loopOptions, type Controller } from "../types.ts";
import { conditionOf } from "./types.ts";

const hour = 3_600_000;
const decidedExpiration = hour;
const pendingExpiration = 24 * hour;

/** Deletes requests that are long decided, that nobody decides, or whose certificate has ended. */
export const certificateCleaner: Controller = {
  name: "certificatesigningrequest-cleaner-controller",
  account: "certificate-controller",
  start(context) {
    const requests = context.informers.of(CertificateSigningRequests);
    return runReconciler({
      ...loopOptions(context),
      name: "certificate-cleaner",
      workers: 1,
      sources: [source(requests)],
      async reconcile(name, { client }) {
        const request = requests.get(name);
        if (!request) return;
        if (!isOverdue(request, context.clock.now())) return { requeueAfter: hour };
        try {
          await client.resource(CertificateSigningRequests).delete(request.metadata);
        } catch (error) {
          if (!hasReason(error, "NotFound")) throw error;
        }
      },
    });
  },
};

/** Whether a request has had its time; `now` in ms since the epoch. */
export function isOverdue(request: CertificateSigningRequest, now: number): boolean {
  const { certificate, conditions = [] } = request.status ?? {};
  const older = (time: string | undefined, limit: number) => time !== undefined && now - Date.parse(time) > limit;
  const since = (type: string) => conditionOf(request, type)?.lastUpdateTime;
  if (conditions.length === 0) return older(request.metadata.creationTimestamp, pendingExpiration);
  if (older(since("Denied"), decidedExpiration) || older(since("Failed"), decidedExpiration)) return true;
  if (!certificate) return older(since("Approved"), pendingExpiration);
  return older(since("Approved"), decidedExpiration) || (conditionOf(request, "Approved") !== undefined && hasEnded(certificate, now));
}

function hasEnded(certificate: string, now: number): boolean {
  try {
    return Date.parse(new X509Certificate(Buffer.from(certificate, "base64")).validTo) < now;
  } catch {
    return false;
  }
}
