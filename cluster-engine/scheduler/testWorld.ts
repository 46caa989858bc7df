import { apiVersionOf, keyOf, type KubeObject } from "../../shared/kubernetes/object.ts";
import type { Node, Pod } from "../../shared/kubernetes/types.ts";
import { Namespaces } from "../api/resources.ts";
import type { ResourceType } from "../api/resourceType.ts";
import { FakeClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { createClient } from "../client/client.ts";
import { FakeApi } from "../client/fakeApi.ts";
import { CacheInformer } from "../client/informer.ts";
import type { Informer, Informers } from "../client/types.ts";
import { buildProfiles } from "./config/profiles.ts";
import type { SchedulerConfiguration } from "./config/types.ts";
import { decide, type Decision, fits } from "./decide.ts";
import type { DeviceView } from "./devices/deviceView.ts";
import { NodeCache } from "./nodeCache.ts";
import { runPostFilters } from "./postFilters.ts";
import type { Profile } from "./profile.ts";
import { pluginParts } from "./registry.ts";
import type { PostFilterResult } from "./types.ts";

// For unit tests: pods, nodes and decisions in a few words.

let count = 0;

export interface PodShape {
  name?: string;
  namespace?: string;
  cpu?: string;
  /** More requests. */
  requests?: Record<string, string>;
  labels?: Record<string, string>;
  priority?: number;
  spec?: Partial<Pod["spec"]>;
  metadata?: Partial<Pod["metadata"]>;
  status?: Pod["status"];
}

export function pod({ name = `p${++count}`, namespace = "default", cpu, requests, labels, priority, spec, metadata, status }: PodShape = {}): Pod {
  const all = { ...(cpu && { cpu }), ...requests };
  const containers = [{ name: "c", image: "web:1", ...(Object.keys(all).length > 0 && { resources: { requests: all } }) }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      uid: `uid-${name}`,
      labels,
      generation: 1,
      resourceVersion: "1",
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...metadata,
    },
    spec: { schedulerName: "default-scheduler", containers, priority, ...spec },
    ...(status && { status }),
  } as Pod;
}

export interface NodeShape {
  cpu?: string;
  allocatable?: Record<string, string>;
  labels?: Record<string, string>;
  spec?: Node["spec"];
  pods?: PodShape[];
  images?: string[];
}

/** A node and the pods on it. */
export interface NodeWithPods {
  node: Node;
  pods: Pod[];
}

export function node(name: string, shape: NodeShape = {}): NodeWithPods {
  const allocatable = { cpu: shape.cpu ?? "2", memory: "4Gi", pods: "110", ...shape.allocatable };
  const images = (shape.images ?? []).map((image) => ({ names: [image], sizeBytes: 900 * 1024 * 1024 }));
  const object = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, uid: `uid-${name}`, resourceVersion: "1", labels: { "kubernetes.io/hostname": name, ...shape.labels } },
    spec: shape.spec ?? {},
    status: { allocatable, images },
  };
  const pods = (shape.pods ?? []).map((each) => pod({ ...each, spec: { ...each.spec, nodeName: name } }));
  return { node: object as unknown as Node, pods };
}

/** Caches that hold these objects, and nothing that fills them. */
function fixedInformers(objects: readonly KubeObject[] = []): Informers {
  const informers = new Map<string, Informer<KubeObject>>();
  const of = (type: ResourceType): Informer<KubeObject> => {
    const known = informers.get(type.kind);
    if (known) return known;
    const made = new CacheInformer<KubeObject>(type, silentLog);
    made.replace(
      objects.filter(({ kind }) => kind === type.kind),
      "1",
    );
    informers.set(type.kind, made);
    return made;
  };
  return { of, existing: of, forget() {}, [Symbol.dispose]() {} } as unknown as Informers;
}

/** Any object, with its metadata filled in. */
export function object(
  { kind, ...type }: ResourceType,
  shape: { metadata: { name: string; namespace?: string } & Record<string, unknown> } & Record<string, unknown>,
) {
  const metadata = { uid: `uid-${keyOf(shape.metadata)}`, resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z", ...shape.metadata };
  return { apiVersion: apiVersionOf(type), kind, ...shape, metadata } as unknown as KubeObject;
}

export interface TestScheduler {
  profile: Profile;
  cache: NodeCache;
  devices: DeviceView;
  decide(wanted: Pod): Decision;
  /** What PostFilter makes of a pod that found no node. */
  postFilter(wanted: Pod): PostFilterResult;
}

/** Decisions over nodes and other objects, by the plugins of a configuration. */
export function testScheduler(
  nodes: readonly NodeWithPods[],
  objects: readonly KubeObject[] = [],
  configuration: SchedulerConfiguration = {},
): TestScheduler {
  const clock = new FakeClock();
  const random = seededRandom(1);
  const namespace = object(Namespaces, { metadata: { name: "default", labels: { "kubernetes.io/metadata.name": "default" } } });
  const parts = pluginParts({
    client: createClient(new FakeApi({ clock })),
    informers: fixedInformers([namespace, ...objects]),
    clock,
    random,
    bind: async () => {},
    preemption: { isRunning: () => false },
  });
  const profile = [...buildProfiles(configuration, parts).values()][0]!;
  const cache = new NodeCache();
  for (const each of nodes) {
    cache.setNode(each.node);
    for (const placed of each.pods) cache.setPod(placed);
  }
  const options = { profile, random };
  const decideOn = (wanted: Pod) => decide({ pod: wanted, snapshot: cache }, options);
  return {
    profile,
    cache,
    devices: parts.devices,
    decide: decideOn,
    postFilter(wanted) {
      const decision = decideOn(wanted);
      return runPostFilters(decision, (info, change) => fits(decision.attempt, info, change, options)) as PostFilterResult;
    },
  };
}
