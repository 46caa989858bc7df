import type { UserInfo } from "../../../shared/kubernetes/types.ts";

export interface TokenVerdict {
  user: UserInfo;
  /** Those asked for that the token is meant for. */
  audiences: string[];
}

/** Who a bearer token speaks for; undefined when it is not one of these tokens, or not valid (any more). */
export interface TokenAuthenticator {
  /** `audiences` are the API server's own when absent. */
  authenticate(token: string, audiences?: string[]): TokenVerdict | undefined;
}

/** The first of them that knows the token. */
export const firstToKnow = (all: TokenAuthenticator[]): TokenAuthenticator => ({
  authenticate(token, audiences) {
    for (const each of all) {
      const verdict = each.authenticate(token, audiences);
      if (verdict) return verdict;
    }
    return undefined;
  },
});
