import { z } from "zod";
import { type AccessAnswer, accessQuestion, accessSubject, type RightsMessage, type WhoCanMessage } from "./access.ts";
import type { ChainMessage, HistoryMessage } from "./journal.ts";
import { mapGroupings, type MapMessage } from "./map.ts";
import { type SchedulingExplanation, whatIfChange } from "./scheduling.ts";
import type { ForwardState, HomeMessage, LogEntry, MetricsMessage, PaletteHit, Snapshot } from "./tidings.ts";
export type * from "./tidings.ts";

// Everything that the window may ask of the services process, with the schema of what it sends.
// Requests answer once. Streams send messages until either side ends them; `update` is what the window may send to an open one.

// ---- Names -------------------------------------------------------------------------------------------------------

/** Id of a cluster: `local`, or `context:<file>#<name>`. */
const cluster = z.string().min(1);
const namespaceName = z.string().max(253);

export const resourceRef = z.object({ group: z.string(), version: z.string(), resource: z.string() });
export type ResourceRef = z.infer<typeof resourceRef>;

/** One object. `namespace` is absent for cluster-scoped resources. */
export const objectRef = resourceRef.extend({ namespace: namespaceName.optional(), name: z.string().min(1) });
export type ObjectRef = z.infer<typeof objectRef>;

export const target = z.object({ cluster, object: objectRef });
export type Target = z.infer<typeof target>;

// ---- Clusters and engine -----------------------------------------------------------------------------------------

export type ClusterPhase = "idle" | "connecting" | "ready" | "down" | "unauthorized";

export interface ClusterSummary {
  id: string;
  name: string;
  kind: "local" | "context";
  /** The kubeconfig file it comes from. */
  source?: string;
  server: string;
  phase: ClusterPhase;
  /** Why it is down, and since when (ms since the epoch). */
  problem?: {
    message: string;
    cause: "refused" | "dns" | "tls" | "proxy" | "timeout" | "unauthorized" | "plugin" | "other";
    since: number;
    retryAt?: number;
  };
  version?: string;
  latencyMs?: number;
  /** Protected: every change asks for the name. Read-only: no change is sent. */
  protected: boolean;
  readOnly: boolean;
}

export interface EngineState {
  phase: "stopped" | "starting" | "ready" | "failed" | "crash-loop";
  /** Start steps with times in ms since start. */
  steps: { name: string; state: "started" | "done" | "failed"; message?: string; at: number }[];
  runtime?: { name: string; version: string; simulated: boolean; candidates: { name: string; address: string; problem?: string }[] };
  /** Lines of its log, newest last, at most 200. */
  log: string[];
  restarts: number;
  message?: string;
  /** What was done about a damaged store at this start, and what is lost. */
  recovery?: string;
}

export interface ApiResource extends ResourceRef {
  kind: string;
  namespaced: boolean;
  verbs: string[];
  shortNames: string[];
  categories: string[];
  subresources: string[];
}

// ---- Views -------------------------------------------------------------------------------------------------------

export const viewFilter = z.object({
  /** Plain text, `/regex/` or `!not`, matched on what the row shows. */
  text: z.string().max(500).default(""),
  labelSelector: z.string().max(2000).default(""),
  fieldSelector: z.string().max(2000).default(""),
  /** Status classes to keep; empty keeps all. */
  statuses: z.array(z.enum(["running", "pending", "failed", "succeeded", "unknown", "terminating"])).default([]),
  /** Only objects that this object owns, directly or through others; for events: those about it or what it owns. */
  owner: objectRef.optional(),
});
export type ViewFilter = z.infer<typeof viewFilter>;

const viewShape = z.object({
  /** Empty means all namespaces. */
  namespaces: z.array(namespaceName),
  filter: viewFilter,
  sort: z.object({ column: z.string(), descending: z.boolean() }).optional(),
  /** Rows wanted: index of the first and how many. */
  range: z.object({ start: z.number().int().min(0), count: z.number().int().min(0).max(500) }),
});
export const viewRequest = viewShape.extend({ cluster, resource: resourceRef, namespaces: viewShape.shape.namespaces.default([]) });
export type ViewRequest = z.input<typeof viewRequest>;
/** What is left out stays as it is: no field of an update has a default. */
export const viewUpdate = viewShape.partial();
export type ViewUpdate = z.input<typeof viewUpdate>;

