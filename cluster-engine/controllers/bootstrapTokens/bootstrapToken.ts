import type { Secret } from "../../../shared/kubernetes/types.ts";

/** Where bootstrap tokens live, and how their Secrets are named. */
export const tokenNamespace = "kube-system";
const secretType = "bootstrap.kubernetes.io/token";

export const isBootstrapToken = ({ metadata, type }: Secret): boolean => metadata.namespace === tokenNamespace && type === secretType;

const value = ({ data }: Secret, name: string): string => Buffer.from(data?.[name] ?? "", "base64").toString();

/** When the token ends, ms since the epoch: Infinity without an end, 0 when its time can't be read. */
export function expirationOf(secret: Secret): number {
  const text = value(secret, "expiration");
  return text === "" ? Number.POSITIVE_INFINITY : Date.parse(text) || 0;
}

/** Id and key of a token that may sign; undefined for others. */
export function signingToken(secret: Secret, now: number): { id: string; key: string } | undefined {
  const [id, key] = [value(secret, "token-id"), value(secret, "token-secret")];
  const named = /^bootstrap-token-([a-z0-9]{6})$/.exec(secret.metadata.name)?.[1];
  const valid = isBootstrapToken(secret) && id !== "" && named === id && key !== "" && expirationOf(secret) > now;
  return valid && value(secret, "usage-bootstrap-signing") === "true" ? { id, key } : undefined;
}
