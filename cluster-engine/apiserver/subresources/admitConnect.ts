import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { admit, validate } from "../admission/chain.ts";
import { attributesFor } from "../registry/objectWriter.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import { strategyContext } from "../registry/strategyContext.ts";
import type { ApiCall } from "../request/apiCall.ts";
import type { VerbContext } from "../verbs/verbContext.ts";

/** Has admission judge a connection. Its object are the connection's options, such as a PodExecOptions. @throws StatusError */
export async function admitConnect(call: ApiCall, resource: ServedResource, context: VerbContext, kind: string, options: object): Promise<void> {
  const write = { call, resource, context, options: { dryRun: false, fieldManager: "" }, subresource: call.info.subresource };
  const object = { kind, apiVersion: "v1", ...options } as KubeObject;
  const attributes = { ...attributesFor(write, "CONNECT", object, undefined), kind };
  const seen = strategyContext(call, context, false);
  await admit(context.admission, attributes, seen);
  await validate(context.admission, attributes, seen);
}
