import type { Secret } from "../../../shared/kubernetes/types.ts";
import { Secrets } from "../../api/resources.ts";
import { keyPrefix, type WatchCaches } from "../storage/watchCaches.ts";
import type { ApiServerOptions } from "../types.ts";
import { bootstrapTokens } from "./bootstrapTokens.ts";
import { JwtKeys } from "./jwtKeys.ts";
import { LegacyTokens } from "./legacyTokens.ts";
import { LegacyTokenTracking } from "./legacyTokenTracking.ts";
import { ServiceAccountTokens } from "./serviceAccountTokens.ts";
import { firstToKnow, type TokenAuthenticator } from "./tokenAuthenticator.ts";

/** All that tells who a bearer token speaks for. */
export interface Authentication {
  bearerTokens: TokenAuthenticator;
  /** Tokens by request. */
  tokens: ServiceAccountTokens;
  legacyTokens: LegacyTokens;
  legacyTracking: LegacyTokenTracking;
  jwtKeys: JwtKeys;
}

export function createAuthentication({ serviceAccountKeys, issuer, clock, log }: ApiServerOptions, caches: WatchCaches): Authentication {
  const jwtKeys = new JwtKeys(serviceAccountKeys);
  const object = (resource: string, namespace: string, name: string) => caches.of(keyPrefix({ group: "", resource })).get(namespace, name)?.object;
  const secret = (namespace: string, name: string) => object(Secrets.resource, namespace, name) as Secret | undefined;
  const lookup = (resource: string, namespace: string, name: string) => object(resource, namespace, name)?.metadata.uid;
  const legacyTracking = new LegacyTokenTracking(clock, log);
  const tokens = new ServiceAccountTokens({ keys: jwtKeys, issuer, clock, lookup });
  const legacyTokens = new LegacyTokens({ keys: jwtKeys, issuer, lookup, secret, onUse: (used) => legacyTracking.used(used) });
  const bootstrap = bootstrapTokens({ clock, issuer, secret: (name) => secret("kube-system", name) });
  return { bearerTokens: firstToKnow([tokens, legacyTokens, bootstrap]), tokens, legacyTokens, legacyTracking, jwtKeys };
}
