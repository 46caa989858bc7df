import type { BoundObjectReference, Pod, ServiceAccount, TokenRequest } from "../../../shared/kubernetes/types.ts";
import { trackUpdate } from "../../api/fieldOwnership/trackUpdate.ts";
import { invalid } from "../../api/validationErrors.ts";
import { rfc3339 } from "../../base/clock.ts";
import type { BoundObject } from "../authentication/serviceAccountTokens.ts";
import { builtInSchema, decodeRequestBody } from "../registry/decodeObject.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import { parseWriteOptions } from "../registry/writeOptions.ts";
import { document, type Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { badRequest, conflict } from "../request/statusErrors.ts";
import type { ServerContext } from "../serverContext.ts";
import { existing } from "../verbs/get.ts";

const kind = { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" };
const defaultSeconds = 3600;
const shortest = 600;
const longest = 2 ** 32;
/** A token for a pod that asks for this lifetime gets a year: clients that don't reload it go on working. */
const warnOnlySeconds = 3607;
const extendedSeconds = 365 * 24 * 3600;

/** POST of `serviceaccounts/NAME/token`. */
export async function createToken(call: ApiCall, accounts: ServedResource, context: ServerContext): Promise<Answer> {
  const { fieldManager } = parseWriteOptions(call, "CreateOptions");
  const { name, namespace } = call.info;
  const request = (await decodeRequestBody(call, { kind, schema: builtInSchema(kind), mode: "Warn" })) as TokenRequest;
  checkMetadata(request, name, namespace);
  const account = existing(accounts, namespace, name).object as ServiceAccount;
  const { boundObjectRef } = request.spec ?? {};
  const audiences = request.spec?.audiences ?? [];
  const expirationSeconds = request.spec?.expirationSeconds ?? defaultSeconds;
  const managedFields = ownedFields(request, expirationSeconds, fieldManager, context.clock.now());
  checkLifetime(expirationSeconds);
  const bound = boundObjectRef ? bindTo(boundObjectRef, account, context) : {};
  const forServer = audiences.length === 0 || (audiences.length === 1 && audiences[0] === context.issuer);
  const extended = bound.pod !== undefined && expirationSeconds === warnOnlySeconds && forServer;
  const now = Math.floor(context.clock.now() / 1000);
  const aud = audiences.length ? audiences : [context.issuer];
  const token = context.tokens.sign({
    aud,
    exp: now + (extended ? extendedSeconds : expirationSeconds),
    "kubernetes.io": {
      namespace,
      ...bound,
      serviceaccount: { name, uid: account.metadata.uid },
      ...(extended ? { warnafter: now + expirationSeconds } : {}),
    },
  });
  return document(
    {
      kind: kind.kind,
      apiVersion: "authentication.k8s.io/v1",
      metadata: { name, namespace, uid: account.metadata.uid, creationTimestamp: rfc3339(now * 1000), ...(managedFields ? { managedFields } : {}) },
      spec: { audiences: aud, expirationSeconds, boundObjectRef: boundObjectRef ?? null },
      status: { token, expirationTimestamp: rfc3339((now + expirationSeconds) * 1000) },
    },
    201,
  );
}

/** A request is answered, not stored; the answer says who asked for what all the same. */
function ownedFields(request: TokenRequest, expirationSeconds: number, manager: string, now: number) {
  const updated: TokenRequest = { ...request, metadata: request.metadata ?? {}, spec: { ...request.spec, expirationSeconds } };
  return trackUpdate({ live: undefined, updated, manager, subresource: "token", schema: builtInSchema(kind), now, apiVersion: request.apiVersion });
}

function checkMetadata({ metadata }: TokenRequest, name: string, namespace: string): void {
  const wrong = (field: string, value: string, what: string) =>
    invalid(kind, name, [{ type: "Invalid", field: `metadata.${field}`, value, detail: `must match the service account ${what} if specified` }]);
  if (metadata?.name && metadata.name !== name) throw wrong("name", metadata.name, "name");
  if (metadata?.namespace && metadata.namespace !== namespace) throw wrong("namespace", metadata.namespace, "namespace");
}

function checkLifetime(seconds: number): void {
  const problem =
    seconds < shortest
      ? "may not specify a duration less than 10 minutes"
      : seconds > longest
        ? "may not specify a duration larger than 2^32 seconds"
        : undefined;
  if (problem) throw invalid(kind, "", [{ type: "Invalid", field: "spec.expirationSeconds", value: seconds, detail: problem }]);
}

type Bound = { pod?: BoundObject; secret?: BoundObject; node?: BoundObject };

/** What the token dies with. @throws NotFound, BadRequest, Conflict */
function bindTo(reference: BoundObjectReference, account: ServiceAccount, { registry }: ServerContext): Bound {
  const { kind: kindName = "", name = "", apiVersion = "v1" } = reference;
  const resource = { Pod: "pods", Secret: "secrets", Node: "nodes" }[kindName];
  if (!resource || apiVersion !== "v1") throw badRequest(`cannot bind token to object of type /${apiVersion}, Kind=${kindName}`);
  const type = registry.find({ group: "", version: "v1", resource })!;
  const { object } = existing(type, account.metadata.namespace ?? "", name);
  const { uid } = object.metadata;
  if (reference.uid && reference.uid !== uid) {
    throw conflict(
      { group: "", resource: kindName },
      name,
      `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  const bound = { name, uid };
  if (kindName !== "Pod") return { [kindName.toLowerCase()]: bound };
  const { spec } = object as Pod;
  if (spec?.serviceAccountName !== account.metadata.name) {
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account.metadata.name)} to pod running with different serviceaccount name.`,
    );
  }
  const node = spec?.nodeName && registry.cacheOf({ group: "", resource: "nodes" }).get("", spec.nodeName)?.object;
  return { pod: bound, ...(node ? { node: { name: node.metadata.name, uid: node.metadata.uid } } : {}) };
}
