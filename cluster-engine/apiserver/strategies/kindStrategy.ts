import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { FieldError } from "../../api/fieldError.ts";
import type { ResourceType } from "../../api/resourceType.ts";
import type { Strategy, StrategyContext } from "../strategy.ts";
import type { NameRule } from "./nameRules.ts";
import { raiseGeneration, validateObjectMeta, validateUpdatedMetadata } from "./objectMeta.ts";
import { Problems, sameValue } from "./problems.ts";

/** The differences of one kind, as its file states them; kindStrategy makes a Strategy of them. */
export interface KindRules<T extends KubeObject> {
  name: NameRule;
  /** Objects have a status: cleared on creation, kept by updates, written through the subresource. */
  status?: boolean;
  /** metadata.generation is kept, and raised when one of these fields changes. */
  generation?: readonly (keyof T & string)[];
  defaults?(object: T): void;
  prepareForCreate?(object: T, context: StrategyContext): void | Promise<void>;
  prepareForUpdate?(object: T, old: T, context: StrategyContext): void | Promise<void>;
  /** What is wrong with the object apart from its metadata; on creation, and on update unless validateUpdate is given. */
  validate?(object: T, problems: Problems, old: T | undefined): void;
  /** Update: metadata is checked before. Without it `validate` runs. */
  validateUpdate?(object: T, old: T, problems: Problems): void;
  /** Update of the status subresource: what else it may carry, and what is wrong with it. */
  prepareForStatusUpdate?(object: T, old: T, context: StrategyContext): void;
  validateStatusUpdate?(object: T, old: T, problems: Problems): void;
  /** Everything else, taken over as it is. */
  strategy?: Partial<Strategy<T>>;
}

type WithStatus = KubeObject & { status?: unknown };

/** The fields that belong to the user: everything but type, metadata and status. */
const ownFields = (object: KubeObject): string[] =>
  Object.keys(object).filter((name) => !["apiVersion", "kind", "metadata", "status"].includes(name));

/** A Strategy for one kind from its rules and the parts that all kinds share. */
export function kindStrategy<T extends KubeObject>(type: ResourceType<T>, rules: KindRules<T>): Strategy<T> {
  const strategy: Strategy<T> = {
    allowUnconditionalUpdate: true,
    setDefaults: (object) => rules.defaults?.(object),
    prepareForCreate(object, context) {
      if (rules.status) setStatus(object, undefined);
      if (rules.generation) object.metadata.generation = 1;
      return rules.prepareForCreate?.(object, context);
    },
    validate(object) {
      const problems = new Problems();
      validateObjectMeta(object.metadata, type.namespaced, rules.name, "metadata", problems);
      rules.validate?.(object, problems, undefined);
      return problems.list;
    },
    prepareForUpdate(object, old, context) {
      if (rules.status) setStatus(object, (old as WithStatus).status);
      object.metadata.generation = old.metadata.generation;
      const prepared = rules.prepareForUpdate?.(object, old, context);
      const finish = () => {
        if (rules.generation?.some((field) => !sameValue(object[field], old[field]))) raiseGeneration(object, old);
        else if (object.metadata.generation === undefined) delete object.metadata.generation;
      };
      return prepared ? prepared.then(finish) : finish();
    },
    validateUpdate: (object, old) => validateUpdate(rules, object, old),
    ...rules.strategy,
  };
  if (rules.status) strategy.subresources = { status: statusSubresource(rules), ...rules.strategy?.subresources };
  return strategy;
}

function validateUpdate<T extends KubeObject>(rules: KindRules<T>, object: T, old: T): FieldError[] {
  const problems = new Problems();
  validateUpdatedMetadata(object, old, problems);
  if (rules.validateUpdate) rules.validateUpdate(object, old, problems);
  else rules.validate?.(object, problems, old);
  return problems.list;
}

function statusSubresource<T extends KubeObject>(rules: KindRules<T>): NonNullable<Strategy<T>["subresources"]>[string] {
  return {
    prepareForUpdate(object, old, context) {
      keepAllButStatus(object, old);
      rules.prepareForStatusUpdate?.(object, old, context);
    },
    validateUpdate(object, old) {
      const problems = new Problems();
      validateUpdatedMetadata(object, old, problems);
      rules.validateStatusUpdate?.(object, old, problems);
      return problems.list;
    },
  };
}

/** Puts back everything that an update of the status subresource may not change. */
export function keepAllButStatus(object: KubeObject, old: KubeObject): void {
  const target = object as unknown as Record<string, unknown>;
  const source = old as unknown as Record<string, unknown>;
  for (const name of new Set([...ownFields(object), ...ownFields(old)])) {
    if (source[name] === undefined) delete target[name];
    else target[name] = source[name];
  }
  if (old.metadata.generation === undefined) delete object.metadata.generation;
  else object.metadata.generation = old.metadata.generation;
}

/** Replaces the status; undefined takes it away. */
export function setStatus(object: KubeObject, status: unknown): void {
  const target = object as WithStatus;
  if (status === undefined) delete target.status;
  else target.status = status;
}
