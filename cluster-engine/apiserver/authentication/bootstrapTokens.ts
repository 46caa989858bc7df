import { createHash, timingSafeEqual } from "node:crypto";
import type { Secret } from "../../../shared/kubernetes/types.ts";
import type { Clock } from "../../base/clock.ts";
import type { TokenAuthenticator, TokenVerdict } from "./tokenAuthenticator.ts";

const form = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const extraGroup = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const secretType = "bootstrap.kubernetes.io/token";

export interface BootstrapTokensOptions {
  clock: Clock;
  issuer: string;
  /** A Secret of kube-system. */
  secret(name: string): Secret | undefined;
}

/**
 * Tokens by which new nodes introduce themselves: each is a Secret in kube-system.
 * https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/
 */
export function bootstrapTokens({ clock, issuer, secret }: BootstrapTokensOptions): TokenAuthenticator {
  return {
    authenticate(token, audiences = [issuer]): TokenVerdict | undefined {
      const [, id, key] = form.exec(token) ?? [];
      const found = id && audiences.includes(issuer) ? secret(`bootstrap-token-${id}`) : undefined;
      if (!id || !key || !found || found.type !== secretType || found.metadata.deletionTimestamp) return undefined;
      const value = (name: string) => Buffer.from(found.data?.[name] ?? "", "base64").toString();
      const groups = groupsOf(value("auth-extra-groups"));
      const valid = isSame(value("token-secret"), key) && value("token-id") === id && !hasExpired(value("expiration"), clock.now());
      if (!valid || value("usage-bootstrap-authentication") !== "true" || !groups) return undefined;
      return { user: { username: `system:bootstrap:${id}`, groups }, audiences: [issuer] };
    },
  };
}

/** Undefined when one has no business here. */
function groupsOf(extra: string): string[] | undefined {
  const more = extra ? extra.split(",") : [];
  if (!more.every((group) => extraGroup.test(group))) return undefined;
  return [...new Set(["system:bootstrappers", ...more])].sort();
}

/** A time that can't be read is taken as past. */
const hasExpired = (expiration: string, now: number): boolean => expiration !== "" && !(Date.parse(expiration) > now);

function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
