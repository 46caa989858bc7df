import type { CertificateSigningRequest, CertificateSigningRequestCondition } from "../../../shared/kubernetes/types.ts";
import { CertificateSigningRequests } from "../../api/resources.ts";
import { rfc3339 } from "../../base/clock.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import { messageOf } from "../podControl.ts";
import { loopOptions, type Controller } from "../types.ts";
import { signers } from "./signers.ts";
import { conditionOf, requestOf } from "./types.ts";

// Seconds: a year (--cluster-signing-duration), and the least that is given to anybody.
const longest = 365 * 86_400;
const shortest = 600;

/** Signs approved requests for Kubernetes' own signers with the cluster's CA; what must not be signed fails with the reason. */
export const certificateSigningController: Controller = {
  name: "certificatesigningrequest-signing-controller",
  account: "certificate-controller",
  start(context) {
    const requests = context.informers.of(CertificateSigningRequests);
    const authority = context.inputs.certificates;
    return runReconciler({
      ...loopOptions(context),
      name: "certificate-signing",
      baseDelay: 200,
      maxDelay: 1_000_000,
      sources: [source(requests)],
      async reconcile(name, { client }) {
        const request = requests.get(name);
        const check = request && signers[request.spec.signerName];
        if (!request || !check || !authority || !isDue(request)) return;
        const { usages = [], expirationSeconds } = request.spec;
        const pem = requestOf(request);
        const subject = await authority.read(pem).catch((error: unknown) => {
          throw new Error(`unable to parse csr "${name}": ${messageOf(error)}`, { cause: error });
        });
        const fault = check(subject, usages);
        const status = fault
          ? { conditions: [...(request.status?.conditions ?? []), failure(fault, rfc3339(context.clock.now()))] }
          : { certificate: Buffer.from(await authority.sign(pem, { usages, seconds: lifetime(expirationSeconds) })).toString("base64") };
        await client.resource(CertificateSigningRequests).updateStatus({ ...request, status: { ...request.status, ...status } });
      },
    });
  },
};

/** A decision against it beats one for it. */
const isDue = (request: CertificateSigningRequest): boolean =>
  !request.status?.certificate &&
  conditionOf(request, "Approved") !== undefined &&
  !conditionOf(request, "Denied") &&
  conditionOf(request, "Failed")?.status !== "True";

export const lifetime = (wished = longest): number => Math.min(Math.max(wished, shortest), longest);

const failure = (message: string, lastUpdateTime: string): CertificateSigningRequestCondition => ({
  type: "Failed",
  status: "True",
  reason: "SignerValidationFailure",
  message,
  lastUpdateTime,
});
