import { apiVersionOf, type KubeObject } from "../../../shared/kubernetes/object.ts";
import type { FieldError } from "../../api/fieldError.ts";
import type {
  NonResourceAttributes,
  ResourceAttributes,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
  UserInfo,
} from "../../../shared/kubernetes/types.ts";
import { trackUpdate } from "../../api/fieldOwnership/trackUpdate.ts";
import { invalid } from "../../api/validationErrors.ts";
import type { Attributes } from "../authorization/attributes.ts";
import { resourceSchema } from "../registry/resourceSchema.ts";
import { decodeRequestBody } from "../registry/decodeObject.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import { parseWriteOptions } from "../registry/writeOptions.ts";
import { document, type Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { badRequest } from "../request/statusErrors.ts";
import type { ServerContext } from "../serverContext.ts";
import type { Verb } from "../verbs/verbContext.ts";

/** Reads the body of a review. */
export async function reviewBody<T extends KubeObject>(call: ApiCall, resource: ServedResource, { clock }: ServerContext): Promise<T> {
  const { fieldValidation, fieldManager } = parseWriteOptions(call, "CreateOptions");
  const schema = resourceSchema(resource);
  const body = (await decodeRequestBody(call, { kind: resource, schema, mode: fieldValidation })) as T;
  const managedFields = trackUpdate({
    live: undefined,
    updated: { ...body, metadata: body.metadata ?? {} },
    manager: fieldManager,
    subresource: "",
    schema,
    now: clock.now(),
    apiVersion: apiVersionOf(resource),
  });
  return { ...body, metadata: { ...body.metadata, ...(managedFields ? { managedFields } : {}) } };
}

/** May this user do that? */
export const subjectAccessReview: Verb = (call, resource, context) => review(call, resource, context, ({ spec }) => ({ ...userOf(spec) }));

/** May I do that? */
export const selfSubjectAccessReview: Verb = (call, resource, context) => review(call, resource, context, () => call.user);

/** May this user do that in this namespace? */
export const localSubjectAccessReview: Verb = (call, resource, context) =>
  review(call, resource, context, ({ spec }) => {
    if (spec.resourceAttributes?.namespace !== call.info.namespace)
      throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${call.info.namespace}`);
    return userOf(spec);
  });

const userOf = ({ user, groups, uid, extra }: SubjectAccessReviewSpec): UserInfo => ({
  username: user ?? "",
  ...(groups ? { groups } : {}),
  ...(uid ? { uid } : {}),
  ...(extra ? { extra } : {}),
});

async function review(
  call: ApiCall,
  resource: ServedResource,
  context: ServerContext,
  who: (body: SubjectAccessReview) => UserInfo,
): Promise<Answer> {
  const body = await reviewBody<SubjectAccessReview>(call, resource, context);
  const errors = problems(body.spec ?? {}, resource.kind);
  if (errors.length) throw invalid({ group: resource.group, kind: "" }, "", errors);
  const { allowed, reason } = context.authorize(attributesOf(who(body), body.spec));
  return document({ ...body, metadata: body.metadata ?? {}, status: { allowed, ...(reason ? { reason } : {}) } }, 201);
}

function problems(spec: SubjectAccessReviewSpec, kind: string): FieldError[] {
  const errors: FieldError[] = [];
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (resourceAttributes && nonResourceAttributes) {
    errors.push({
      type: "Invalid",
      field: "spec.nonResourceAttributes",
      value: nonResourceAttributes,
      detail: "cannot be specified in combination with resourceAttributes",
    });
  }
  if (!resourceAttributes && !nonResourceAttributes) {
    errors.push({
      type: "Invalid",
      field: "spec.resourceAttributes",
      value: null,
      detail: "exactly one of nonResourceAttributes or resourceAttributes must be specified",
    });
  }
  if (kind !== "SelfSubjectAccessReview" && !spec.user && !spec.groups?.length) {
    errors.push({ type: "Invalid", field: "spec.user", value: "", detail: "at least one of user or group must be specified" });
  }
  return errors;
}

function attributesOf(
  user: UserInfo,
  { resourceAttributes, nonResourceAttributes }: { resourceAttributes?: ResourceAttributes; nonResourceAttributes?: NonResourceAttributes },
): Attributes {
  const { verb = "", group = "", version = "", resource = "", subresource = "", namespace = "", name = "" } = resourceAttributes ?? {};
  const asked = {
    user,
    verb,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    isResourceRequest: resourceAttributes !== undefined,
    path: nonResourceAttributes?.path ?? "",
  };
  return resourceAttributes ? asked : { ...asked, verb: nonResourceAttributes?.verb ?? "" };
}

const everything = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };

/** What may I do in this namespace? */
export const selfSubjectRulesReview: Verb = async (call, resource, context) => {
  const body = await reviewBody<SelfSubjectRulesReview>(call, resource, context);
  const namespace = body.spec?.namespace;
  if (!namespace) throw badRequest("no namespace on request");
  const { rules, problems: unresolved } = context.rbac.rulesFor(call.user, namespace);
  const master = call.user.groups?.includes("system:masters");
  const resourceRules = rules
    .filter((rule) => rule.resources?.length)
    .map(({ verbs, apiGroups, resources, resourceNames }) => ({ verbs, apiGroups, resources, ...(resourceNames?.length ? { resourceNames } : {}) }));
  const nonResourceRules = rules.filter((rule) => rule.nonResourceURLs?.length).map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
  const status = {
    resourceRules: master ? [everything, ...resourceRules] : resourceRules,
    nonResourceRules: master ? [{ verbs: ["*"], nonResourceURLs: ["*"] }, ...nonResourceRules] : nonResourceRules,
    incomplete: false,
    ...(unresolved.length ? { evaluationError: unresolved.join(", ") } : {}),
  };
  return document({ kind: resource.kind, apiVersion: `${resource.group}/${resource.version}`, metadata: {}, spec: {}, status }, 201);
};
