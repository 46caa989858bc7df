import type { TokenReview } from "../../../shared/kubernetes/types.ts";
import { rfc3339 } from "../../base/clock.ts";
import { authenticated } from "../authentication/users.ts";
import { document } from "../request/answer.ts";
import { badRequest } from "../request/statusErrors.ts";
import type { Verb } from "../verbs/verbContext.ts";
import { reviewBody } from "./accessReviews.ts";

/** Who am I? */
export const selfSubjectReview: Verb = async (call, resource, context) => {
  const { kind } = await reviewBody(call, resource, context);
  const { username, uid, groups, extra } = call.user;
  const userInfo = { username, ...(uid ? { uid } : {}), ...(groups ? { groups } : {}), ...(extra ? { extra } : {}) };
  return document(
    { kind, apiVersion: "authentication.k8s.io/v1", metadata: { creationTimestamp: rfc3339(context.clock.now()) }, status: { userInfo } },
    201,
  );
};

/** Whose token is this? */
export const tokenReview: Verb = async (call, resource, context) => {
  const { bearerTokens } = context;
  const body = await reviewBody<TokenReview>(call, resource, context);
  const { token, audiences } = body.spec ?? {};
  if (!token) throw badRequest("token is required for TokenReview in authentication");
  const found = bearerTokens.authenticate(token, audiences?.length ? audiences : undefined);
  const status = found
    ? { authenticated: true, user: authenticated(found.user), audiences: found.audiences }
    : { user: {}, error: "invalid bearer token" };
  return document({ ...body, metadata: body.metadata ?? {}, status }, 201);
};
