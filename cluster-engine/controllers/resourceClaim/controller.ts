import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import { Pods, ResourceClaims, ResourceClaimTemplates } from "../../api/resources.ts";
import { Disposables } from "../../base/disposal.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import { semanticEqual } from "../equality.ts";
import { loopOptions, type Controller } from "../types.ts";
import { ClaimCleaner } from "./claims.ts";
import { PodClaims } from "./fromTemplates.ts";
import { claimKeysOf, isDone, owningPod } from "./podClaims.ts";

/** Looks after ResourceClaims: makes them from templates for pods, and cleans up after pods that are done (KEP-4381). */
export const resourceClaimController: Controller = {
  name: "resourceclaim-controller",
  account: "resource-claim-controller",
  component: "resource_claim",
  start(context) {
    const pods = context.informers.of(Pods);
    const claims = context.informers.of(ResourceClaims);
    const templates = context.informers.of(ResourceClaimTemplates);
    pods.addIndex("resourceClaimTemplate", templateKeysOf);
    pods.addIndex("resourceClaim", claimKeysOf);
    const running = new Disposables();
    const podClaims = new PodClaims(context);
    running.add(
      runReconciler({
        ...loopOptions(context),
        name: "pod-resource-claims",
        sources: [
          source(pods, (pod) => (claimsSomething(pod) && !isDone(pod) ? [keyOf(pod.metadata)] : []), isNews),
          source(templates, ({ metadata }) => pods.byIndex("resourceClaimTemplate", keyOf(metadata)).map((pod) => keyOf(pod.metadata))),
          source(claims, ({ metadata }) => pods.byIndex("resourceClaim", keyOf(metadata)).map((pod) => keyOf(pod.metadata))),
        ],
        reconcile: (key, { client }) => podClaims.reconcile(key, client),
      }),
    );
    const cleaner = new ClaimCleaner(context);
    running.add(
      runReconciler({
        ...loopOptions(context),
        name: "resource-claims",
        sources: [source(claims), source(pods, (pod) => claimsToClean(pod, claims.list(pod.metadata.namespace)), isNews)],
        reconcile: (key, { client }) => cleaner.reconcile(key, client),
      }),
    );
    return running;
  },
};

type Claims = Parameters<typeof owningPod>[0][];

const claimsSomething = ({ spec }: Pod): boolean => (spec.resourceClaims?.length ?? 0) > 0;

const templateKeysOf = ({ metadata, spec }: Pod): string[] =>
  (spec.resourceClaims ?? []).flatMap(({ resourceClaimTemplateName: name }) => (name ? [`${metadata.namespace}/${name}`] : []));

/** Pods change often; what matters here does not. */
const isNews = (pod: Pod, old: Pod): boolean =>
  pod.spec.nodeName !== old.spec.nodeName ||
  pod.metadata.uid !== old.metadata.uid ||
  isDone(pod) !== isDone(old) ||
  !semanticEqual(pod.status?.resourceClaimStatuses, old.status?.resourceClaimStatuses);

/** Claims that the pod uses or owns. */
function claimsToClean(pod: Pod, claims: Claims): string[] {
  if (!claimsSomething(pod) && !pod.status?.extendedResourceClaimStatus) return [];
  const owned = claims.filter((claim) => owningPod(claim)?.name === pod.metadata.name).map(({ metadata }) => keyOf(metadata));
  return [...new Set([...claimKeysOf(pod), ...owned])];
}
