import type { AccessAnswer, AccessQuestion, AccessSubject } from "../../../shared/access.ts";
import type { PolicyRule } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { ApiError } from "../errors.ts";
import { type Identity, identityOf } from "./rbac.ts";
import type { ScopedRule } from "./rights.ts";

const group = "authorization.k8s.io";

/** What the API server allows, in its own words. */
export type Review = Pick<AccessAnswer, "allowed" | "reason">;

interface ReviewAnswer {
  status?: { allowed?: boolean; denied?: boolean; reason?: string; evaluationError?: string };
}

/** Asks the API server: of the window's own user when there is no subject. To be refused the question is an answer too. */
export async function reviewAccess(cluster: Cluster, question: AccessQuestion, subject?: AccessSubject): Promise<Review> {
  const [resource, subresource] = question.resource.split("/", 2);
  const resourceAttributes = {
    verb: question.verb,
    group: question.group,
    resource,
    ...(subresource ? { subresource } : {}),
    ...(question.namespace ? { namespace: question.namespace } : {}),
    ...(question.name ? { name: question.name } : {}),
  };
  const kind = subject ? "SubjectAccessReview" : "SelfSubjectAccessReview";
  try {
    const { status = {} } = await cluster.connection.json<ReviewAnswer>({
      method: "POST",
      path: `/apis/${group}/v1/${kind.toLowerCase()}s`,
      body: { apiVersion: `${group}/v1`, kind, spec: { resourceAttributes, ...(subject ? specOf(identityOf(subject)) : {}) } },
    });
    return { allowed: status.allowed === true, reason: status.reason || status.evaluationError || "" };
  } catch (error) {
    if (error instanceof ApiError && error.code === 403) return { reason: error.message };
    throw error;
  }
}

const specOf = ({ user, groups }: Identity) => ({ ...(user ? { user } : {}), ...(groups.length ? { groups } : {}) });

/** The window's own user; undefined where the cluster does not tell (before Kubernetes 1.28). */
export async function whoAmI(cluster: Cluster): Promise<Identity | undefined> {
  try {
    const { status } = await cluster.connection.json<{ status?: { userInfo?: { username?: string; groups?: string[] } } }>({
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
    });
    return { user: status?.userInfo?.username ?? "", groups: status?.userInfo?.groups ?? [] };
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

/** What the API server says that the window's user may do in a namespace. */
export async function ownRules(cluster: Cluster, namespace: string): Promise<ScopedRule[]> {
  const { status } = await cluster.connection.json<{ status: { resourceRules?: PolicyRule[]; nonResourceRules?: PolicyRule[] } }>({
    method: "POST",
    path: `/apis/${group}/v1/selfsubjectrulesreviews`,
    body: { apiVersion: `${group}/v1`, kind: "SelfSubjectRulesReview", spec: { namespace } },
  });
  return [...(status.resourceRules ?? []).map((rule) => ({ namespace, rule })), ...(status.nonResourceRules ?? []).map((rule) => ({ rule }))];
}

/** `kubectl auth can-i …` for the same question. */
export function canILine({ verb, group: apiGroup, resource, namespace, name }: AccessQuestion, subject?: AccessSubject): string {
  const [base, subresource] = resource.split("/", 2);
  const target = `${base}${apiGroup ? `.${apiGroup}` : ""}${name ? `/${name}` : ""}`;
  const { user, groups } = subject ? identityOf(subject) : { user: "", groups: [] };
  const as = subject?.kind === "Group" ? ` --as=someone --as-group=${groups[0]}` : user ? ` --as=${user}` : "";
  return `kubectl auth can-i ${verb} ${target}${subresource ? ` --subresource=${subresource}` : ""}${namespace ? ` -n ${namespace}` : " -A"}${as}`;
}
