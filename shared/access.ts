import { z } from "zod";
import type { ObjectRef, ViewMessage } from "./contract.ts";

/** Who may have rights. A service account has a namespace. */
export const accessSubject = z.object({
  kind: z.enum(["User", "Group", "ServiceAccount"]),
  name: z.string().min(1).max(500),
  namespace: z.string().max(253).optional(),
});
export type AccessSubject = z.infer<typeof accessSubject>;

/** One thing that may be allowed. `resource` may name a subresource (`pods/log`); empty `namespace`: in all of them. */
export const accessQuestion = z.object({
  verb: z.string().min(1).max(63),
  group: z.string().max(253),
  resource: z.string().min(1).max(253),
  namespace: z.string().max(253).default(""),
  name: z.string().max(253).default(""),
});
export type AccessQuestion = z.infer<typeof accessQuestion>;

/** The verbs that the grid has a column for. */
export const gridVerbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"] as const;

/** `all`: wherever was asked. `some`: in some of the namespaces. `names`: for objects of certain names alone. */
export type Reach = "all" | "some" | "names";

export interface AccessRow {
  group: string;
  /** With its subresource: `pods/log`. */
  resource: string;
  kind: string;
  namespaced: boolean;
  /** By verb; what is absent is not granted. */
  verbs: Record<string, Reach>;
}

/** Why something is allowed: a rule of a role, and the binding that gives it. */
export interface Grant {
  binding: ObjectRef;
  role: ObjectRef;
  /** As the binding names it: `Group system:masters`. */
  subject: AccessSubject;
  /** Only in this namespace. */
  namespace?: string;
  rule: { verbs: string[]; apiGroups: string[]; resources: string[]; names: string[]; urls: string[] };
}

export interface SubjectSummary extends AccessSubject {
  bindings: number;
  /** It may do everything, everywhere. */
  everything: boolean;
}

/** What one subject may do, again whenever it changes. */
export interface RightsMessage {
  /** Who asks: the user of this window. */
  me?: { user: string; groups: string[] };
  /** All that bindings name, and every service account. */
  subjects: SubjectSummary[];
  rows: AccessRow[];
  /** URLs that are no resources, with their verbs. */
  urls: { url: string; verbs: string[] }[];
  bindings: { binding: ObjectRef; role: ObjectRef; subject: AccessSubject; namespace?: string; missing: boolean }[];
  /** RBAC resources that could not be read: what is not granted may be granted all the same. */
  unread: string[];
  /** The rows of `me` come from the API server's own answer, for what could not be read. */
  reviewed: boolean;
  freshness: NonNullable<ViewMessage["freshness"]>;
}

/** All that may do one thing. */
export interface WhoCanMessage {
  subjects: { subject: AccessSubject; grants: Grant[] }[];
  unread: string[];
  freshness: NonNullable<ViewMessage["freshness"]>;
}

/** The API server's word on one question, and the rules behind it. */
export interface AccessAnswer {
  /** The server has not answered yet. */
  pending: boolean;
  /** Absent: the server was not to be asked. */
  allowed?: boolean;
  /** The server's reason, or why it was not to be asked. */
  reason: string;
  grants: Grant[];
  /** Not all of RBAC could be read: there may be more grants. */
  partial: boolean;
  kubectl: string;
}
