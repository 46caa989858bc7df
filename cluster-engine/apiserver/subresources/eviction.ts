import type { DeleteOptions, Eviction, Pod, PodDisruptionBudget } from "../../../shared/kubernetes/types.ts";
import { deepClone } from "../../api/json.ts";
import { labelSelectorMatcher } from "../../api/selectors.ts";
import { StatusError } from "../../api/statusError.ts";
import { rfc3339 } from "../../base/clock.ts";
import { builtInSchema, decodeRequestBody } from "../registry/decodeObject.ts";
import { checkPreconditions, deleteObject } from "../registry/objectDeletion.ts";
import { updateObject } from "../registry/objectWriter.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import { parseWriteOptions } from "../registry/writeOptions.ts";
import { document, type Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { badRequest, forbidden, notFound, tooManyRequests } from "../request/statusErrors.ts";
import { existing } from "../verbs/get.ts";
import type { VerbContext } from "../verbs/verbContext.ts";

const kind = { group: "policy", version: "v1", kind: "Eviction" };
const budgets = { group: "policy", version: "v1", resource: "poddisruptionbudgets" };
/** More evictions that no controller has confirmed are refused. */
const maxDisruptedPods = 2000;

/** POST of `pods/NAME/eviction`: deletes the pod if its PodDisruptionBudget allows it. */
export async function evict(call: ApiCall, pods: ServedResource, context: VerbContext): Promise<Answer> {
  const options = parseWriteOptions(call, "CreateOptions");
  const { name, namespace } = call.info;
  const eviction = (await decodeRequestBody(call, { kind, schema: builtInSchema(kind), mode: options.fieldValidation })) as Eviction;
  if (eviction.metadata?.name && eviction.metadata.name !== name) throw badRequest("name in URL does not match name in Eviction object");
  const pod = existing(pods, namespace, name).object as Pod;
  const deleteOptions: DeleteOptions = { ...eviction.deleteOptions };
  const dryRun = options.dryRun || Boolean(deleteOptions.dryRun?.length);
  if (!isDisrupted(pod)) await spendBudget(call, pod, context, dryRun);
  if (!dryRun) deleteOptions.preconditions = await markAsDisrupted(call, pods, context, deleteOptions.preconditions);
  await deleteObject({ call, resource: pods, context, options: { dryRun, fieldManager: "" }, subresource: "eviction" }, name, deleteOptions);
  return document({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 }, 201);
}

type Preconditions = DeleteOptions["preconditions"];

/** Leaves word on the pod that it did not fail by itself. The preconditions that hold after that. @throws Conflict */
async function markAsDisrupted(call: ApiCall, pods: ServedResource, context: VerbContext, preconditions: Preconditions): Promise<Preconditions> {
  const { name } = call.info;
  const options = { dryRun: false, fieldManager: "kube-apiserver" };
  const write = { call: { ...call, method: "PATCH" }, resource: pods, context, options, subresource: "status", tracked: false };
  const { object } = await updateObject(write, name, (current) => {
    if (!current) throw notFound(pods, name);
    checkPreconditions(write, current.object, { preconditions });
    return disrupted(deepClone(current.object) as Pod, rfc3339(context.clock.now()));
  });
  return preconditions?.resourceVersion ? { ...preconditions, resourceVersion: object.object.metadata.resourceVersion! } : preconditions;
}

function disrupted(pod: Pod, now: string): Pod {
  const conditions = pod.status?.conditions ?? [];
  const before = conditions.find(({ type }) => type === "DisruptionTarget");
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
    lastTransitionTime: before?.status === "True" ? (before.lastTransitionTime ?? now) : now,
    ...(pod.metadata.generation ? { observedGeneration: pod.metadata.generation } : {}),
  };
  pod.status = { ...pod.status, conditions: [...conditions.filter((each) => each !== before), condition] };
  return pod;
}

/** Budgets don't guard what does not serve any more, or not yet. */
const isDisrupted = ({ metadata, status }: Pod): boolean =>
  Boolean(metadata.deletionTimestamp) || ["Succeeded", "Failed", "Pending"].includes(status?.phase ?? "");

async function spendBudget(call: ApiCall, pod: Pod, context: VerbContext, dryRun: boolean): Promise<void> {
  const resource = context.registry.find(budgets)!;
  const guarding = resource.cache
    .list(pod.metadata.namespace)
    .map((stored) => stored.object as PodDisruptionBudget)
    .filter((budget) => guards(budget, pod));
  if (guarding.length > 1)
    throw new StatusError(500, "", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
  const budget = guarding[0];
  if (!budget || (!isReady(pod) && mayEvictUnhealthy(budget))) return;
  const { name } = budget.metadata;
  const one: ApiCall = { ...call, method: "PATCH", info: { ...call.info, group: "policy", name } };
  await updateObject(
    { call: one, resource, context, options: { dryRun, fieldManager: "kube-apiserver" }, subresource: "status", tracked: false },
    name,
    (current) => {
      if (!current) throw notFound(resource, name);
      return spent(deepClone(current.object) as PodDisruptionBudget, pod.metadata.name, rfc3339(context.clock.now()));
    },
  );
}

const guards = ({ spec }: PodDisruptionBudget, pod: Pod): boolean => labelSelectorMatcher(spec?.selector)(pod.metadata.labels);

const isReady = ({ status }: Pod): boolean => status?.conditions?.some(({ type, status: state }) => type === "Ready" && state === "True") ?? false;

function mayEvictUnhealthy({ spec, status }: PodDisruptionBudget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  const desired = status?.desiredHealthy ?? 0;
  return desired > 0 && (status?.currentHealthy ?? 0) >= desired;
}

/** The budget with one disruption less. @throws TooManyRequests, Forbidden */
function spent(budget: PodDisruptionBudget, pod: string, now: string): PodDisruptionBudget {
  const { metadata, status } = budget;
  const tooMany = (message: string) =>
    tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", 0, [{ reason: "DisruptionBudget", message }]);
  if (!status || (status.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    throw tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", 10, [
      { reason: "DisruptionBudget", message: `The disruption budget ${metadata.name} is still being processed by the server.` },
    ]);
  }
  if (Object.keys(status.disruptedPods ?? {}).length > maxDisruptedPods) {
    throw forbidden(
      { group: "policy", resource: "poddisruptionbudget" },
      metadata.name,
      "DisruptedPods map too big - too many evictions not confirmed by PDB controller",
    );
  }
  const allowed = status.disruptionsAllowed ?? 0;
  if (allowed <= 0) throw tooMany(whyNone(budget));
  status.disruptionsAllowed = allowed - 1;
  status.disruptedPods = { ...status.disruptedPods, [pod]: now };
  return budget;
}

function whyNone({ metadata: { name }, status }: PodDisruptionBudget): string {
  const condition = status?.conditions?.find(({ type }) => type === "DisruptionAllowed");
  const refused = condition?.status === "False" && condition.message;
  if (refused && condition.reason === "SyncFailed")
    return `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${condition.message}`;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  if (currentHealthy <= desiredHealthy)
    return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  if (refused) return `The disruption budget ${name} does not allow evicting pods currently (${condition.reason}): ${condition.message}`;
  return `The disruption budget ${name} does not allow evicting pods currently`;
}
