import type * as T from "../../../shared/kubernetes/types.ts";
import { goFormat } from "../goFormat.ts";
import { age, none, ofType, unset, type Printer } from "./cells.ts";
import { humanDuration } from "./duration.ts";

export const podDisruptionBudget: Printer<T.PodDisruptionBudget> = (object, now) => {
  const { metadata, spec, status } = object;
  return [
    metadata.name,
    String(spec?.minAvailable ?? "N/A"),
    String(spec?.maxUnavailable ?? "N/A"),
    status?.disruptionsAllowed ?? 0,
    age(object, now),
  ];
};

export const priorityClass: Printer<T.PriorityClass> = (object, now) => [
  object.metadata.name,
  object.value ?? 0,
  object.globalDefault ?? false,
  age(object, now),
  object.preemptionPolicy ?? "",
];
export const runtimeClass: Printer<T.RuntimeClass> = (object, now) => [object.metadata.name, object.handler, age(object, now)];
export const lease: Printer<T.Lease> = (object, now) => [object.metadata.name, object.spec?.holderIdentity ?? "", age(object, now)];

export const roleBinding: Printer<T.RoleBinding | T.ClusterRoleBinding> = (object, now) => {
  const subjects = object.subjects ?? [];
  const names = (kind: string) => subjects.filter((subject) => subject.kind === kind).map(({ name }) => name);
  const accounts = subjects.filter(({ kind }) => kind === "ServiceAccount").map(({ namespace = "", name }) => `${namespace}/${name}`);
  const wide = [names("User"), names("Group"), accounts].map((list) => list.join(", "));
  return [object.metadata.name, `${object.roleRef.kind}/${object.roleRef.name}`, age(object, now), ...wide];
};

export const certificateSigningRequest: Printer<T.CertificateSigningRequest> = (object, now) => {
  const { metadata, spec, status } = object;
  const has = (type: string) => ofType(status?.conditions, type) !== undefined;
  const state = has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending";
  const states = [state, has("Failed") && "Failed", status?.certificate && "Issued"].filter(Boolean).join(",");
  const duration = spec.expirationSeconds === undefined ? none : humanDuration(spec.expirationSeconds * 1000);
  return [metadata.name, age(object, now), spec.signerName || none, spec.username ?? "", duration, states];
};

export const webhookConfiguration: Printer<T.MutatingWebhookConfiguration | T.ValidatingWebhookConfiguration> = (object, now) => [
  object.metadata.name,
  object.webhooks?.length ?? 0,
  age(object, now),
];

const paramKind = (kind: T.ParamKind | undefined): string => (kind ? `${kind.apiVersion ?? ""}/${kind.kind ?? ""}` : unset);

export const validatingAdmissionPolicy: Printer<T.ValidatingAdmissionPolicy> = (object, now) => [
  object.metadata.name,
  object.spec?.validations?.length ?? 0,
  paramKind(object.spec?.paramKind),
  age(object, now),
];

export const mutatingAdmissionPolicy: Printer<T.MutatingAdmissionPolicy> = (object, now) => [
  object.metadata.name,
  object.spec?.mutations?.length ?? 0,
  paramKind(object.spec?.paramKind),
  age(object, now),
];

export const admissionPolicyBinding: Printer<T.ValidatingAdmissionPolicyBinding | T.MutatingAdmissionPolicyBinding> = (object, now) => {
  const param = object.spec?.paramRef;
  const named = param?.name ? `${param.namespace || "*"}/${param.name}` : param?.selector ? goFormat(param.selector) : unset;
  return [object.metadata.name, object.spec?.policyName ?? "", named, age(object, now)];
};

export const apiService: Printer<T.APIService> = (object, now) => {
  const { metadata, spec, status } = object;
  const available = ofType(status?.conditions, "Available");
  const state = available
    ? available.status !== "True" && available.reason
      ? `${available.status} (${available.reason})`
      : available.status
    : "Unknown";
  return [metadata.name, spec?.service ? `${spec.service.namespace}/${spec.service.name}` : "Local", state, age(object, now)];
};

export const flowSchema: Printer<T.FlowSchema> = (object, now) => {
  const { metadata, spec, status } = object;
  const cells = [metadata.name, spec?.priorityLevelConfiguration.name ?? "", spec?.matchingPrecedence ?? 0, spec?.distinguisherMethod?.type ?? none];
  const dangling = status?.conditions?.find(({ type }) => type === "Dangling");
  return [...cells, age(object, now), dangling?.status ?? "?"];
};

export const priorityLevelConfiguration: Printer<T.PriorityLevelConfiguration> = (object, now) => {
  const { metadata, spec } = object;
  const queuing = spec?.limited?.limitResponse?.queuing;
  const queues = queuing ? [queuing.queues ?? 0, queuing.handSize ?? 0, queuing.queueLengthLimit ?? 0] : [none, none, none];
  return [metadata.name, spec?.type ?? "", spec?.limited ? (spec.limited.nominalConcurrencyShares ?? 0) : none, ...queues, age(object, now)];
};

export const resourceClaim: Printer<T.ResourceV1ResourceClaim> = (object, now) => {
  const deleted = Boolean(object.metadata.deletionTimestamp);
  const { allocation, reservedFor } = object.status ?? {};
  const states = [
    deleted && "deleted",
    !allocation && !deleted && "pending",
    allocation && "allocated",
    allocation && reservedFor?.length && "reserved",
  ];
  return [object.metadata.name, states.filter(Boolean).join(","), age(object, now)];
};

export const resourceSlice: Printer<T.ResourceSlice> = (object, now) => {
  const { metadata, spec } = object;
  return [metadata.name, spec.nodeName ?? "", spec.driver, spec.pool.name, age(object, now)];
};

/** Kinds of which only name and age are shown. */
export const nameAndAge: Printer = (object, now) => [object.metadata.name, age(object, now)];

/** Kinds without columns of their own: name and time of creation. */
export const nameAndCreation: Printer = (object) => [object.metadata.name, object.metadata.creationTimestamp];
