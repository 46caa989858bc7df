import type { Pod, TokenRequest } from "../../../shared/kubernetes/types.ts";
import { ServiceAccounts } from "../../api/resources.ts";
import type { Clock } from "../../base/clock.ts";
import type { Client } from "../../client/types.ts";

interface Entry {
  token: string;
  /** ms since the epoch. */
  issued: number;
  expires: number;
}

/** A token is renewed when 80 % of its life is over, or after 24 h. */
const renewalShare = 0.8;
const maxAgeMs = 24 * 3_600_000;

/** Tokens of pods' ServiceAccounts, bound to the pod, by TokenRequest. https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens */
export class ServiceAccountTokens {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #tokens = new Map<string, Entry>();

  constructor({ client, clock }: { client: Client; clock: Clock }) {
    this.#client = client;
    this.#clock = clock;
  }

  async get(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<string> {
    const key = JSON.stringify([pod.metadata.uid, audience, expirationSeconds]);
    const known = this.#tokens.get(key);
    const now = this.#clock.now();
    if (known && !needsRenewal(known, now)) return known.token;
    try {
      const fresh = await this.#request(pod, audience, expirationSeconds);
      this.#tokens.set(key, fresh);
      return fresh.token;
    } catch (error) {
      if (known && now < known.expires) return known.token;
      throw new Error(`failed to fetch token: ${(error as Error).message}`, { cause: error });
    }
  }

  forget(podUid: string): void {
    for (const key of this.#tokens.keys()) if ((JSON.parse(key) as [string])[0] === podUid) this.#tokens.delete(key);
  }

  async #request(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<Entry> {
    const { name, namespace, uid } = pod.metadata;
    const body = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: {},
      spec: { audiences: audience ? [audience] : [], expirationSeconds, boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid } },
    };
    const account = { namespace, name: pod.spec.serviceAccountName || "default" };
    const answer = await this.#client.resource(ServiceAccounts).createSubresource<TokenRequest>(account, "token", body);
    return { token: answer.status!.token!, issued: this.#clock.now(), expires: Date.parse(answer.status!.expirationTimestamp!) };
  }
}

function needsRenewal({ issued, expires }: Entry, now: number): boolean {
  return now >= issued + (expires - issued) * renewalShare || now >= issued + maxAgeMs;
}
