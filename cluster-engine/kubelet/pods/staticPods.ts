import { createHash } from "node:crypto";
import { watch, type FSWatcher } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Node, Pod } from "../../../shared/kubernetes/types.ts";
import { Pods } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { every, rfc3339 } from "../../base/clock.ts";
import type { KubeletContext } from "../types.ts";
import { isBeingDeleted } from "./restartRules.ts";

export const mirrorAnnotation = "kubernetes.io/config.mirror";
const hashAnnotation = "kubernetes.io/config.hash";
const sourceAnnotation = "kubernetes.io/config.source";
const seenAnnotation = "kubernetes.io/config.seen";

/** The folder is read so often even without a notice of a change, ms. */
const rereadMs = 20_000;

export const isMirror = (pod: Pod): boolean => pod.metadata.annotations?.[mirrorAnnotation] !== undefined;

export const isStatic = (pod: Pod): boolean => pod.metadata.annotations?.[sourceAnnotation] === "file" && !isMirror(pod);

/** The uid of the static pod that a mirror stands for. */
export const staticUid = (mirror: Pod): string => mirror.metadata.annotations?.[mirrorAnnotation] ?? "";

export interface StaticPodHandlers {
  put(pod: Pod): void;
  remove(pod: Pod): void;
}

/** Pods whose manifests lie in a folder of the node. https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/ */
export class StaticPods {
  readonly #context: KubeletContext;
  readonly #folder: string;
  readonly #handlers: StaticPodHandlers;
  readonly #mirrorOf: (pod: Pod) => Pod | undefined;
  readonly #mirrors: () => Pod[];
  readonly #node: () => Node | undefined;
  #pods = new Map<string, Pod>();
  /** The file of each pod, by uid. */
  readonly #paths = new Map<string, string>();
  #reading: Promise<void> = Promise.resolve();
  #timer: Disposable | undefined;
  #watcher: FSWatcher | undefined;

  constructor(options: {
    context: KubeletContext;
    folder: string;
    handlers: StaticPodHandlers;
    mirrorOf: (pod: Pod) => Pod | undefined;
    mirrors: () => Pod[];
    node: () => Node | undefined;
  }) {
    this.#context = options.context;
    this.#folder = options.folder;
    this.#handlers = options.handlers;
    this.#mirrorOf = options.mirrorOf;
    this.#mirrors = options.mirrors;
    this.#node = options.node;
  }

  async start(): Promise<void> {
    await this.read();
    this.#timer = every(this.#context.clock, rereadMs, () => void this.read());
    try {
      this.#watcher = watch(this.#folder, () => void this.read());
      this.#watcher.unref();
    } catch (error) {
      this.#context.log.debug("static pods: no notices of changes", { error: (error as Error).message });
    }
  }

  stop(): void {
    this.#timer?.[Symbol.dispose]();
    this.#watcher?.close();
  }

  /** Reads the folder, one reading after another, and tells what is new, other or gone. A file that can't be read keeps its pod. */
  read(): Promise<void> {
    return (this.#reading = this.#reading.then(() => this.#read()));
  }

  async #read(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => [] as string[]);
    const found = new Map<string, Pod>();
    for (const name of names.filter((file) => /\.(ya?ml|json)$/.test(file))) {
      for (const pod of await this.#parse(join(this.#folder, name))) found.set(pod.metadata.uid, pod);
    }
    const before = this.#pods;
    this.#pods = found;
    for (const [uid, pod] of before) if (!found.has(uid)) this.#handlers.remove(pod);
    for (const mirror of this.#mirrors()) if (!found.has(staticUid(mirror))) await this.#deleteMirror(mirror);
    for (const [uid, pod] of found) {
      if (!before.has(uid)) this.#handlers.put(pod);
      await this.#ensureMirror(pod).catch((error: Error) =>
        this.#context.log.warn("mirror pod not made", { pod: pod.metadata.name, error: error.message }),
      );
    }
  }

  async #parse(path: string): Promise<Pod[]> {
    try {
      const text = await readFile(path, "utf8");
      // Loaded only where there are static pods.
      const { parseAllDocuments } = await import("yaml");
      return parseAllDocuments(text)
        .map((document) => document.toJS() as Pod | null)
        .filter((object): object is Pod => object?.kind === "Pod")
        .map((pod) => this.#complete(pod, path));
    } catch (error) {
      this.#context.log.warn("static pod not read", { path, error: (error as Error).message });
      return [...this.#pods.values()].filter((pod) => this.#paths.get(pod.metadata.uid) === path);
    }
  }

  #complete(pod: Pod, path: string): Pod {
    const { nodeName, clock } = this.#context;
    const hash = createHash("md5")
      .update(JSON.stringify([nodeName, path, pod]))
      .digest("hex");
    this.#paths.set(hash, path);
    const known = this.#pods.get(hash);
    if (known) return known;
    const annotations = { ...pod.metadata.annotations, [hashAnnotation]: hash, [sourceAnnotation]: "file", [seenAnnotation]: rfc3339(clock.now()) };
    const tolerations = [...(pod.spec.tolerations ?? []), { operator: "Exists", effect: "NoExecute" } as const];
    return {
      ...pod,
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...pod.metadata, name: `${pod.metadata.name}-${nodeName}`, namespace: pod.metadata.namespace || "default", uid: hash, annotations },
      spec: { ...pod.spec, nodeName, tolerations, enableServiceLinks: pod.spec.enableServiceLinks ?? true },
    };
  }

  /** The mirror shows a static pod in the API; one of another version is replaced. */
  async #ensureMirror(pod: Pod): Promise<void> {
    const pods = this.#context.client.resource(Pods);
    const hash = pod.metadata.annotations![hashAnnotation]!;
    const mirror = this.#mirrorOf(pod);
    if (mirror && staticUid(mirror) === hash && !isBeingDeleted(mirror)) return;
    if (mirror) await this.#deleteMirror(mirror);
    const node = this.#node();
    if (!node) return;
    const { name, namespace, labels, annotations } = pod.metadata;
    const owner = { apiVersion: "v1", kind: "Node", name: node.metadata.name, uid: node.metadata.uid, controller: true };
    try {
      await pods.create({
        metadata: {
          name,
          namespace,
          ...(labels ? { labels } : {}),
          annotations: { ...annotations, [mirrorAnnotation]: hash },
          ownerReferences: [owner],
        },
        spec: pod.spec,
      });
    } catch (error) {
      if (!hasReason(error, "AlreadyExists")) throw error;
    }
  }

  async #deleteMirror(mirror: Pod): Promise<void> {
    try {
      await this.#context.client.resource(Pods).delete(mirror.metadata, { gracePeriodSeconds: 0, preconditions: { uid: mirror.metadata.uid } });
    } catch (error) {
      if (!hasReason(error, "NotFound"))
        this.#context.log.warn("mirror pod not deleted", { pod: mirror.metadata.name, error: (error as Error).message });
    }
  }
}
