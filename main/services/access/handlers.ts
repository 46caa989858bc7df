import type { Cluster } from "../clusters/cluster.ts";
import type { Clusters } from "../clusters/clusters.ts";
import type { Params, RequestHandlers } from "../port/types.ts";

type Check = Params<"access.can">["checks"][number];

/** Answers are kept this long: rights change seldom, and every row asks. */
const keptMs = 60_000;

export function accessRequests(clusters: Clusters, now: () => number): Pick<RequestHandlers, "access.can"> {
  const known = new Map<string, { at: number; answer: Promise<{ allowed: boolean; reason?: string }> }>();
  const ask = (cluster: Cluster, check: Check) => {
    const key = JSON.stringify([cluster.id, check]);
    const found = known.get(key);
    if (found && now() - found.at < keptMs) return found.answer;
    const answer = review(cluster, check);
    known.set(key, { at: now(), answer });
    answer.catch(() => known.delete(key));
    return answer;
  };
  return { "access.can": async ({ cluster: id, checks }) => Promise.all(checks.map((check) => ask(clusters.get(id), check))) };
}

async function review(cluster: Cluster, { verb, group, resource, subresource, namespace }: Check): Promise<{ allowed: boolean; reason?: string }> {
  const resourceAttributes = { verb, group, resource, ...(subresource ? { subresource } : {}), ...(namespace ? { namespace } : {}) };
  const { status } = await cluster.connection.json<{ status: { allowed: boolean; reason?: string } }>({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes } },
  });
  return { allowed: status.allowed, ...(status.reason ? { reason: status.reason } : {}) };
}