export type StatusClass = "running" | "pending" | "failed" | "succeeded" | "unknown" | "terminating";

/** A cell as the window draws it. Numbers and times are raw: the window formats them. */
export type Cell =
  | string
  | number
  | null
  | { kind: "status"; status: StatusClass; text: string }
  | { kind: "time"; at: number }
  | { kind: "ratio"; value: number; of: number }
  | { kind: "usage"; value: number; request?: number; limit?: number; unit: "cores" | "bytes" }
  | { kind: "ref"; object: ObjectRef; text: string }
  | { kind: "link"; url: string; text: string }
  | { kind: "list"; items: string[] };

export interface ViewColumn {
  id: string;
  title: string;
  type: "text" | "number" | "status" | "time" | "ratio" | "usage" | "ref" | "list" | "link";
  /** Hidden unless chosen. */
  extra?: boolean;
  description?: string;
}

export interface Row {
  /** `namespace/name`, or `name`. */
  key: string;
  object: ObjectRef;
  uid: string;
  labels: Record<string, string>;
  status?: StatusClass;
  /** What the row's buttons need: replicas to scale, the URL to open, … */
  facts: { replicas?: number; url?: string; containers?: string[]; unschedulable?: boolean; paused?: boolean; suspended?: boolean };
  cells: Record<string, Cell>;
}

/** The first message has everything; later ones only what changed. At most ten a second. */
export interface ViewMessage {
  columns?: ViewColumn[];
  /** Keys in the asked range, in order. */
  order?: { start: number; keys: string[] };
  /** New and changed rows of the range. */
  rows?: Row[];
  /** Objects after the filter, and before it. */
  matched?: number;
  total?: number;
  /** Before the status filter. */
  statusCounts?: Partial<Record<StatusClass, number>>;
  /** `live`, or what is shown is of `at` (ms since the epoch) and why. */
  freshness?: {
    state: "loading" | "live" | "stale" | "forbidden" | "failed";
    at?: number;
    message?: string;
    missing?: { verb: string; resource: string; namespace?: string };
  };
}

// ---- One object --------------------------------------------------------------------------------------------------

export interface ObjectMessage {
  /** The whole object as the API gives it; null when it is gone. Values of Secrets are left out. */
  object: Record<string, unknown> | null;
  /** The object as YAML without managed fields; Secret values replaced. */
  yaml: string;
  related: {
    relation: "owner" | "owned" | "selects" | "selected-by" | "uses" | "used-by" | "node";
    object: ObjectRef;
    kind: string;
    status?: StatusClass;
    text?: string;
  }[];
  /** Why it is not well: cause, evidence, next step; absent when it is. */
  why?: { cause: string; evidence: string[]; next: string };
  freshness: NonNullable<ViewMessage["freshness"]>;
}

// ---- Plans -------------------------------------------------------------------------------------------------------

export const planSource = z.union([z.object({ name: z.string(), text: z.string().max(20_000_000) }), z.object({ path: z.string() })]);
export type PlanSource = z.infer<typeof planSource>;

export interface FieldChange {
  /** `spec.template.spec.containers[name=web].image`. */
  path: string;
  before?: unknown;
  after?: unknown;
}

export interface PlanItem {
  id: string;
  object?: ObjectRef;
  kind: string;
  name: string;
  /** File and line (from 1) that it was read from. */
  source: { name: string; line: number };
  action: "create" | "change" | "same" | "conflict" | "invalid";
  diff: FieldChange[];
  /** For `invalid` and `conflict`: what, where and the remedy. */
  errors: { message: string; field?: string; line?: number }[];
  warnings: string[];
  yaml: string;
}

export interface Plan {
  id: string;
  cluster: string;
  /** In the order in which they will be applied. */
  items: PlanItem[];
}

export interface PlanProgress {
  item: string;
  state: "waiting" | "applying" | "applied" | "ready" | "failed" | "skipped";
  message?: string;
  /** Of the write, when there was one: where its chain begins. */
  revision?: number;
}

export interface Receipt {
  id: string;
  cluster: string;
  /** `Scaled frontend from 3 to 5`. */
  title: string;
  /** The same as a kubectl command line. */
  kubectl: string;
  at: number;
  undoable: boolean;
  /** Set once it was undone. */
  undone?: boolean;
}

