import type { KubeObject, ResourceRef } from "../../../shared/kubernetes/object.ts";
import type { UserInfo } from "../../../shared/kubernetes/types.ts";
import type { Schema } from "../../api/schemas.ts";
import type { StrategyContext } from "../strategy.ts";

/** What admission looks at: one write (or CONNECT) before it reaches the store. */
export interface AdmissionAttributes {
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  /** Of the request: `pods` in v1. */
  readonly resource: ResourceRef;
  readonly kind: string;
  /** `status`, `eviction` …; "" for the resource itself. */
  readonly subresource: string;
  /** "" for cluster-scoped resources. */
  readonly namespace: string;
  /** "" on creation with generateName, and for deletecollection. */
  readonly name: string;
  /** The object to be stored, a draft that `admit` may change in place. Absent on DELETE. In the storage version. */
  readonly object?: KubeObject;
  /** The stored object, frozen. Absent on CREATE. */
  readonly oldObject?: KubeObject;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** The plugins admit for the second time, because a webhook changed the object. */
  readonly reinvocation?: boolean;
  /** Of the object, as it is stored. */
  schema(): Schema;
  /** Fills in the defaults of an object that was changed. */
  setDefaults(object: KubeObject): void;
}

/** All plugins admit in order, then all validate in order. Both throw a StatusError to refuse (`Forbidden` mostly). */
export interface AdmissionPlugin {
  /** As Kubernetes names it: `NamespaceLifecycle`. */
  readonly name: string;
  /** A promise of true says that the object was changed by what others have not foreseen: all admit once more. */
  admit?(attributes: AdmissionAttributes, context: StrategyContext): void | Promise<void | boolean>;
  validate?(attributes: AdmissionAttributes, context: StrategyContext): void | Promise<void>;
}
