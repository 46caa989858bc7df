import type { CertificateSigningRequest } from "../../../shared/kubernetes/types.ts";
import { CertificateSigningRequests } from "../../api/resources.ts";
import { rfc3339 } from "../../base/clock.ts";
import type { Strategy, StrategyContext } from "../strategy.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { pathSegmentName } from "./nameRules.ts";
import { validateSigningRequest, validateSigningRequestUpdate } from "./signingRequests.ts";

const requesterFields = ["username", "uid", "groups", "extra"] as const;

export const certificateSigningRequests: Strategy<CertificateSigningRequest> = {
  ...kindStrategy<CertificateSigningRequest>(CertificateSigningRequests, {
    name: pathSegmentName,
    status: true,
    prepareForCreate({ spec }, { user }) {
      Object.assign(spec, { username: user.username, uid: user.uid, groups: user.groups, extra: user.extra });
      for (const field of requesterFields) if (spec[field] === undefined || spec[field] === "") delete spec[field];
    },
    prepareForUpdate(request, old) {
      request.spec = old.spec;
    },
  }),
  validate: validateSigningRequest,
  validateUpdate: (request, old) => validateSigningRequestUpdate(request, old, "object"),
  selectableFields: (request) => ({ "spec.signerName": request.spec?.signerName ?? "" }),
  subresources: {
    status: {
      prepareForUpdate(request, old, context) {
        request.spec = old.spec;
        for (const type of ["Approved", "Denied"]) keepConditions(request, old, type);
        completeConditions(request, old, context);
      },
      validateUpdate: (request, old) => validateSigningRequestUpdate(request, old, "status"),
    },
    approval: {
      prepareForUpdate(request, old, context) {
        completeConditions(request, old, context);
        const { conditions } = request.status ?? {};
        request.spec = old.spec;
        request.status = { ...old.status };
        if (conditions) request.status.conditions = conditions;
        else delete request.status.conditions;
      },
      validateUpdate: (request, old) => validateSigningRequestUpdate(request, old, "approval"),
    },
  },
};

/** Puts decisions back as they were; where their number changed, validation complains. */
function keepConditions(request: CertificateSigningRequest, old: CertificateSigningRequest, type: string): void {
  const before = (old.status?.conditions ?? []).filter((condition) => condition.type === type);
  const { conditions = [] } = request.status ?? {};
  if (conditions.filter((condition) => condition.type === type).length !== before.length) return;
  conditions.forEach((condition, i) => {
    if (condition.type === type) conditions[i] = before.shift()!;
  });
}

/** Fills in the times of conditions; a transition counts from when the condition first had its status. */
function completeConditions(request: CertificateSigningRequest, old: CertificateSigningRequest, context: StrategyContext): void {
  const now = rfc3339(context.clock.now());
  for (const condition of request.status?.conditions ?? []) {
    const before = old.status?.conditions?.find((candidate) => candidate.type === condition.type && candidate.status === condition.status);
    condition.lastUpdateTime ??= now;
    condition.lastTransitionTime ??= before?.lastTransitionTime ?? now;
  }
}
