import { bind } from "../subresources/binding.ts";
import type { Verb } from "../verbs/verbContext.ts";
import { localSubjectAccessReview, selfSubjectAccessReview, selfSubjectRulesReview, subjectAccessReview } from "./accessReviews.ts";
import { getComponentStatus, listComponentStatuses } from "./componentStatuses.ts";
import { selfSubjectReview, tokenReview } from "./identityReviews.ts";

/** Resources that are answered and never stored, by `group/resource` and verb. */
export const specialResources: Record<string, Partial<Record<string, Verb>>> = {
  "/bindings": { create: bind },
  "/componentstatuses": { list: listComponentStatuses, get: getComponentStatus },
  "authentication.k8s.io/selfsubjectreviews": { create: selfSubjectReview },
  "authentication.k8s.io/tokenreviews": { create: tokenReview },
  "authorization.k8s.io/localsubjectaccessreviews": { create: localSubjectAccessReview },
  "authorization.k8s.io/selfsubjectaccessreviews": { create: selfSubjectAccessReview },
  "authorization.k8s.io/selfsubjectrulesreviews": { create: selfSubjectRulesReview },
  "authorization.k8s.io/subjectaccessreviews": { create: subjectAccessReview },
};
