import { createHash } from "node:crypto";
import { watch, type FSWatcher } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { Node, Pod } from "../../../shared/kubernetes/types.ts";
import { Pods } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { every, rfc3339 } from "../../base/clock.ts";
import type { KubeletContext } from "../types.ts";

export const mirrorAnnotation = "kubernetes.io/config.mirror";
const hashAnnotation = "kubernetes.io/config.hash";
const sourceAnnotation = "kubernetes.io/config.source";
const seenAnnotation = "kubernetes.io/config.seen";

/** The folder is read so often even without a notice of a change, ms. */
const rereadMs = 20_000;

export const isMirror = (pod: Pod): boolean => pod.metadata.annotations?.[mirrorAnnotation] !== undefined;

export const isStatic = (pod: Pod): boolean => pod.metadata.annotations?.[sourceAnnotation] === "file" && !isMirror(pod);

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
  readonly #node: () => Node | undefined;
  #pods = new Map<string, Pod>();
  #timer: Disposable | undefined;
  #watcher: FSWatcher | undefined;

  constructor(options: { context: KubeletContext; folder: string; handlers: StaticPodHandlers; mirrorOf: (pod: Pod) => Pod | undefined; node: () => Node | undefined }) {
    this.#context = options.context;
    this.#folder = options.folder;
    this.#handlers = options.handlers;
    this.#mirrorOf = options.mirrorOf;
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

  /** Reads the folder and tells what is new, other or gone. A file that can't be read keeps its pod. */
  async read(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => [] as string[]);
    const found = new Map<string, Pod>();
    for (const name of names.filter((file) => /\.(ya?ml|json)$/.test(file))) {
      for (const pod of await this.#parse(join(this.#folder, name))) found.set(pod.metadata.uid, pod);
    }
    const before = this.#pods;
    this.#pods = found;
    for (const [uid, pod] of before) if (!found.has(uid)) this.#drop(pod);
    for (const [uid, pod] of found) {
      if (!before.has(uid)) this.#handlers.put(pod);
      await this.#ensureMirror(pod).catch((error: Error) => this.#context.log.warn("mirror pod not made", { pod: pod.metadata.name, error: error.message }));
    }
  }

  async #parse(path: string): Promise<Pod[]> {
    try {
      const text = await readFile(path, "utf8");
      return parseAllDocuments(text)
        .map((document) => document.toJS() as Pod | null)
        .filter((object): object is Pod => object?.kind === "Pod")
        .map((pod) => this.#complete(pod, path));
    } catch (error) {
      this.#context.log.warn("static pod not read", { path, error: (error as Error).message });
      return [...this.#pods.values()].filter((pod) => pod.metadata.annotations?.["dev.wherry.path"] === path);
    }
  }

  #complete(pod: Pod, path: string): Pod {
    const { nodeName, clock } = this.#context;
    const hash = createHash("md5").update(JSON.stringify([nodeName, path, pod])).digest("hex");
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
    if (mirror?.metadata.annotations?.[mirrorAnnotation] === hash) return;
    if (mirror) await this.#deleteMirror(mirror);
    const node = this.#node();
    if (!node) return;
    const { name, namespace, labels, annotations } = pod.metadata;
    const owner = { apiVersion: "v1", kind: "Node", name: node.metadata.name, uid: node.metadata.uid, controller: true };
    try {
      await pods.create({ metadata: { name, namespace, ...(labels ? { labels } : {}), annotations: { ...annotations, [mirrorAnnotation]: hash }, ownerReferences: [owner] }, spec: pod.spec });
    } catch (error) {
      if (!hasReason(error, "AlreadyExists")) throw error;
    }
  }

  #drop(pod: Pod): void {
    this.#handlers.remove(pod);
    const mirror = this.#mirrorOf(pod);
    if (mirror) void this.#deleteMirror(mirror).catch((error: Error) => this.#context.log.warn("mirror pod not deleted", { error: error.message }));
  }

  async #deleteMirror(mirror: Pod): Promise<void> {
    try {
      await this.#context.client.resource(Pods).delete(mirror.metadata, { gracePeriodSeconds: 0, preconditions: { uid: mirror.metadata.uid } });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}
