import type { AccessAnswer, AccessQuestion, AccessSubject } from "../../../shared/access.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { Clusters } from "../clusters/clusters.ts";
import { messageOf } from "../errors.ts";
import { latest } from "../port/latest.ts";
import type { Params, RequestHandlers, StreamEnds, StreamHandlers, StreamSource } from "../port/types.ts";
import { AccessSource } from "./accessSource.ts";
import { canILine, type Review, reviewAccess } from "./reviews.ts";
import { grantsFor, whoCan } from "./rights.ts";

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

/** What subjects may do and why, from the RBAC objects and from the API server's own answers. */
export const accessStreams = (clusters: Clusters): Pick<StreamHandlers, "rights" | "whoCan" | "accessAnswer"> => ({
  rights: {
    pace: 500,
    open: ({ cluster, subject, namespaces }, ends) => sourceStream(clusters.get(cluster), namespaces, ends, (source) => source.rights(subject)),
  },
  whoCan: {
    pace: 500,
    open: ({ cluster, question }, ends) =>
      sourceStream(clusters.get(cluster), namespacesOf(question), ends, (source) => ({
        subjects: whoCan(source.bound, question),
        unread: source.unread,
        freshness: source.freshness,
      })),
  },
  accessAnswer: {
    pace: 500,
    open: ({ cluster, question, subject }, ends) => answerStream(clusters.get(cluster), question, subject, ends),
  },
});

const namespacesOf = ({ namespace }: AccessQuestion): string[] => (namespace ? [namespace] : []);

function sourceStream<M>(cluster: Cluster, namespaces: string[], ends: StreamEnds, state: (source: AccessSource) => M): StreamSource<M> {
  let wake = () => {};
  const source = new AccessSource(cluster, namespaces, () => wake());
  const subscribe = (changed: () => void) => {
    wake = changed;
    changed();
    return source;
  };
  return latest(() => state(source), subscribe, ends);
}

/** The server is asked again whenever the rules change. */
function answerStream(cluster: Cluster, question: AccessQuestion, subject: AccessSubject | undefined, ends: StreamEnds): StreamSource<AccessAnswer> {
  let review: Review | undefined;
  let asked: string | undefined;
  const ask = (rules: string) => {
    if (rules === asked) return;
    asked = rules;
    void reviewAccess(cluster, question, subject)
      .catch((error: unknown): Review => ({ reason: messageOf(error) }))
      .then((answer) => {
        // Rules that changed meanwhile have asked again.
        if (rules !== asked) return;
        review = answer;
        ends.wake();
      });
  };
  return sourceStream(cluster, namespacesOf(question), ends, (source) => {
    const identity = source.identity(subject);
    const grants = identity ? grantsFor(source.bound, question, identity) : [];
    ask(JSON.stringify(grants));
    return {
      pending: review === undefined,
      ...(review ?? { reason: "" }),
      grants,
      partial: source.unread.length > 0,
      kubectl: canILine(question, subject),
    };
  });
}
