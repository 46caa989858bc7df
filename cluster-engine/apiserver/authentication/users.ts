import { createHash } from "node:crypto";
import type { PeerCertificate } from "node:tls";
import type { UserInfo } from "../../../shared/kubernetes/types.ts";

export const anonymous: UserInfo = { username: "system:anonymous", groups: ["system:unauthenticated"] };

/** CN is the user, each O a group. */
export function userOfCertificate(certificate: PeerCertificate): UserInfo {
  // The type says one value; a subject with several O has a list.
  const organizations = certificate.subject.O as string | string[] | undefined;
  return {
    username: String(certificate.subject.CN ?? ""),
    groups: organizations === undefined ? [] : [organizations].flat(),
    extra: { "authentication.kubernetes.io/credential-id": [`X509SHA256=${createHash("sha256").update(certificate.raw).digest("hex")}`] },
  };
}

/** Everyone who has proved who they are is in this group. */
export function authenticated(user: UserInfo): UserInfo {
  const groups = user.groups ?? [];
  return groups.includes("system:authenticated") ? user : { ...user, groups: [...groups, "system:authenticated"] };
}

export const inGroup = (user: UserInfo, group: string): boolean => user.groups?.includes(group) ?? false;

/** The namespace and name of `system:serviceaccount:ns:name`. */
export function serviceAccountOf(username: string): { namespace: string; name: string } | undefined {
  const [, , namespace, name, more] = username.split(":");
  return username.startsWith("system:serviceaccount:") && namespace && name && more === undefined ? { namespace, name } : undefined;
}

export const serviceAccountGroups = (namespace: string): string[] => ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