export interface ActionResult {
  receipt?: Receipt;
  /** One per object that failed. */
  failures: { object: ObjectRef; message: string }[];
}

// ---- The contract ------------------------------------------------------------------------------------------------

/** What each request takes (schema) and answers (type, after `answers<…>()`). */
const answers =
  <A>() =>
  <S extends z.ZodType>(params: S) => ({ params, answer: undefined as A });

const none = z.object({});
const targets = z.object({ cluster, objects: z.array(objectRef).min(1).max(1000) });

export const requests = {
  "clusters.connect": answers<null>()(z.object({ cluster })),
  "clusters.set": answers<null>()(z.object({ cluster, protected: z.boolean().optional(), readOnly: z.boolean().optional() })),
  /** `fromSnapshot`: what is stored is set aside, and the cluster goes on from its newest snapshot. */
  "engine.start": answers<null>()(z.object({ fromSnapshot: z.boolean().default(false) })),
  "engine.stop": answers<null>()(z.object({ pods: z.boolean().default(false) })),
  "resources.list": answers<ApiResource[]>()(z.object({ cluster })),
  "access.can": answers<{ allowed: boolean; reason?: string }[]>()(
    z.object({
      cluster,
      checks: z
        .array(
          z.object({
            verb: z.string(),
            group: z.string(),
            resource: z.string(),
            subresource: z.string().optional(),
            namespace: namespaceName.optional(),
          }),
        )
        .max(50),
    }),
  ),
  "secrets.reveal": answers<{ value: string }>()(target.extend({ key: z.string() })),
  "plans.make": answers<Plan>()(z.object({ cluster, namespace: namespaceName, sources: z.array(planSource).min(1).max(2000) })),
  "actions.scale": answers<ActionResult>()(target.extend({ replicas: z.number().int().min(0).max(100_000) })),
  "actions.restart": answers<ActionResult>()(targets),
  "actions.delete": answers<ActionResult>()(
    targets.extend({ propagation: z.enum(["Foreground", "Background", "Orphan"]).default("Background"), force: z.boolean().default(false) }),
  ),
  "actions.dependants": answers<{ object: ObjectRef; kind: string }[]>()(targets),
  "actions.pause": answers<ActionResult>()(target.extend({ paused: z.boolean() })),
  "actions.rollback": answers<ActionResult>()(target.extend({ revision: z.number().int().min(0) })),
  "actions.revisions": answers<{ revision: number; at: number; cause?: string; images: string[]; replicas: number; current: boolean }[]>()(target),
  "actions.cordon": answers<ActionResult>()(target.extend({ unschedulable: z.boolean() })),
  "actions.undo": answers<ActionResult>()(z.object({ receipt: z.string() })),
  "actions.recent": answers<Receipt[]>()(z.object({ cluster })),
  /** Where would the pod go if the world were changed so? Nothing is written. */
  "scheduling.whatIf": answers<SchedulingExplanation>()(target.extend({ change: whatIfChange })),
  "snapshots.list": answers<Snapshot[]>()(z.object({ cluster })),
  "snapshots.create": answers<Snapshot>()(z.object({ cluster, name: z.string().max(63) })),
  /** How many objects were written and deleted, and the snapshot of what was before. */
  "snapshots.restore": answers<{ written: number; deleted: number; before?: string }>()(z.object({ cluster, name: z.string().max(63) })),
  "snapshots.delete": answers<null>()(z.object({ cluster, name: z.string().max(63) })),
  "services.open": answers<{ url: string }>()(target.extend({ port: z.string().optional() })),
  "palette.search": answers<PaletteHit[]>()(z.object({ query: z.string().max(200), cluster, limit: z.number().int().max(100).default(30) })),
  "forwards.start": answers<ForwardState>()(
    z.object({
      cluster,
      object: objectRef,
      port: z.string().max(63).optional(),
      localPort: z.number().int().min(0).max(65_535).optional(),
      remember: z.boolean().optional(),
    }),
  ),
  "forwards.resume": answers<null>()(z.object({ id: z.string() })),
  "forwards.stop": answers<null>()(z.object({ id: z.string() })),
  "forwards.remember": answers<null>()(z.object({ id: z.string(), remember: z.boolean() })),
  "forwards.remove": answers<null>()(z.object({ id: z.string() })),
  "logs.save": answers<{ path: string }>()(z.object({ stream: z.string(), path: z.string() })),
} as const;

