import type { KubeObject, ObjectKey } from "../../shared/kubernetes/object.ts";
import type { DeleteOptions, UserInfo } from "../../shared/kubernetes/types.ts";
import type { FieldError } from "../api/fieldError.ts";
import type { ResourceType } from "../api/resourceType.ts";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";

/** What strategies and admission may use. */
export interface StrategyContext {
  clock: Clock;
  random: Random;
  user: UserInfo;
  dryRun: boolean;
  /** The stored object, from the latest committed state; undefined when there is none. Frozen. */
  lookup<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): Promise<T | undefined>;
  list<T extends KubeObject>(type: ResourceType<T>, namespace?: string): Promise<T[]>;
  /** Adds a Warning header to the answer. */
  warn(text: string): void;
}

/**
 * What differs per kind. Everything is optional; what is absent follows the generic road. Objects handed in are drafts
 * that may be changed in place, `old` is frozen. Mirrors the registry strategies of k8s.io/kubernetes/pkg/registry.
 */
export interface Strategy<T extends KubeObject = KubeObject> {
  /** Fills in the defaults of Kubernetes 1.36; idempotent; runs on every decoded body, and for templates inside. */
  setDefaults?(object: T): void;
  /** Clears status, sets generation, allocates what the server gives (ClusterIPs, node ports). */
  prepareForCreate?(object: T, context: StrategyContext): void | Promise<void>;
  validate?(object: T, context: StrategyContext): FieldError[] | Promise<FieldError[]>;
  /** Keeps status, raises generation when the spec changed. */
  prepareForUpdate?(object: T, old: T, context: StrategyContext): void | Promise<void>;
  validateUpdate?(object: T, old: T, context: StrategyContext): FieldError[] | Promise<FieldError[]>;
  /** Update through another subresource than the main one (`status`, `ephemeralcontainers`, `resize`, `approval`). */
  subresources?: Record<
    string,
    {
      prepareForUpdate(object: T, old: T, context: StrategyContext): void;
      validateUpdate?(object: T, old: T, context: StrategyContext): FieldError[];
    }
  >;
  /** `GET`/`PUT`/`PATCH` of `scale`: where the replica counts are. */
  scale?: { replicas: string; statusReplicas: string; selector(object: T): string };
  /** Warnings for the user (deprecated fields and the like). */
  warnings?(object: T, old: T | undefined): string[];
  /** Fields usable in a fieldSelector besides metadata.name and metadata.namespace. */
  selectableFields?(object: T): Record<string, string>;
  /** Grace period in s of a deletion; undefined deletes at once (after finalizers). */
  gracePeriod?(object: T, options: DeleteOptions): number | undefined;
  /** Finalizers to add when deletion begins, and other last rites. */
  beginDeletion?(object: T, options: DeleteOptions, context: StrategyContext): void | Promise<void>;
  /** Releases what was allocated, after the object is gone. */
  afterDeletion?(object: T, context: StrategyContext): void | Promise<void>;
  /** PUT of an absent object creates it (Leases, Endpoints, …). */
  allowCreateOnUpdate?: boolean;
  /** PUT without resourceVersion is allowed; true for most kinds. */
  allowUnconditionalUpdate?: boolean;
}
