import { authenticate } from "../authentication/authenticate.ts";
import type { TokenAuthenticator } from "../authentication/tokenAuthenticator.ts";
import { attributesOf, type Authorizer, refusal } from "../authorization/attributes.ts";
import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { refuseForeign } from "./foreignRequests.ts";
import { impersonate } from "./impersonation.ts";

export type Handler = (call: ApiCall) => Promise<Answer>;
export type Filter = (next: Handler) => Handler;

export interface ChainOptions {
  bearerTokens: TokenAuthenticator;
  authorize: Authorizer;
  /** DNS names of this server. */
  names: ReadonlySet<string>;
}

/** What happens to a request, from top to bottom, before a verb sees it. */
export const filters = ({ bearerTokens, authorize, names }: ChainOptions): Filter[] => [
  withOwnNames(names),
  withAuthentication(bearerTokens),
  withImpersonation(authorize),
  withAuthorization(authorize),
];

/** The first filter is outermost. */
export const buildChain = (chain: Filter[], handler: Handler): Handler => chain.reduceRight((next, filter) => filter(next), handler);

const withOwnNames =
  (names: ReadonlySet<string>): Filter =>
  (next) =>
  async (call) => {
    refuseForeign(call, names);
    return next(call);
  };

const withAuthentication =
  (tokens: TokenAuthenticator): Filter =>
  (next) =>
  async (call) => {
    call.user = authenticate(call, tokens);
    return next(call);
  };

const withImpersonation =
  (authorize: Authorizer): Filter =>
  (next) =>
  async (call) => {
    call.user = impersonate(call, authorize);
    return next(call);
  };

const withAuthorization =
  (authorize: Authorizer): Filter =>
  (next) =>
  async (call) => {
    const attributes = attributesOf(call.user, call.info, call.query.get("fieldSelector"));
    const decision = authorize(attributes);
    if (!decision.allowed) throw refusal(attributes, decision.reason);
    return next(call);
  };
