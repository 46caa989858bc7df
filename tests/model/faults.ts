import type { Status } from "../../shared/kubernetes/types.ts";
import { StatusError } from "../../cluster-engine/api/statusError.ts";
import type { Clock } from "../../cluster-engine/base/clock.ts";
import type { ApiRequest, Transport, WatchSink } from "../../cluster-engine/client/types.ts";

/** How unreliable the road to the API is now. */
export interface FaultRates {
  /** Share of requests that fail. */
  errors: number;
  /** Share of watch events at which the watch is cut, or found to be too old. */
  cuts: number;
  /** Longest time that a request or an answer travels, ms. */
  latency: number;
  /** Longest time by which a watch lags, ms. */
  lag: number;
}

export const noFaults: FaultRates = { errors: 0, cuts: 0, latency: 0, lag: 0 };

export interface RoadOptions {
  clock: Clock;
  seed: number;
  rates(): FaultRates;
  /** Told of everything that passes, so that the test knows when all is quiet. */
  onTraffic(): void;
  /** A component that died hears no answers any more. */
  dead?: AbortSignal;
}

/** Wraps a component's access to the API in a road that loses, delays and refuses, by chance that depends on the seed and the request alone. */
export function unreliable(inner: Transport, name: string, options: RoadOptions): Transport {
  const chance = new Chance(options.seed, name);
  return {
    send: (request) => send(inner, request, chance, options),
    watch: (request, sink) => watch(inner, request, sink, chance, options),
  };
}

type Fault = { when: "before" | "after"; error: Error };

async function send(inner: Transport, request: ApiRequest, chance: Chance, options: RoadOptions): Promise<unknown> {
  const { dead, rates, onTraffic } = options;
  if (dead?.aborted) return never();
  onTraffic();
  const draw = chance.of(`${request.method} ${request.path}`);
  const fault = draw() < rates().errors ? faultOf(request, draw()) : undefined;
  await travel(options, draw);
  if (dead?.aborted) return never();
  try {
    if (fault?.when === "before") throw fault.error;
    const answer = await inner.send(request);
    if (fault) throw fault.error;
    return answer;
  } finally {
    onTraffic();
    await travel(options, draw);
    if (dead?.aborted) await never();
  }
}

/** Half of the ways are immediate. */
async function travel({ clock, rates }: RoadOptions, draw: () => number): Promise<void> {
  const ms = Math.max(0, draw() * 2 - 1) * rates().latency;
  if (ms > 0) await new Promise<void>((resolve) => clock.after(ms, resolve));
}

const never = (): Promise<never> => new Promise(() => {});

function faultOf({ method, path }: ApiRequest, draw: number): Fault | undefined {
  const reading: Fault[] = [
    { when: "before", error: new StatusError(500, "InternalError", "Internal error occurred: injected") },
    { when: "before", error: new StatusError(429, "TooManyRequests", "Too many requests, please try again later.", { retryAfterSeconds: 1 }) },
  ];
  const lost: Fault[] = [
    ...reading,
    { when: "after", error: new StatusError(504, "Timeout", "Timeout: request did not complete within requested timeout") },
    { when: "after", error: new Error("read ECONNRESET") },
    { when: "after", error: new StatusError(500, "InternalError", "Internal error occurred: injected after the write") },
  ];
  const conflict = new StatusError(409, "Conflict", `Operation cannot be fulfilled on ${path}: the object has been modified`);
  const choices: Fault[] =
    method === "GET" ? reading : method === "POST" || method === "DELETE" ? lost : [...lost, { when: "before", error: conflict }];
  return choices[Math.floor(draw * choices.length)];
}

function watch(inner: Transport, request: ApiRequest, sink: WatchSink, chance: Chance, options: RoadOptions): Disposable {
  const { clock, rates, onTraffic, dead } = options;
  const draw = chance.of(`WATCH ${request.path}`);
  let ended = false;
  let arrival = 0;
  /** In order, each not before the one ahead of it. */
  const deliver = (task: () => void): void => {
    onTraffic();
    arrival = Math.max(arrival, clock.monotonic() + Math.max(0, draw() * 2 - 1) * rates().lag);
    const run = () => {
      onTraffic();
      if (!ended && !dead?.aborted) task();
    };
    if (arrival > clock.monotonic()) clock.after(arrival - clock.monotonic(), run);
    else run();
  };
  const end = (error?: Error): void => {
    ended = true;
    sink.onEnd(error);
  };
  const running = inner.watch(request, {
    onEvent: (event) =>
      deliver(() => {
        if (draw() >= rates().cuts) return sink.onEvent(event);
        running[Symbol.dispose]();
        if (draw() < 0.7) return end(new Error("read ECONNRESET"));
        ended = true;
        sink.onEvent({ type: "ERROR", object: expired });
      }),
    onEnd: (error) => deliver(() => end(error)),
  });
  return {
    [Symbol.dispose]() {
      ended = true;
      running[Symbol.dispose]();
    },
  };
}

const expired: Status = {
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Failure",
  message: "too old resource version",
  reason: "Expired",
  code: 410,
};

/** Numbers in [0, 1) that depend on the seed, the component, the request, and how often it was made: not on what else happens. */
class Chance {
  readonly #seed: string;
  readonly #counts = new Map<string, number>();

  constructor(seed: number, name: string) {
    this.#seed = `${seed} ${name}`;
  }

  of(subject: string): () => number {
    const count = this.#counts.get(subject) ?? 0;
    this.#counts.set(subject, count + 1);
    let draws = 0;
    return () => hash(`${this.#seed} ${subject} ${count} ${draws++}`);
  }
}

/** FNV-1a with a final mix, as a number in [0, 1). */
export function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return (h >>> 0) / 0x1_0000_0000;
}