const carries =
  <M>() =>
  <S extends z.ZodType, U extends z.ZodType = z.ZodNever>(params: S, update?: U) => ({
    params,
    update: (update ?? z.never()) as U,
    message: undefined as M,
  });

export const streams = {
  clusters: carries<ClusterSummary[]>()(none),
  engine: carries<EngineState>()(none),
  /** Discovery of a cluster, again whenever it changes. */
  resources: carries<ApiResource[]>()(z.object({ cluster })),
  view: carries<ViewMessage>()(viewRequest, viewUpdate),
  object: carries<ObjectMessage>()(target),
  home: carries<HomeMessage>()(z.object({ cluster, namespaces: z.array(namespaceName).default([]) })),
  map: carries<MapMessage>()(z.object({ cluster, namespaces: z.array(namespaceName).default([]), by: z.enum(mapGroupings) })),
  /** What one subject may do; without one: the window's own user. */
  rights: carries<RightsMessage>()(z.object({ cluster, subject: accessSubject.optional(), namespaces: z.array(namespaceName).default([]) })),
  whoCan: carries<WhoCanMessage>()(z.object({ cluster, question: accessQuestion })),
  accessAnswer: carries<AccessAnswer>()(z.object({ cluster, question: accessQuestion, subject: accessSubject.optional() })),
  metrics: carries<MetricsMessage>()(target),
  forwards: carries<ForwardState[]>()(z.object({})),
  /** Why a pod has no node, node by node. */
  scheduling: carries<SchedulingExplanation>()(target),
  history: carries<HistoryMessage>()(target),
  /** What the writes with these revisions brought about; grows while it does. */
  chain: carries<ChainMessage>()(z.object({ cluster, revisions: z.array(z.number().int().min(1)).min(1).max(500) })),
  /** Applies the ticked items in order; the receipt comes once all were sent, the end when each is ready or has failed. */
  apply: carries<{ progress: PlanProgress[]; receipt?: Receipt }>()(
    z.object({ plan: z.string(), items: z.array(z.string()), force: z.boolean().default(false) }),
  ),
  /** A pod, a workload (all its pods, present and future) or a label selector; ordered by time. Batches. */
  logs: carries<LogEntry[]>()(
    z.object({
      cluster,
      object: objectRef,
      container: z.string().optional(),
      previous: z.boolean().default(false),
      tailLines: z.number().int().min(0).max(100_000).default(1000),
      sinceSeconds: z.number().int().optional(),
    }),
  ),
  terminal: carries<{ data?: string; exit?: number; notice?: string }>()(
    target.extend({ container: z.string().optional(), command: z.array(z.string()).optional(), columns: z.number().int(), rows: z.number().int() }),
    z.object({ data: z.string().optional(), size: z.object({ columns: z.number().int(), rows: z.number().int() }).optional() }),
  ),
} as const;

export type RequestName = keyof typeof requests;
export type RequestParams<N extends RequestName> = z.input<(typeof requests)[N]["params"]>;
export type RequestAnswer<N extends RequestName> = (typeof requests)[N]["answer"];
export type StreamName = keyof typeof streams;
export type StreamParams<N extends StreamName> = z.input<(typeof streams)[N]["params"]>;
export type StreamUpdate<N extends StreamName> = z.input<(typeof streams)[N]["update"]>;
export type StreamMessage<N extends StreamName> = (typeof streams)[N]["message"];

// ---- On the MessagePort ------------------------------------------------------------------------------------------

/** What, where, and what to do about it. */
export interface ContractError {
  code: string;
  message: string;
  /** The Status of the API, when it came from there. */
  status?: unknown;
}

/** Window → services. `credit` allows that many more messages of a stream: without credit nothing is sent. */
export type ToServices =
  | { type: "request"; id: number; name: string; params: unknown }
  | { type: "open"; id: number; name: string; params: unknown; credit: number }
  | { type: "update"; id: number; update: unknown }
  | { type: "credit"; id: number; credit: number }
  | { type: "close"; id: number };

/** Services → window. */
export type ToWindow =
  | { type: "answer"; id: number; answer: unknown }
  | { type: "error"; id: number; error: ContractError }
  | { type: "message"; id: number; message: unknown }
  | { type: "end"; id: number; error?: ContractError };
