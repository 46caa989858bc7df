import type {
  ActionResult,
  ApiResource,
  ClusterSummary,
  EngineState,
  HomeMessage,
  LogEntry,
  MetricsMessage,
  ObjectMessage,
  ObjectRef,
  PaletteHit,
  Plan,
  Receipt,
  Target,
  ToServices,
  ToWindow,
  ViewMessage,
} from "../../shared/contract.ts";
import { summaryOf } from "../features/detail/summary.ts";
import { fakeForwards } from "./fake/fakeForwards.ts";
import { FakeCluster, kinds, refOf, type FakeObject } from "./fake/fakeCluster.ts";
import { makeFakePlan } from "./fake/fakePlans.ts";
import { fakeChain, fakeHistory, fakeScheduling, ownResources } from "./fake/fakePast.ts";
import { columnsOf, rowsOf, urlOf, type FakeViewParams } from "./fake/fakeViews.ts";

/** What the pretend services can be told to be like. */
export interface FakeOptions {
  engine?: "ready" | "simulated" | "starting" | "failed" | "stopped";
  api?: "ready" | "down";
  forbidden?: boolean;
  /** Pods beyond the usual ones. */
  pods?: number;
  empty?: boolean;
  /** Lines a second of a followed log. */
  logRate?: number;
  /** Lines that a log has at first. */
  logLines?: number;
}

// oxlint-disable-next-line typescript/no-explicit-any -- the contract checks its own ends; this one is for tests
type Params = any;
interface Stream {
  send(message: unknown): void;
  end(message?: string): void;
  update?(update: Params): void;
  stop?(): void;
}

/** A peer on a MessagePort that answers the contract from a pretend cluster. For tests and the development page only. */
export class FakeServices {
  readonly cluster: FakeCluster;
  #options: FakeOptions;
  #port: MessagePort;
  #streams = new Map<number, Stream>();
  #receipts = new Map<string, { receipt: Receipt; undo(): void }>();
  #plans = new Map<string, Plan>();
  #started = Date.now();
  #settings: Record<string, { protected?: boolean; readOnly?: boolean }> = {};

  constructor(port: MessagePort, options: FakeOptions = {}) {
    this.#port = port;
    this.#options = options;
    this.cluster = new FakeCluster(options.pods ? { pods: options.pods } : {});
    if (options.empty)
      for (const [key] of this.cluster.objects) if (!key.endsWith("/nodes") && !key.endsWith("/namespaces")) this.cluster.objects.set(key, []);
    port.onmessage = (event) => this.#receive(event.data as ToServices);
  }

  /** Ends timers and streams. */
  stop(): void {
    for (const stream of this.#streams.values()) stream.stop?.();
    this.#port.close();
  }

  #post(message: ToWindow): void {
    this.#port.postMessage(message);
  }

  #receive(message: ToServices): void {
    if (message.type === "request") {
      Promise.resolve()
        .then(() => this.#answer(message.name, message.params))
        .then(
          (answer) => this.#post({ type: "answer", id: message.id, answer }),
          (error: Error) => this.#post({ type: "error", id: message.id, error: { code: "BadRequest", message: error.message } }),
        );
    } else if (message.type === "open") this.#open(message.id, message.name, message.params);
    else if (message.type === "update") this.#streams.get(message.id)?.update?.(message.update);
    else if (message.type === "close") {
      this.#streams.get(message.id)?.stop?.();
      this.#streams.delete(message.id);
    }
  }

