import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { ControllerRevision, LabelSelector, PodTemplateSpec } from "../../shared/kubernetes/types.ts";
import { ControllerRevisions } from "../api/resources.ts";
import type { ResourceType } from "../api/resourceType.ts";
import { labelSelectorMatcher } from "../api/selectors.ts";
import { hasReason } from "../api/statusError.ts";
import type { Client, Informer } from "../client/types.ts";
import { semanticEqual } from "./equality.ts";
import { candidates, claim, controllerReference } from "./owners.ts";
import { templateHash } from "./templateHash.ts";

/** An owner of pods that keeps its templates' history in ControllerRevisions. */
export interface HistoryOwner extends KubeObject {
  spec: { selector: LabelSelector; template: PodTemplateSpec; revisionHistoryLimit?: number };
  status?: { collisionCount?: number };
}

export interface History {
  /** Oldest first; the one of the present template is among them. */
  revisions: ControllerRevision[];
  update: ControllerRevision;
  /** The hash in the name of `update`. */
  hash: string;
  collisionCount: number;
}

export interface HistoryOptions<T extends HistoryOwner> {
  client: Client;
  type: ResourceType<T>;
  owner: T;
  informer: Informer<ControllerRevision>;
  /** Label under which a revision carries its hash. */
  hashLabel: string;
}

/** As kubectl reads it for `rollout history` and `undo`. Clients compare its bytes: keys stand in Go's order of a map. */
const dataOf = (template: PodTemplateSpec): unknown => sorted({ spec: { template: { ...template, $patch: "replace" } } });

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const keys = Object.keys(value).toSorted((a, b) => (a < b ? -1 : 1));
  return Object.fromEntries(keys.map((key) => [key, sorted((value as Record<string, unknown>)[key])]));
}

/** The template that a revision holds. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const { $patch: _, ...template } = (revision.data as { spec: { template: PodTemplateSpec & { $patch?: string } } }).spec.template;
  return template;
}

/**
 * Brings the history up to the present template: an equal older revision becomes the newest, else one is made.
 * A name taken by another template is avoided by counting collisions.
 */
export async function syncHistory<T extends HistoryOwner>(options: HistoryOptions<T>): Promise<History> {
  const { client, owner, type, informer } = options;
  const selects = labelSelectorMatcher(owner.spec.selector);
  const owned = await claim({ client, type: ControllerRevisions, owner, ownerType: type, selects, objects: candidates(informer, owner) });
  const revisions = owned.sort((a, b) => a.revision - b.revision || (a.metadata.name < b.metadata.name ? -1 : 1));
  const equal = revisions.filter((revision) => semanticEqual(templateOf(revision), owner.spec.template)).at(-1);
  const next = (revisions.at(-1)?.revision ?? 0) + 1;
  const collisionCount = owner.status?.collisionCount ?? 0;
  if (!equal) return create(options, revisions, next, collisionCount);
  const update = equal === revisions.at(-1) ? equal : await client.resource(ControllerRevisions).update({ ...equal, revision: next });
  const others = revisions.filter((revision) => revision !== equal);
  return { revisions: [...others, update], update, hash: hashOf(update, owner), collisionCount };
}

async function create<T extends HistoryOwner>(
  options: HistoryOptions<T>,
  revisions: ControllerRevision[],
  revision: number,
  collisions: number,
): Promise<History> {
  const { client, owner, type, hashLabel } = options;
  const { name: ownerName, namespace, annotations } = owner.metadata;
  const { template } = owner.spec;
  for (let collisionCount = collisions; ; collisionCount++) {
    const hash = templateHash(template, collisionCount);
    const name = `${ownerName.slice(0, 223)}-${hash}`;
    const labels = { ...template.metadata?.labels, [hashLabel]: hash };
    const metadata = { name, namespace, labels, ...(annotations ? { annotations } : {}), ownerReferences: [controllerReference(type, owner)] };
    try {
      const update = await client.resource(ControllerRevisions).create({ metadata, data: dataOf(template), revision });
      return { revisions: [...revisions, update], update, hash, collisionCount };
    } catch (error) {
      if (!hasReason(error, "AlreadyExists")) throw error;
      const existing = await client.resource(ControllerRevisions).get({ name, namespace });
      if (semanticEqual(templateOf(existing), template)) return { revisions: [...revisions, existing], update: existing, hash, collisionCount };
    }
  }
}

const hashOf = (revision: ControllerRevision, owner: HistoryOwner): string =>
  revision.metadata.name.slice(Math.min(owner.metadata.name.length, 223) + 1);

/** Deletes the oldest revisions beyond the limit that are neither live nor named in `live`. */
export async function truncateHistory(
  client: Client,
  owner: HistoryOwner,
  revisions: ControllerRevision[],
  isLive: (revision: ControllerRevision) => boolean,
): Promise<void> {
  const old = revisions.filter((revision) => !isLive(revision));
  const surplus = old.length - (owner.spec.revisionHistoryLimit ?? 10);
  for (const revision of old.slice(0, Math.max(0, surplus)))
    await client
      .resource(ControllerRevisions)
      .delete(revision.metadata)
      .catch((error: unknown) => {
        if (!hasReason(error, "NotFound")) throw error;
      });
}
