import type { CertificateSigningRequest, SubjectAccessReview } from "../../../shared/kubernetes/types.ts";
import { CertificateSigningRequests } from "../../api/resources.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client } from "../../client/types.ts";
import { messageOf } from "../podControl.ts";
import { loopOptions, type Controller } from "../types.ts";
import { kubeletClient, kubeletClientSigner } from "./signers.ts";
import { conditionOf, requestOf, type RequestedSubject } from "./types.ts";

/** Who may get a kubelet's certificate without being asked about: the right that it takes, and what the approval says. */
const ways = [
  {
    subresource: "selfnodeclient",
    fits: ({ spec }: CertificateSigningRequest, { commonName }: RequestedSubject) => spec.username === commonName,
    message: "Auto approving self kubelet client certificate after SubjectAccessReview.",
  },
  {
    subresource: "nodeclient",
    fits: () => true,
    message: "Auto approving kubelet client certificate after SubjectAccessReview.",
  },
] as const;

/** Approves requests of kubelets for their client certificates, when who asks has the right to it. */
export const certificateApprovingController: Controller = {
  name: "certificatesigningrequest-approving-controller",
  account: "certificate-controller",
  start(context) {
    const requests = context.informers.of(CertificateSigningRequests);
    const authority = context.inputs.certificates;
    return runReconciler({
      ...loopOptions(context),
      name: "certificate-approving",
      baseDelay: 200,
      maxDelay: 1_000_000,
      sources: [source(requests)],
      async reconcile(name, { client }) {
        const request = requests.get(name);
        if (!request || !authority || request.spec.signerName !== kubeletClientSigner || isDecided(request)) return;
        const subject = await authority.read(requestOf(request)).catch((error: unknown) => {
          throw new Error(`unable to parse csr "${name}": ${messageOf(error)}`, { cause: error });
        });
        if (kubeletClient(subject, request.spec.usages ?? []) !== undefined) return;
        for (const { subresource, fits, message } of ways) {
          if (!fits(request, subject) || !(await isAllowed(client, request, subresource))) continue;
          await approve(client, request, message);
          return;
        }
      },
    });
  },
};

const isDecided = (request: CertificateSigningRequest): boolean =>
  Boolean(request.status?.certificate) || conditionOf(request, "Approved") !== undefined || conditionOf(request, "Denied") !== undefined;

async function isAllowed(client: Client, { spec }: CertificateSigningRequest, subresource: string): Promise<boolean> {
  const { username: user, uid, groups, extra } = spec;
  const resourceAttributes = { group: "certificates.k8s.io", resource: "certificatesigningrequests", verb: "create", subresource, version: "*" };
  const answer = await client.transport.send({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    body: { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec: { user, uid, groups, extra, resourceAttributes } },
  });
  return (answer as SubjectAccessReview).status?.allowed ?? false;
}

async function approve(client: Client, request: CertificateSigningRequest, message: string): Promise<void> {
  const condition = { type: "Approved", status: "True", reason: "AutoApproved", message };
  const conditions = [...(request.status?.conditions ?? []), condition];
  await client.resource(CertificateSigningRequests).updateSubresource({ ...request, status: { ...request.status, conditions } }, "approval");
}
