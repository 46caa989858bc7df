import { randomUUID } from "node:crypto";
import type { UserInfo } from "../../../shared/kubernetes/types.ts";
import type { Clock } from "../../base/clock.ts";
import type { JwtKeys } from "./jwtKeys.ts";
import type { TokenAuthenticator, TokenVerdict } from "./tokenAuthenticator.ts";
import { serviceAccountGroups } from "./users.ts";

/** Claims of a bound ServiceAccount token, as Kubernetes writes them. Times in s since the epoch. */
export interface TokenClaims {
  aud: string[];
  exp: number;
  iat: number;
  iss: string;
  jti: string;
  nbf: number;
  sub: string;
  "kubernetes.io": {
    namespace: string;
    serviceaccount: BoundObject;
    pod?: BoundObject;
    secret?: BoundObject;
    node?: BoundObject;
    warnafter?: number;
  };
}

export interface BoundObject {
  name: string;
  uid: string;
}

/** Finds the uid of an object that a token is bound to; undefined when it is gone. */
export type UidLookup = (resource: "serviceaccounts" | "pods" | "secrets" | "nodes", namespace: string, name: string) => string | undefined;

/** Signs and checks ServiceAccount tokens that are bound to an object and a time. */
export class ServiceAccountTokens implements TokenAuthenticator {
  readonly issuer: string;
  readonly #clock: Clock;
  readonly #keys: JwtKeys;
  readonly #lookup: UidLookup;

  constructor(options: { keys: JwtKeys; issuer: string; clock: Clock; lookup: UidLookup }) {
    this.issuer = options.issuer;
    this.#clock = options.clock;
    this.#lookup = options.lookup;
    this.#keys = options.keys;
  }

  sign(claims: Omit<TokenClaims, "iss" | "jti" | "iat" | "nbf" | "sub">): string {
    const now = Math.floor(this.#clock.now() / 1000);
    const bound = claims["kubernetes.io"];
    const sub = `system:serviceaccount:${bound.namespace}:${bound.serviceaccount.name}`;
    return this.#keys.sign({
      aud: claims.aud,
      exp: claims.exp,
      iat: now,
      iss: this.issuer,
      jti: randomUUID(),
      "kubernetes.io": bound,
      nbf: now,
      sub,
    });
  }

  authenticate(token: string, audiences: string[] = [this.issuer]): TokenVerdict | undefined {
    const claims = this.#keys.claims<TokenClaims>(token);
    if (claims?.iss !== this.issuer) return undefined;
    const now = this.#clock.now() / 1000;
    const accepted = audiences.filter((audience) => claims.aud.includes(audience));
    if (claims.exp <= now || claims.nbf > now + 10 || accepted.length === 0) return undefined;
    return this.#boundObjectsExist(claims) ? { user: userOf(claims), audiences: accepted } : undefined;
  }

  #boundObjectsExist(claims: TokenClaims): boolean {
    const { namespace, serviceaccount, pod, secret, node } = claims["kubernetes.io"];
    const exists = (resource: Parameters<UidLookup>[0], at: string, object: BoundObject | undefined) =>
      !object || this.#lookup(resource, at, object.name) === object.uid;
    const nodeToo = pod !== undefined || exists("nodes", "", node);
    return exists("serviceaccounts", namespace, serviceaccount) && exists("pods", namespace, pod) && exists("secrets", namespace, secret) && nodeToo;
  }
}

function userOf(claims: TokenClaims): UserInfo {
  const { namespace, serviceaccount, pod, node } = claims["kubernetes.io"];
  const extra: Record<string, string[]> = { "authentication.kubernetes.io/credential-id": [`JTI=${claims.jti}`] };
  for (const [kind, object] of Object.entries({ pod, node })) {
    if (!object) continue;
    extra[`authentication.kubernetes.io/${kind}-name`] = [object.name];
    extra[`authentication.kubernetes.io/${kind}-uid`] = [object.uid];
  }
  return { username: claims.sub, uid: serviceaccount.uid, groups: serviceAccountGroups(namespace), extra };
}
