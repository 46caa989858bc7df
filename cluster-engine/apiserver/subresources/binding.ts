import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Binding, Pod } from "../../../shared/kubernetes/types.ts";
import type { FieldError } from "../../api/fieldError.ts";
import { deepClone } from "../../api/json.ts";
import { aggregate, fieldErrorMessage } from "../../api/validationErrors.ts";
import { rfc3339 } from "../../base/clock.ts";
import { builtInSchema, decodeRequestBody } from "../registry/decodeObject.ts";
import { updateObject } from "../registry/objectWriter.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import { parseWriteOptions } from "../registry/writeOptions.ts";
import { document, type Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { badRequest, conflict, notFound, unspecified } from "../request/statusErrors.ts";
import type { VerbContext } from "../verbs/verbContext.ts";

const kind = { group: "", version: "v1", kind: "Binding" };

/** POST of `pods/NAME/binding` and of `bindings`: gives a pod its node. */
export async function bind(call: ApiCall, resource: ServedResource, context: VerbContext): Promise<Answer> {
  const options = parseWriteOptions(call, "CreateOptions");
  const binding = (await decodeRequestBody(call, { kind, schema: builtInSchema(kind), mode: options.fieldValidation })) as Binding;
  const pods = resource.resource === "bindings" ? context.registry.find({ group: "", version: "v1", resource: "pods" })! : resource;
  const name = call.info.name || binding.metadata?.name;
  if (name !== binding.metadata?.name) throw badRequest("name in URL does not match name in Binding object");
  const errors = problems(binding);
  if (errors.length) throw unspecified(aggregate(errors.map((error) => `${error.field}: ${fieldErrorMessage(error)}`)));
  await updateObject(
    { call, resource: pods, context, options, subresource: "binding", tracked: false, prepare: () => undefined },
    name,
    (current) => {
      if (!current) throw notFound(pods, name);
      return bound(deepClone(current.object) as Pod, binding, rfc3339(context.clock.now()));
    },
  );
  return document({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 }, 201);
}

function problems({ target }: Binding): FieldError[] {
  const errors: FieldError[] = [];
  if (target?.kind && target.kind !== "Node")
    errors.push({ type: "NotSupported", field: "target.kind", value: target.kind, supported: ["Node", "<empty>"] });
  if (!target?.name) errors.push({ type: "Required", field: "target.name" });
  return errors;
}

/** The pod on its node. @throws Conflict when it can't be assigned */
function bound(pod: Pod, binding: Binding, now: string): KubeObject {
  const { metadata, spec, status = {} } = pod;
  const refused = (problem: string) => conflict({ group: "", resource: "pods/binding" }, metadata.name, problem);
  const { uid, resourceVersion } = binding.metadata;
  if (uid && uid !== metadata.uid) throw refused(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`);
  if (resourceVersion && resourceVersion !== metadata.resourceVersion)
    throw refused(
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`,
    );
  if (metadata.deletionTimestamp) throw refused(`pod ${metadata.name} is being deleted, cannot be assigned to a host`);
  if (spec!.nodeName) throw refused(`pod ${metadata.name} is already assigned to node ${JSON.stringify(spec!.nodeName)}`);
  if (spec!.schedulingGates?.length) throw refused(`pod ${metadata.name} has non-empty .spec.schedulingGates`);
  spec!.nodeName = binding.target!.name!;
  if (binding.metadata.annotations) metadata.annotations = { ...metadata.annotations, ...binding.metadata.annotations };
  if (binding.metadata.labels) metadata.labels = { ...metadata.labels, ...binding.metadata.labels };
  const { nominatedNodeName: _, ...others } = status;
  const scheduled = { type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime: now };
  const conditions = (others.conditions ?? []).filter((condition) => condition.type !== "PodScheduled");
  pod.status = { ...others, conditions: [...conditions, scheduled as unknown as (typeof conditions)[number]] };
  return pod;
}
