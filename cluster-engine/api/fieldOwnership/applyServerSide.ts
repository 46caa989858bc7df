import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { parseApiVersion } from "../../../shared/kubernetes/object.ts";
import { rfc3339 } from "../../base/clock.ts";
import { canonicalObject } from "../decode.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { Schema } from "../schemas.ts";
import { StatusError } from "../statusError.ts";
import { noFields, type FieldSet } from "./fieldSet.ts";
import { lastAppliedFields, migratingManager, updateLastApplied } from "./lastApplied.ts";
import { formatManagers, parseManagers, type Managers } from "./managers.ts";
import { IdentityError } from "./pathElement.ts";
import { emptyObject } from "./trackUpdate.ts";
import { objectModel } from "./typeModel.ts";
import { ownApply, ownUpdate, type Write } from "./updater.ts";
import { typeProblems } from "./validate.ts";

export interface Apply {
  /** The stored object; undefined when the apply creates it. */
  live: KubeObject | undefined;
  /** The applied configuration, as it was sent. */
  config: JsonObject;
  manager: string;
  /** Takes over what others own instead of failing. */
  force: boolean;
  /** "" for the main resource. */
  subresource: string;
  schema: Schema;
  /** ms since the epoch. */
  now: number;
  apiVersion: string;
  kind: string;
  /** Fields that the strategy resets: see resetFields. */
  reset?: FieldSet;
}

/**
 * Server-side apply: the object that results, in canonical form and not yet defaulted, with its managedFields.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 * @throws StatusError Conflict (one cause a field), BadRequest, or 500 for a configuration that does not fit the schema
 */
export function applyServerSide(apply: Apply): { object: KubeObject } {
  const { config, schema, apiVersion, kind, subresource, reset = noFields, now, manager } = apply;
  checkConfig(apply);
  const type = objectModel(schema);
  const empty = emptyObject({ apiVersion, kind }, schema);
  const live = (apply.live ?? empty) as KubeObject;
  const managers = managersOf(live);
  const common = { type, reset, managers };
  const bare = withoutManagedFields(live);
  if (managers.size === 0) {
    ownUpdate(
      { ...common, live: empty, writer: { manager: "before-first-apply", operation: "Update", apiVersion, subresource, time: rfc3339(now) } },
      bare,
    );
  }
  const writer = { manager, operation: "Apply" as const, apiVersion, subresource, time: rfc3339(now) };
  const next = (tryApply({ ...common, live: bare, writer }, apply, bare) ?? bare) as KubeObject;
  const object = canonicalObject(manager === migratingManager ? updateLastApplied(next, config) : next, schema);
  return { object: { ...object, metadata: { ...object.metadata, managedFields: formatManagers(managers) } } };
}

/** Applies; kubectl is forgiven conflicts over what its own client-side apply has set. */
function tryApply(write: Write, { config, force, manager, apiVersion }: Apply, live: KubeObject): unknown {
  const forgiven = manager === migratingManager && !force ? lastAppliedFields(live, write.type, apiVersion) : noFields;
  try {
    return ownApply(write, config, force, forgiven);
  } catch (error) {
    if (error instanceof IdentityError) throw new StatusError(500, "", `failed to merge config: ${error.message}`);
    throw error;
  }
}

function managersOf(live: KubeObject): Managers {
  try {
    return parseManagers(live.metadata?.managedFields);
  } catch (error) {
    throw new StatusError(500, "", `failed to decode managed fields: ${(error as Error).message}`);
  }
}

function withoutManagedFields(object: KubeObject): KubeObject {
  if (!object.metadata?.managedFields) return object;
  const { managedFields, ...metadata } = object.metadata;
  void managedFields;
  return { ...object, metadata };
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

function checkConfig({ config, apiVersion, kind, schema }: Apply): void {
  if (config.apiVersion !== apiVersion) {
    throw new StatusError(
      400,
      "BadRequest",
      `Incorrect version specified in apply patch. Specified patch version: ${text(config.apiVersion)}, expected: ${apiVersion}`,
    );
  }
  const metadata = isObject(config.metadata) ? config.metadata : {};
  if (metadata.managedFields !== undefined && metadata.managedFields !== null)
    throw new StatusError(400, "BadRequest", "metadata.managedFields must be nil");
  const { group, version } = parseApiVersion(apiVersion);
  const isOther = config.kind !== kind;
  const problems = isOther ? [`no corresponding type for ${group}/${version}, Kind=${text(config.kind)}`] : typeProblems(config, objectModel(schema));
  if (!problems.length) return;
  const problem = problems.length === 1 ? problems[0] : ["errors:", ...problems.map((one) => `  ${one}`)].join("\n");
  const name = `${text(metadata.namespace)}/${text(metadata.name)}; ${group}/${version}, Kind=${text(config.kind)}`;
  throw new StatusError(500, "", `failed to create typed patch object (${name}): ${problem}`);
}
