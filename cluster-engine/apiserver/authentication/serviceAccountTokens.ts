import { createHash, createPrivateKey, createPublicKey, randomUUID, sign, verify, type KeyObject } from "node:crypto";
import type { UserInfo } from "../../../shared/kubernetes/types.ts";
import type { Clock } from "../../base/clock.ts";

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

interface VerificationKey {
  id: string;
  key: KeyObject;
  algorithm: "RS256" | "ES256";
}

/** Signs and checks ServiceAccount tokens. */
export class ServiceAccountTokens {
  readonly issuer: string;
  readonly #clock: Clock;
  readonly #signing: { key: KeyObject; id: string; algorithm: VerificationKey["algorithm"] };
  readonly #keys: VerificationKey[];
  readonly #lookup: UidLookup;
  /** Signatures that were found good, by token. */
  readonly #verified = new Map<string, TokenClaims>();

  constructor(options: { keys: { signing: string; verify: string[] }; issuer: string; clock: Clock; lookup: UidLookup }) {
    this.issuer = options.issuer;
    this.#clock = options.clock;
    this.#lookup = options.lookup;
    const key = createPrivateKey(options.keys.signing);
    const own = verificationKey(createPublicKey(key));
    this.#signing = { key, id: own.id, algorithm: own.algorithm };
    const others = options.keys.verify.map((pem) => verificationKey(createPublicKey(pem)));
    this.#keys = [own, ...others.filter((other) => other.id !== own.id)];
  }

  sign(claims: Omit<TokenClaims, "iss" | "jti" | "iat" | "nbf" | "sub">): string {
    const now = Math.floor(this.#clock.now() / 1000);
    const bound = claims["kubernetes.io"];
    const sub = `system:serviceaccount:${bound.namespace}:${bound.serviceaccount.name}`;
    const payload = { aud: claims.aud, exp: claims.exp, iat: now, iss: this.issuer, jti: randomUUID(), "kubernetes.io": bound, nbf: now, sub };
    const head = `${encode({ alg: this.#signing.algorithm, kid: this.#signing.id })}.${encode(payload)}`;
    return `${head}.${signature(this.#signing, head).toString("base64url")}`;
  }

  /** Who the token speaks for; undefined when it is not valid (any more) for `audiences`. */
  authenticate(token: string, audiences: string[] = [this.issuer]): { user: UserInfo; audiences: string[] } | undefined {
    const claims = this.#claims(token);
    if (!claims) return undefined;
    const now = this.#clock.now() / 1000;
    const accepted = audiences.filter((audience) => claims.aud.includes(audience));
    if (claims.iss !== this.issuer || claims.exp <= now || claims.nbf > now + 10 || accepted.length === 0) return undefined;
    return this.#boundObjectsExist(claims) ? { user: userOf(claims), audiences: accepted } : undefined;
  }

  /** The public keys as a JSON Web Key Set. */
  keySet(): object {
    return { keys: this.#keys.map(({ key, id, algorithm }) => ({ use: "sig", ...key.export({ format: "jwk" }), kid: id, alg: algorithm })) };
  }

  get algorithms(): string[] {
    return [...new Set(this.#keys.map((key) => key.algorithm))];
  }

  #claims(token: string): TokenClaims | undefined {
    const known = this.#verified.get(token);
    if (known) return known;
    const claims = this.#verify(token);
    if (!claims) return undefined;
    if (this.#verified.size >= 1000) this.#verified.delete(this.#verified.keys().next().value!);
    this.#verified.set(token, claims);
    return claims;
  }

  #verify(token: string): TokenClaims | undefined {
    const [head = "", payload = "", mark = "", ...more] = token.split(".");
    if (!head || !payload || !mark || more.length) return undefined;
    const header = decode<{ kid?: string; alg?: string }>(head);
    const signed = Buffer.from(`${head}.${payload}`);
    const good = this.#keys.some(
      (candidate) =>
        candidate.algorithm === header?.alg &&
        verify("sha256", signed, { key: candidate.key, dsaEncoding: "ieee-p1363" }, Buffer.from(mark, "base64url")),
    );
    return good ? decode<TokenClaims>(payload) : undefined;
  }

  #boundObjectsExist(claims: TokenClaims): boolean {
    const { namespace, serviceaccount, pod, secret, node } = claims["kubernetes.io"];
    const exists = (resource: Parameters<UidLookup>[0], at: string, object: BoundObject | undefined) =>
      !object || this.#lookup(resource, at, object.name) === object.uid;
    const nodeToo = pod !== undefined || exists("nodes", "", node);
    return exists("serviceaccounts", namespace, serviceaccount) && exists("pods", namespace, pod) && exists("secrets", namespace, secret) && nodeToo;
  }
}

function verificationKey(key: KeyObject): VerificationKey {
  const id = createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("base64url");
  return { id, key, algorithm: key.asymmetricKeyType === "ec" ? "ES256" : "RS256" };
}

function signature({ key }: { key: KeyObject }, text: string): Buffer {
  return sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function decode<T>(text: string): T | undefined {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString()) as T;
  } catch {
    return undefined;
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

export const serviceAccountGroups = (namespace: string): string[] => ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
