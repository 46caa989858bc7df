import { keyOf, parseApiVersion, type KubeObject, type ObjectKey } from "../../../shared/kubernetes/object.ts";
import type { OwnerReference } from "../../../shared/kubernetes/types.ts";
import type { ResourceType } from "../../api/resourceType.ts";

export interface GraphNode {
  uid: string;
  type: ResourceType;
  key: ObjectKey;
  owners: OwnerReference[];
  deleting: boolean;
  /** Being deleted in the foreground: waits for its dependents. */
  waitsForDependents: boolean;
  /** Being deleted with its dependents to be orphaned. */
  orphans: boolean;
}

export const foregroundFinalizer = "foregroundDeletion";
export const orphanFinalizer = "orphan";

/** What a change of an object brings about. */
export interface Concern {
  /** Objects to be looked at. */
  uids: string[];
  /** References to an owner that lives in another namespace. */
  invalid: { dependent: GraphNode; reference: OwnerReference }[];
}

/** Whether the reference names this owner as it is, from where the dependent is. */
export const isNamedBy = (owner: GraphNode, reference: OwnerReference, dependent: GraphNode): boolean =>
  owner.type.kind === reference.kind &&
  owner.type.group === parseApiVersion(reference.apiVersion).group &&
  owner.key.name === reference.name &&
  isReachable(owner, dependent);

/** What is in a namespace can own only what is there too. */
const isReachable = (owner: GraphNode, dependent: GraphNode): boolean => !owner.key.namespace || owner.key.namespace === dependent.key.namespace;

/** Who owns whom, by uid; also of owners that are not (or no longer) there. */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  dependentsOf(uid: string): GraphNode[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((each) => this.#nodes.get(each) ?? []);
  }

  /** Takes in the state of an object. */
  upsert(type: ResourceType, object: KubeObject): Concern {
    const old = this.#nodes.get(object.metadata.uid);
    const node = nodeOf(type, object);
    this.#nodes.set(node.uid, node);
    const kept = new Set(node.owners.map(({ uid }) => uid));
    for (const { uid } of old?.owners ?? []) if (!kept.has(uid)) this.#unlink(uid, node.uid);
    for (const { uid } of node.owners) this.#link(uid, node.uid);
    return { uids: this.#concerned(node, old), invalid: this.#invalid(node, old) };
  }

  /** Forgets an object. Answers with the uids that are to be looked at because of it. */
  remove(uid: string): string[] {
    const node = this.#nodes.get(uid);
    if (!node) return [];
    this.#nodes.delete(uid);
    for (const owner of node.owners) this.#unlink(owner.uid, uid);
    const waiting = node.owners.map((owner) => owner.uid).filter((owner) => this.#nodes.get(owner)?.waitsForDependents);
    return [...(this.#dependents.get(uid) ?? []), ...waiting];
  }

  #concerned(node: GraphNode, old: GraphNode | undefined): string[] {
    const concerned: string[] = [];
    if (node.orphans || node.waitsForDependents) concerned.push(node.uid);
    if (node.waitsForDependents && !old?.waitsForDependents) concerned.push(...(this.#dependents.get(node.uid) ?? []));
    // A dependent that lets go of a waiting owner, or blocks it no more, may free it.
    for (const { uid } of old?.owners ?? []) if (this.#nodes.get(uid)?.waitsForDependents) concerned.push(uid);
    const known = new Set(old?.owners.map(({ uid }) => uid));
    if (node.owners.some((reference) => !known.has(reference.uid) && this.#isSuspicious(reference, node))) concerned.push(node.uid);
    // A dependent that was known first may name another object, or one elsewhere.
    if (!old) concerned.push(...this.#strays(node).map(({ dependent }) => dependent.uid));
    return concerned;
  }

  #isSuspicious(reference: OwnerReference, dependent: GraphNode): boolean {
    const owner = this.#nodes.get(reference.uid);
    return !owner || owner.waitsForDependents || !isNamedBy(owner, reference, dependent);
  }

  /** Dependents that name this owner otherwise than it is. */
  #strays(owner: GraphNode): { dependent: GraphNode; reference: OwnerReference }[] {
    return this.dependentsOf(owner.uid).flatMap((dependent) =>
      dependent.owners
        .filter((reference) => reference.uid === owner.uid && !isNamedBy(owner, reference, dependent))
        .map((reference) => ({ dependent, reference })),
    );
  }

  #invalid(node: GraphNode, old: GraphNode | undefined): Concern["invalid"] {
    const known = new Set(old?.owners.map(({ uid }) => uid));
    const own = node.owners.filter(({ uid }) => {
      const owner = this.#nodes.get(uid);
      return owner && !known.has(uid) && !isReachable(owner, node);
    });
    const others = old ? [] : this.#strays(node).filter(({ dependent }) => !isReachable(node, dependent));
    return [...own.map((reference) => ({ dependent: node, reference })), ...others];
  }

  #link(owner: string, dependent: string): void {
    const dependents = this.#dependents.get(owner);
    if (dependents) dependents.add(dependent);
    else this.#dependents.set(owner, new Set([dependent]));
  }

  #unlink(owner: string, dependent: string): void {
    const dependents = this.#dependents.get(owner);
    dependents?.delete(dependent);
    if (dependents?.size === 0) this.#dependents.delete(owner);
  }
}

export function nodeOf(type: ResourceType, { metadata }: KubeObject): GraphNode {
  const { uid, name, namespace, ownerReferences = [], finalizers = [] } = metadata;
  const deleting = metadata.deletionTimestamp !== undefined;
  return {
    uid,
    type,
    key: namespace ? { namespace, name } : { name },
    owners: ownerReferences,
    deleting,
    waitsForDependents: deleting && finalizers.includes(foregroundFinalizer),
    orphans: deleting && finalizers.includes(orphanFinalizer),
  };
}

export const describe = ({ type, key }: GraphNode): string => `${type.resource}/${keyOf(key)}`;
