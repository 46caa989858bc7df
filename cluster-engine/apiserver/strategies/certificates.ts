import type { CertificateSigningRequest } from "../../../shared/kubernetes/types.ts";
import { CertificateSigningRequests } from "../../api/resources.ts";
import type { Strategy } from "../strategy.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { pathSegmentName } from "./nameRules.ts";

export const certificateSigningRequests = kindStrategy<CertificateSigningRequest>(CertificateSigningRequests, {
  name: pathSegmentName,
  status: true,
  defaults({ spec }) {
    if (!spec.usages?.length) spec.usages = ["digital signature", "key encipherment"];
  },
  prepareForCreate(request, { user }) {
    const { spec } = request;
    spec.username = user.username;
    spec.uid = user.uid;
    spec.groups = user.groups;
    spec.extra = user.extra;
    for (const field of ["username", "uid", "groups", "extra"] as const) if (spec[field] === undefined || spec[field] === "") delete spec[field];
  },
  prepareForUpdate(request, old) {
    request.spec = old.spec;
  },
  prepareForStatusUpdate(request, old) {
    // Approval and denial have their own subresource.
    const decided = (old.status?.conditions ?? []).filter((condition) => condition.type === "Approved" || condition.type === "Denied");
    const others = (request.status?.conditions ?? []).filter((condition) => condition.type !== "Approved" && condition.type !== "Denied");
    if (request.status && decided.length + others.length > 0) request.status.conditions = [...decided, ...others];
  },
  strategy: { selectableFields: (request) => ({ "spec.signerName": request.spec?.signerName ?? "" }) },
});

const approval: NonNullable<Strategy<CertificateSigningRequest>["subresources"]>[string] = {
  prepareForUpdate(request, old, context) {
    request.spec = old.spec;
    const conditions = (request.status?.conditions ?? []).map((condition) => {
      const before = old.status?.conditions?.find((candidate) => candidate.type === condition.type);
      const now = new Date(context.clock.now()).toISOString().slice(0, 19) + "Z";
      return {
        ...condition,
        lastUpdateTime: condition.lastUpdateTime ?? now,
        lastTransitionTime: condition.lastTransitionTime ?? (before?.status === condition.status ? before.lastTransitionTime : undefined) ?? now,
      };
    });
    request.status = { ...old.status, ...(conditions.length > 0 ? { conditions } : {}) };
  },
};
certificateSigningRequests.subresources!.approval = approval;
