import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { Namespace, Pod } from "../../shared/kubernetes/types.ts";
import {
  CSIDrivers,
  CSINodes,
  CSIStorageCapacities,
  DeviceClasses,
  Namespaces,
  Nodes,
  PersistentVolumeClaims,
  PersistentVolumes,
  PodDisruptionBudgets,
  Pods,
  ReplicaSets,
  ReplicationControllers,
  ResourceClaims,
  ResourceSlices,
  Services,
  StatefulSets,
  StorageClasses,
  VolumeAttachments,
} from "../api/resources.ts";
import type { ResourceType } from "../api/resourceType.ts";
import { Disposables } from "../base/disposal.ts";
import type { Informer, Informers } from "../client/types.ts";
import type { Backlog } from "./backlog.ts";
import type { NodeCache } from "./nodeCache.ts";
import type { NamespaceSource } from "./plugins/interPodAffinity.ts";
import type { ClusterEvent } from "./types.ts";

/** What may make a refused pod schedulable, besides nodes and pods. */
const others = [
  PersistentVolumeClaims,
  PersistentVolumes,
  StorageClasses,
  CSINodes,
  CSIDrivers,
  CSIStorageCapacities,
  VolumeAttachments,
  ResourceClaims,
  ResourceSlices,
  DeviceClasses,
] as ResourceType[];

/** Only read. */
const read = [Namespaces, PodDisruptionBudgets, Services, ReplicaSets, ReplicationControllers, StatefulSets] as ResourceType[];

/** Resolves when everything that decisions read is known. */
export async function worldIsKnown(informers: Informers): Promise<void> {
  await Promise.all([Nodes, Pods, ...others, ...read].map((type) => informers.of(type as ResourceType).synced));
}

export interface WorldListener {
  cache: NodeCache;
  /** Pods go through it. */
  backlog: Backlog;
  /** A pod that is to be placed by us, new or changed. */
  onPending(pod: Pod, old?: Pod): void;
  /** A pod that needs no node any more: placed, finished or gone. */
  onSettled(pod: Pod): void;
  notify(event: ClusterEvent): void;
}

const isFinished = ({ status }: Pod): boolean => status?.phase === "Succeeded" || status?.phase === "Failed";

/** Keeps the cache of nodes up to date, and tells what happens. */
export function watchWorld(informers: Informers, listener: WorldListener): Disposable {
  const watching = new Disposables();
  watchNodes(informers, listener, watching);
  watchPods(informers, listener, watching);
  for (const type of others) {
    const { resource } = type;
    watching.add(
      informers.of(type as ResourceType<KubeObject>).handle({
        onAdd: (object) => listener.notify({ type: "added", resource, object }),
        onUpdate: (object, old) => listener.notify({ type: "updated", resource, object, old }),
        onDelete: (object) => listener.notify({ type: "deleted", resource, object }),
      }),
    );
  }
  return watching;
}

function watchNodes(informers: Informers, { cache, notify }: WorldListener, watching: Disposables): void {
  watching.add(
    informers.of(Nodes).handle({
      onAdd(node) {
        cache.setNode(node);
        notify({ type: "nodeAdded", node });
      },
      onUpdate(node, old) {
        cache.setNode(node);
        notify({ type: "nodeUpdated", node, old });
      },
      onDelete(node) {
        cache.removeNode(node.metadata.name);
        notify({ type: "nodeDeleted", node });
      },
    }),
  );
}

function watchPods(informers: Informers, { backlog, cache, onPending, onSettled, notify }: WorldListener, watching: Disposables): void {
  const forget = (pod: Pod) => {
    onSettled(pod);
    if (!cache.has(pod)) return;
    cache.removePod(pod);
    notify({ type: "podDeleted", pod });
  };
  const observe = (pod: Pod, old?: Pod) => {
    if (isFinished(pod)) return forget(pod);
    if (!pod.spec.nodeName) {
      if (!cache.has(pod)) onPending(pod, old);
      return;
    }
    cache.setPod(pod);
    if (old?.spec.nodeName) return notify({ type: "podUpdated", pod, old });
    onSettled(pod);
    notify({ type: "podBound", pod });
  };
  watching.add(
    informers.of(Pods).handle({
      onAdd: (pod) => backlog.run(() => observe(pod)),
      onUpdate: (pod, old) => backlog.run(() => observe(pod, old)),
      onDelete: (pod) => backlog.run(() => forget(pod)),
    }),
  );
}

/** Namespaces by name, with a count of changes of their labels. */
export function namespaceSource(informers: Informers): NamespaceSource {
  const informer: Informer<Namespace> = informers.of(Namespaces);
  let generation = 0;
  const changed = () => void generation++;
  informer.handle({
    onAdd: changed,
    onUpdate(now, before) {
      if (JSON.stringify(now.metadata.labels) !== JSON.stringify(before.metadata.labels)) changed();
    },
    onDelete: changed,
  });
  return {
    get: (name) => informer.get(name),
    get generation() {
      return generation;
    },
  };
}
