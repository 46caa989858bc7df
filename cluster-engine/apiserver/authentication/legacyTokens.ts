import { createHash, timingSafeEqual } from "node:crypto";
import type { Secret } from "../../../shared/kubernetes/types.ts";
import type { JwtKeys } from "./jwtKeys.ts";
import type { UidLookup } from "./serviceAccountTokens.ts";
import type { TokenAuthenticator, TokenVerdict } from "./tokenAuthenticator.ts";
import { serviceAccountGroups } from "./users.ts";

const legacyIssuer = "kubernetes/serviceaccount";
const invalidSince = "kubernetes.io/legacy-token-invalid-since";

interface LegacyClaims {
  iss: string;
  sub: string;
  "kubernetes.io/serviceaccount/namespace": string;
  "kubernetes.io/serviceaccount/secret.name": string;
  "kubernetes.io/serviceaccount/service-account.name": string;
  "kubernetes.io/serviceaccount/service-account.uid": string;
}

/** Whose token it is, and the Secret that holds it. */
export interface LegacyTokenOwner {
  namespace: string;
  serviceAccount: { name: string; uid: string };
  secret: string;
}

export interface LegacyTokensOptions {
  keys: JwtKeys;
  issuer: string;
  lookup: UidLookup;
  secret(namespace: string, name: string): Secret | undefined;
  /** Told of each Secret whose token is used, good or invalidated. */
  onUse(secret: Secret): void;
}

/** ServiceAccount tokens that live in Secrets and never end: valid as long as Secret and account are there. */
export class LegacyTokens implements TokenAuthenticator {
  readonly #options: LegacyTokensOptions;

  constructor(options: LegacyTokensOptions) {
    this.#options = options;
  }

  sign({ namespace, serviceAccount, secret }: LegacyTokenOwner): string {
    const claims: LegacyClaims = {
      iss: legacyIssuer,
      "kubernetes.io/serviceaccount/namespace": namespace,
      "kubernetes.io/serviceaccount/secret.name": secret,
      "kubernetes.io/serviceaccount/service-account.name": serviceAccount.name,
      "kubernetes.io/serviceaccount/service-account.uid": serviceAccount.uid,
      sub: usernameOf(namespace, serviceAccount.name),
    };
    return this.#options.keys.sign(claims);
  }

  authenticate(token: string, audiences?: string[]): TokenVerdict | undefined {
    const { keys, issuer, lookup, secret: find, onUse } = this.#options;
    if (audiences && !audiences.includes(issuer)) return undefined;
    const claims = keys.claims<LegacyClaims>(token);
    if (claims?.iss !== legacyIssuer) return undefined;
    const namespace = claims["kubernetes.io/serviceaccount/namespace"];
    const name = claims["kubernetes.io/serviceaccount/service-account.name"];
    const uid = claims["kubernetes.io/serviceaccount/service-account.uid"];
    const secret = find(namespace, claims["kubernetes.io/serviceaccount/secret.name"]);
    const username = usernameOf(namespace, name);
    if (!secret || secret.metadata.deletionTimestamp || !holds(secret, token) || claims.sub !== username) return undefined;
    if (lookup("serviceaccounts", namespace, name) !== uid) return undefined;
    onUse(secret);
    if (secret.metadata.labels?.[invalidSince]) return undefined;
    return { user: { username, uid, groups: serviceAccountGroups(namespace) }, audiences: [issuer] };
  }
}

const usernameOf = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`;

function holds({ data }: Secret, token: string): boolean {
  const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest();
  return timingSafeEqual(digest(Buffer.from(data?.["token"] ?? "", "base64")), digest(Buffer.from(token)));
}
