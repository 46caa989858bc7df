import { request as httpsRequest, Agent } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Credentials } from "../../../cluster-engine/client/kubeconfig.ts";
import type { Answer, RecordedCase, RecordedCommand, RecordedRequest, Step } from "./cases.ts";
import { difference } from "./difference.ts";
import { type CommandAnswer, runKubectl } from "./kubectl.ts";

/** ms between two looks at what settles. */
const interval = 100;

/** Paths of the program and of the file that it reads. */
export interface Kubectl {
  path: string;
  kubeconfig: string;
}

/** Replays recorded cases against one server. */
export class Replay {
  readonly #agent: Agent;
  readonly #server: string;
  readonly #kubectl: Kubectl;

  constructor({ server, ca, cert, key }: Credentials, kubectl: Kubectl) {
    this.#server = server;
    this.#kubectl = kubectl;
    this.#agent = new Agent({ keepAlive: true, ca, cert, key });
  }

  /** The first difference from the recorded answer; undefined when there is none. @throws Error when a set-up step fails */
  async run({ setup, request, response, settle = 0, teardown = [] }: RecordedCase): Promise<string | undefined> {
    const variables: Variables = new Map();
    try {
      for (const step of setup) await this.#step(step, variables);
      const end = performance.now() + settle * 1000;
      for (;;) {
        const found = difference(response, await this.#ask(filledIn(request, variables)));
        if (found === undefined || performance.now() > end) return found;
        await pause(interval);
      }
    } finally {
      for (const step of teardown) await this.#step(step, variables).catch(() => {});
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #ask(request: RecordedRequest | RecordedCommand): Promise<Answer | CommandAnswer> {
    return "kubectl" in request ? runKubectl(this.#kubectl.path, this.#kubectl.kubeconfig, request.kubectl) : this.#send(request);
  }

  async #step(recorded: Step, variables: Variables): Promise<void> {
    if (recorded.sleep !== undefined) return pause(recorded.sleep * 1000);
    if (recorded.kubectl) return this.#command(filledIn(recorded.kubectl, variables));
    const step = filledIn(recorded, variables) as Step & RecordedRequest;
    const end = performance.now() + (step.within ?? 15) * 1000;
    let answer = await this.#send(step);
    while (step.until && !isReached(step.until, answer) && performance.now() < end) {
      await pause(interval);
      answer = await this.#send(step);
    }
    const done = step.until ? isReached(step.until, answer) : answer.status < 300 || step.allow?.includes(answer.status);
    if (!done) throw new Error(`${step.method} ${step.path}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 400)}`);
    for (const [name, path] of Object.entries(step.capture ?? {})) variables.set(name, String(pick(answer.body, path)));
  }

  async #command(args: string[]): Promise<void> {
    const { exitCode, stderr } = await runKubectl(this.#kubectl.path, this.#kubectl.kubeconfig, args);
    if (exitCode !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
  }

  #send({ method = "GET", path, query, headers, body }: RecordedRequest): Promise<Answer> {
    const url = new URL(path, this.#server);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const content = body === undefined ? undefined : JSON.stringify(body);
    const type = content === undefined ? {} : { "content-type": "application/json" };
    const all = { accept: "application/json", "user-agent": "golden/1.0", ...type, ...lowerCase(headers) };
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(url, { method, headers: all, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", reject);
        response.on("end", () => {
          const { warning } = response.headersDistinct;
          resolve({
            status: response.statusCode!,
            ...(warning ? { headers: { Warning: warning } } : {}),
            body: JSON.parse(Buffer.concat(chunks).toString()),
          });
        });
      });
      sent.on("error", reject).end(content);
    });
  }
}

type Variables = Map<string, string>;

const filledIn = <T>(value: T, variables: Variables): T =>
  JSON.parse(JSON.stringify(value).replaceAll(/\$\{(\w+)\}/g, (all, name: string) => variables.get(name) ?? all)) as T;

const lowerCase = (headers: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function isReached({ status = 200, field, value }: NonNullable<Step["until"]>, answer: Answer): boolean {
  if (answer.status !== status) return false;
  const found = field === undefined ? true : pick(answer.body, field);
  return value === undefined ? found !== undefined : isDeepStrictEqual(found, value);
}

const pick = (value: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