  #open(id: number, name: string, params: Params): void {
    const stream: Stream = {
      send: (message) => this.#streams.has(id) && this.#post({ type: "message", id, message }),
      end: (text) => {
        this.#streams.delete(id);
        this.#post({ type: "end", id, ...(text ? { error: { code: "Error", message: text } } : {}) });
      },
    };
    this.#streams.set(id, stream);
    this.#begin(name, params, stream);
  }

  #begin(name: string, params: Params, stream: Stream): void {
    if (name === "clusters") this.#repeat(stream, 1000, () => this.#clusters());
    if (name === "engine") this.#repeat(stream, 1000, () => this.#engine());
    if (name === "resources") stream.send([...this.#resources(), ...(params.cluster === "local" ? ownResources : [])]);
    if (name === "forwards") stream.send(fakeForwards);
    if (name === "home") this.#onChange(stream, () => (this.#isDown() ? { ...this.#home(), freshness: this.#freshness() } : this.#home()));
    if (name === "object") this.#onChange(stream, () => this.#object(params));
    if (name === "metrics") this.#repeat(stream, 5000, () => this.#metrics(params));
    if (name === "view") this.#view(params, stream);
    if (name === "logs") this.#logs(params, stream);
    if (name === "terminal") this.#terminal(params, stream);
    if (name === "apply") this.#apply(params, stream);
    if (name === "scheduling") this.#onChange(stream, () => fakeScheduling(this.cluster.find(params.object)?.spec?.nodeName as string | undefined));
    if (name === "history") stream.send(fakeHistory(params.object, this.#started));
    if (name === "chain") stream.send(fakeChain(this.#started));
  }

  #repeat(stream: Stream, every: number, message: () => unknown): void {
    stream.send(message());
    const timer = setInterval(() => stream.send(message()), every);
    stream.stop = () => clearInterval(timer);
  }

  #onChange(stream: Stream, message: () => unknown): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    stream.send(message());
    const stop = this.cluster.onChange(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        stream.send(message());
      }, 100);
    });
    stream.stop = () => (stop(), clearTimeout(timer));
  }

  #isDown = (): boolean => this.#options.api === "down";
  #freshness = () =>
    this.#isDown()
      ? { state: "stale" as const, at: this.#started - 42_000, message: "connect ECONNREFUSED 127.0.0.1:6443" }
      : { state: "live" as const };

  #clusters(): ClusterSummary[] {
    const none = { protected: false, readOnly: false };
    const engineReady = !["starting", "failed", "stopped"].includes(this.#options.engine ?? "ready");
    const down = this.#isDown();
    const local: ClusterSummary = {
      id: "local",
      name: "Local cluster",
      kind: "local",
      server: "https://127.0.0.1:6443",
      phase: down || this.#options.engine === "failed" ? "down" : engineReady ? "ready" : "connecting",
      version: "v1.36.3",
      latencyMs: 2,
      ...none,
      ...this.#settings["local"],
      ...(down
        ? {
            problem: {
              message: "connect ECONNREFUSED 127.0.0.1:6443",
              cause: "refused",
              since: this.#started,
              retryAt: this.#started + Math.ceil((Date.now() - this.#started) / 8000) * 8000,
            },
          }
        : {}),
    };
    return [
      local,
      {
        id: "context:~/.kube/config#staging",
        name: "staging",
        kind: "context",
        source: "~/.kube/config",
        server: "https://10.20.0.4:6443",
        phase: "ready",
        version: "v1.35.1",
        latencyMs: 38,
        ...none,
        ...this.#settings["context:~/.kube/config#staging"],
      },
      {
        id: "context:~/.kube/config#production-eu",
        name: "production-eu",
        kind: "context",
        source: "~/.kube/config",
        server: "https://k8s.example.com",
        phase: "idle",
        ...none,
        protected: true,
      },
      {
        id: "context:~/.kube/old#lab",
        name: "lab",
        kind: "context",
        source: "~/.kube/old",
        server: "https://192.168.4.20:6443",
        phase: "down",
        ...none,
        problem: { message: "connect ETIMEDOUT 192.168.4.20:6443", cause: "timeout", since: this.#started, retryAt: this.#started + 30_000 },
      },
    ];
  }

  #engine(): EngineState {
    const mode = this.#options.engine ?? "ready";
    const steps = ["Open the store", "Certificates", "API server", "Controllers", "Container engine", "Node wherry"];
    const done = mode === "starting" ? 3 : steps.length;
    const candidates = [
      { name: "Docker", address: "unix:///var/run/docker.sock", problem: "no such file" },
      { name: "Docker Desktop", address: "unix:///root/.docker/desktop/docker.sock", problem: "no such file" },
      { name: "Podman", address: "unix:///run/user/0/podman/podman.sock", problem: "connection refused" },
    ];
    return {
      phase: mode === "starting" ? "starting" : mode === "failed" ? "failed" : mode === "stopped" ? "stopped" : "ready",
      steps: steps.slice(0, done + 1).map((name, index) => ({
        name,
        state: index < done ? "done" : "started",
        at: 40 + index * 110,
        ...(name === "API server" ? { message: "https://127.0.0.1:6443" } : {}),
      })),
      runtime: {
        name: mode === "simulated" ? "simulated" : "Docker",
        version: mode === "simulated" ? "" : "20.10.24",
        simulated: mode === "simulated",
        candidates,
      },
      log: mode === "failed" ? ["store: opening ~/.local/share/wherry/store", "store: write failed: ENOSPC no space left on device"] : [],
      restarts: 0,
      ...(mode === "failed" ? { message: "The disk of the data folder is full: ENOSPC. Free some space, then start again." } : {}),
    };
  }

  #resources(): ApiResource[] {
    return kinds.map(({ group, resource, kind, namespaced, scale, shortNames }) => ({
      group,
      version: "v1",
      resource,
      kind,
      namespaced,
      verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
      shortNames: shortNames ?? [],
      categories: [],
      subresources: scale ? ["status", "scale"] : ["status"],
    }));
  }

  #home(): HomeMessage {
    const pods = this.cluster.list({ group: "", resource: "pods" });
    const failing = pods.filter((pod) => summaryOf(pod as never)?.status === "failed");
    const deployments = this.cluster.list({ group: "apps", resource: "deployments" });
    const counts = [
      ["", "pods"],
      ["apps", "deployments"],
      ["", "services"],
      ["", "nodes"],
      ["", "configmaps"],
    ].map(([group, resource]) => {
      const list = this.cluster.list({ group: group!, resource: resource! });
      return {
        resource: { group: group!, version: "v1", resource: resource! },
        total: list.length,
        failing: list.filter((each) => summaryOf(each as never)?.status === "failed").length,
      };
    });
    const events = this.cluster
      .list({ group: "", resource: "events" })
      .toSorted((a, b) => Date.parse(b["lastTimestamp"]) - Date.parse(a["lastTimestamp"]));
    return {
      problems:
        failing.length > 0
          ? [
              {
                cause: "Image not found: ghcr.io/acme/shop-api:2026.11.4-rc1",
                status: "failed",
                count: failing.length,
                objects: failing.map((pod) => refOf({ group: "", resource: "pods" }, pod)),
                next: "Correct the tag in Deployment api, or sign in to ghcr.io if the image is private.",
              },
            ]
          : [],
      apps: deployments
        .filter((each) => each.metadata.namespace !== "kube-system")
        .map((each) => {
          const summary = summaryOf(each as never)!;
          const service = this.cluster.find({
            group: "",
            version: "v1",
            resource: "services",
            namespace: each.metadata.namespace!,
            name: each.metadata.name,
          });
          const url = service && urlOf(service);
          return {
            name: each.metadata.name,
            namespace: each.metadata.namespace!,
            owner: refOf({ group: "apps", resource: "deployments" }, each),
            ready: summary.ready!.value,
            desired: summary.ready!.of,
            status: each.metadata.name === "api" ? "failed" : summary.status,
            ...(url ? { url } : {}),
          };
        }),
      nodes: this.cluster.list({ group: "", resource: "nodes" }).map((node) => ({
        name: node.metadata.name,
        status: "running",
        text: "Ready",
        pods: pods.filter((pod) => pod.spec.nodeName === node.metadata.name).length,
        maxPods: 110,
        cpu: 1.3,
        cpuCapacity: 4,
        memory: 6.1 * 1024 ** 3,
        memoryCapacity: 16 * 1024 ** 3,
      })),
      recent: events.slice(0, 20).map((event) => ({
        at: Date.parse(event["lastTimestamp"]),
        type: event["type"],
        reason: event["reason"],
        message: event["message"],
        kind: event["involvedObject"].kind,
        object: event["involvedObject"],
      })),
      counts,
      freshness: { state: "live" },
    };
  }

  #object({ object: ref }: Target): ObjectMessage {
    const object = this.cluster.find(ref);
    if (!object) return { object: null, yaml: "", related: [], freshness: { state: "live" } };
    const related = (relation: ObjectMessage["related"][number]["relation"], each: FakeObject): ObjectMessage["related"][number] => {
      const summary = summaryOf(each as never);
      return {
        relation,
        kind: each.kind,
        object: refOf(
          kinds.find((kind) => kind.kind === each.kind)!,
          each,
        ),
        ...(summary ? { status: summary.status, text: summary.word } : {}),
      };
    };
    const all = [...this.cluster.objects.values()].flat();
    const owned = all.filter((each) => this.cluster.ownersOf(each).includes(object));
    const failed = (object.kind === "Pod" && summaryOf(object as never)?.status === "failed") || object.metadata.name === "api";
    const { about: _, ...clean } = object;
    return {
      object: clean,
      yaml: toYaml({
        apiVersion: object.apiVersion,
        kind: object.kind,
        metadata: object.metadata,
        ...(object.spec ? { spec: object.spec } : {}),
        ...(object["data"] ? { data: object["data"] } : {}),
        ...(object.status ? { status: object.status } : {}),
      }),
      related: [
        ...this.cluster.ownersOf(object).map((each) => related("owner", each)),
        ...owned.map((each) => related("owned", each)),
        ...(object.spec?.nodeName
          ? all.filter((each) => each.kind === "Node" && each.metadata.name === object.spec.nodeName).map((each) => related("node", each))
          : []),
      ],
      ...(failed
        ? {
            why: {
              cause: "Image not found",
              evidence: ['Failed to pull image "ghcr.io/acme/shop-api:2026.11.4-rc1": manifest unknown', "ImagePullBackOff for 4 minutes, 35 tries"],
              next: "Correct the tag, or sign in to ghcr.io if the image is private.",
            },
          }
        : {}),
      freshness: this.#freshness(),
    };
  }

  #metrics({ object }: Target): MetricsMessage {
    const now = Math.floor(Date.now() / 5000) * 5000;
    const samples = Array.from({ length: 90 }, (_, index) => {
      const at = now - (90 - index) * 10_000;
      return {
        at,
        cpu: 0.06 + 0.04 * Math.sin(at / 90_000) + 0.02 * Math.abs(Math.sin(at / 17_000)),
        memory: (120 + 26 * Math.sin(at / 300_000)) * 1024 ** 2,
      };
    });
    const name = this.cluster.find(object)?.spec?.containers?.[0]?.name ?? object.name;
    return { source: "kubelet", series: [{ name, samples, cpuRequest: 0.1, memoryRequest: 100 * 1024 ** 2, memoryLimit: 256 * 1024 ** 2 }] };
  }

  #view(params: FakeViewParams & { range: { start: number; count: number }; cluster: string }, stream: Stream): void {
    let asked = params;
    if (this.#options.forbidden && params.resource.resource === "secrets") {
      stream.send({
        columns: columnsOf(params.resource),
        order: { start: 0, keys: [] },
        matched: 0,
        total: 0,
        freshness: {
          state: "forbidden",
          message: 'secrets is forbidden: User "dev" cannot list resource "secrets" in API group "" at the cluster scope',
          missing: { verb: "list", resource: "secrets" },
        },
      } satisfies ViewMessage);
      return;
    }
    const message = (first: boolean): ViewMessage => {
      const { rows, total, statusCounts } = rowsOf(this.cluster, asked);
      const shown = rows.slice(asked.range.start, asked.range.start + asked.range.count);
      return {
        ...(first ? { columns: columnsOf(asked.resource) } : {}),
        order: { start: asked.range.start, keys: shown.map((row) => row.key) },
        rows: shown,
        matched: rows.length,
        total,
        statusCounts,
        freshness: this.#freshness(),
      };
    };
    this.#onChange(stream, () => message(false));
    stream.send(message(true));
    stream.update = (update: Partial<typeof params>) => {
      asked = { ...asked, ...update };
      stream.send(message(false));
    };
  }

  #logs({ object, previous }: { object: ObjectRef; previous: boolean }, stream: Stream): void {
    const subject = this.cluster.find(object);
    if (!subject) return stream.end(`${object.name} not found`);
    const pods = subject.kind === "Pod" ? [subject] : this.cluster.podsOf(subject);
    let seq = 0;
    const paths = ["/", "/guestbook.php?cmd=get&key=messages", "/controllers.js", "/guestbook.php?cmd=set&key=messages&value=Hello", "/healthz"];
    const line = (at: number): LogEntry => {
      const pod = pods[seq % pods.length]!;
      const path = paths[(seq * 7) % paths.length]!;
      const code = seq % 97 === 0 ? 500 : 200;
      return {
        seq: seq++,
        at,
        pod: pod.metadata.name,
        container: pod.spec.containers[0].name,
        text: `10.244.0.${1 + (seq % 9)} - - "GET ${path} HTTP/1.1" ${code} ${200 + ((seq * 37) % 900)} "Mozilla/5.0" ${((seq * 13) % 40) / 10}ms`,
      };
    };
    const count = this.#options.logLines ?? 400;
    const begin = Date.now() - count * 40;
    for (let at = 0; at < count; at += 2000)
      stream.send(Array.from({ length: Math.min(2000, count - at) }, (_, index) => line(begin + (at + index) * 40)));
    stream.send([{ ...line(Date.now()), text: "", marker: "restarted" }]);
    if (previous) return stream.end();
    const rate = this.#options.logRate ?? 3;
    const timer = setInterval(() => stream.send(Array.from({ length: Math.max(1, Math.round(rate / 4)) }, () => line(Date.now()))), 250);
    stream.stop = () => clearInterval(timer);
  }

  #terminal({ object }: { object: ObjectRef }, stream: Stream): void {
    const prompt = `\u001b[32mroot@${object.name}\u001b[0m:\u001b[34m/var/www\u001b[0m# `;
    let typed = "";
    stream.send({ data: prompt });
    stream.update = ({ data }: { data?: string }) => {
      for (const letter of data ?? "") {
        if (letter === "\r") {
          const command = typed.trim();
          typed = "";
          if (command === "exit") return (stream.send({ data: "\r\n", exit: 0 }), stream.end());
          stream.send({
            data: `\r\n${command === "ls" ? "controllers.js  \u001b[34mconf\u001b[0m  guestbook.php  index.html\r\n" : command ? `sh: ${command}: not found\r\n` : ""}${prompt}`,
          });
        } else if (letter === "\u007f") {
          if (typed) stream.send({ data: "\b \b" });
          typed = typed.slice(0, -1);
        } else {
          typed += letter;
          stream.send({ data: letter });
        }
      }
    };
  }

  #apply({ plan: id, items }: { plan: string; items: string[] }, stream: Stream): void {
    const plan = this.#plans.get(id)!;
    const timers: ReturnType<typeof setTimeout>[] = [];
    items.forEach((item, index) => {
      timers.push(setTimeout(() => stream.send({ progress: [{ item, state: "applying" }] }), index * 120));
      timers.push(
        setTimeout(
          () => stream.send({ progress: [{ item, state: "applied", message: "0 of 1 pods ready", revision: 210 + index }] }),
          index * 120 + 200,
        ),
      );
      timers.push(setTimeout(() => stream.send({ progress: [{ item, state: "ready", revision: 210 + index }] }), index * 300 + 1200));
    });
    timers.push(
      setTimeout(
        () => {
          const receipt = this.#receipt(`Applied ${items.length} objects`, `kubectl apply -f ${plan.items[0]?.source.name ?? "-"}`, () => undefined);
          stream.send({ progress: [], receipt });
          stream.end();
        },
        items.length * 300 + 1300,
      ),
    );
    stream.stop = () => timers.forEach(clearTimeout);
  }

  #receipt(title: string, kubectl: string, undo: () => void): Receipt {
    const receipt: Receipt = { id: `receipt-${this.#receipts.size + 1}`, cluster: "local", title, kubectl, at: Date.now(), undoable: true };
    this.#receipts.set(receipt.id, { receipt, undo });
    return receipt;
  }

  #answer(name: string, params: Params): unknown {
    const done = (title: string, kubectl: string, undo: () => void = () => undefined): ActionResult => ({
      receipt: this.#receipt(title, kubectl, undo),
      failures: [],
    });
    switch (name) {
      case "clusters.connect":
        return null;
      case "clusters.set":
        this.#settings[params.cluster] = { ...this.#settings[params.cluster], ...params };
        return null;
      case "engine.start":
      case "engine.stop":
        this.#options = { ...this.#options, engine: name === "engine.start" ? "ready" : "stopped" };
        return null;
      case "access.can":
        return params.checks.map((check: { verb: string; resource: string }) => ({ allowed: !(this.#options.forbidden && check.verb === "delete") }));
      case "scheduling.whatIf":
        return fakeScheduling(undefined, params.change);
      case "secrets.reveal":
        return { value: "correct horse battery staple" };
      case "plans.make": {
        const plan = makeFakePlan(this.cluster, params.cluster, params.namespace, params.sources);
        this.#plans.set(plan.id, plan);
        return plan;
      }
      case "actions.scale": {
        const before = this.cluster.find(params.object)!.spec.replicas as number;
        this.cluster.scale(params.object, params.replicas);
        return done(
          `Scaled ${params.object.name} from ${before} to ${params.replicas}`,
          `kubectl scale ${params.object.resource.replace(/s$/, "")} ${params.object.name} -n ${params.object.namespace} --replicas=${params.replicas}`,
          () => this.cluster.scale(params.object, before),
        );
      }
      case "actions.delete": {
        for (const ref of params.objects as ObjectRef[]) {
          const object = this.cluster.find(ref);
          if (object?.kind === "Pod") this.cluster.removePod(object);
          else if (object) this.cluster.remove(object);
        }
        this.cluster.changed();
        return done(
          `Deleted ${params.objects.length === 1 ? params.objects[0].name : `${params.objects.length} objects`}`,
          `kubectl delete ${params.objects[0].resource} ${params.objects.map((each: ObjectRef) => each.name).join(" ")}`,
        );
      }
      case "actions.restart":
        return done(`Restarted ${params.objects[0].name}`, `kubectl rollout restart ${params.objects[0].resource} ${params.objects[0].name}`);
      case "actions.pause":
      case "actions.cordon":
      case "actions.rollback":
        return done(`Changed ${params.object.name}`, `kubectl patch ${params.object.resource} ${params.object.name}`);
      case "actions.dependants": {
        const owners = (params.objects as ObjectRef[]).flatMap((ref) => this.cluster.find(ref) ?? []);
        return [...this.cluster.objects.values()]
          .flat()
          .filter((each) => owners.some((owner) => this.cluster.isOwnedBy(each, owner)))
          .map((each) => ({
            kind: each.kind,
            object: refOf(
              kinds.find((kind) => kind.kind === each.kind)!,
              each,
            ),
          }));
      }
      case "actions.revisions":
        return [
          {
            revision: 3,
            at: Date.now() - 3_600_000,
            images: ["gcr.io/google_samples/gb-frontend:v5"],
            replicas: 3,
            current: true,
            cause: "image updated to v5",
          },
          { revision: 2, at: Date.now() - 86_400_000, images: ["gcr.io/google_samples/gb-frontend:v4"], replicas: 0, current: false },
          {
            revision: 1,
            at: Date.now() - 5 * 86_400_000,
            images: ["gcr.io/google_samples/gb-frontend:v3"],
            replicas: 0,
            current: false,
            cause: "first",
          },
        ];
      case "actions.undo": {
        const entry = this.#receipts.get(params.receipt)!;
        entry.undo();
        return { failures: [] } satisfies ActionResult;
      }
      case "actions.recent":
        return [...this.#receipts.values()].map(({ receipt }) => receipt);
      case "services.open":
        return { url: urlOf(this.cluster.find(params.object)!) ?? "http://localhost:49152" };
      case "palette.search":
        return this.#search(params.query, params.cluster, params.limit ?? 30);
      case "logs.save":
        return { path: params.path };
      default:
        throw new Error(`No such request: ${name}`);
    }
  }

  #search(query: string, cluster: string, limit: number): PaletteHit[] {
    const words = query
      .toLowerCase()
      .replace(/^[#:@>?]/, "")
      .split(/\s+/);
    return [...this.cluster.objects.values()]
      .flat()
      .filter((each) => each.kind !== "Event" && words.every((word) => `${each.kind} ${each.metadata.name}`.toLowerCase().includes(word)))
      .slice(0, limit)
      .map((each) => ({
        kind: "object",
        title: each.metadata.name,
        subtitle: [each.kind, each.metadata.namespace].filter(Boolean).join(" · "),
        cluster,
        object: refOf(
          kinds.find((kind) => kind.kind === each.kind)!,
          each,
        ),
      }));
  }
}

/** Data as YAML, plainly: enough to be read and edited. */
export function toYaml(value: unknown, indent = ""): string {
  if (Array.isArray(value))
    return value.length === 0 ? "[]" : value.map((each) => `\n${indent}- ${toYaml(each, `${indent}  `).replace(/^\n\s*/, "")}`).join("");
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    if (entries.length === 0) return "{}";
    const text = entries
      .map(([name, each]) => {
        const inner = toYaml(each, Array.isArray(each) ? indent : `${indent}  `);
        return `\n${indent}${name}:${inner.startsWith("\n") ? inner : ` ${inner}`}`;
      })
      .join("");
    return indent === "" ? text.slice(1) : text;
  }
  if (typeof value === "string")
    return value.includes("\n")
      ? `|\n${value
          .trimEnd()
          .split("\n")
          .map((line) => `${indent}${line}`)
          .join("\n")}`
      : /^[\w./:@-]+$/.test(value) && !/^(true|false|null|\d.*)$/.test(value)
        ? value
        : JSON.stringify(value);
  return String(value);
}
