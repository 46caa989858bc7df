import { StringDecoder } from "node:string_decoder";
import type { ObjectRef, StreamMessage } from "../../../shared/contract.ts";
import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { messageOf, ServiceError } from "../errors.ts";
import { getObject } from "../objects/api.ts";
import type { StreamEnds, StreamParamsOf, StreamSource, StreamUpdateOf } from "../port/types.ts";
import { Relations } from "../watch/relations.ts";
import { known } from "../watch/resources.ts";
import { openExec, type ExecSession } from "./execSocket.ts";

type Message = StreamMessage<"terminal">;

/** Tried in turn: bash where there is one, else any other shell that the container has. */
const shells = [
  ["/bin/sh", "-c", "export TERM=xterm-256color; if [ -x /bin/bash ]; then exec /bin/bash; else exec /bin/sh; fi"],
  ["/bin/bash"],
  ["/busybox/sh"],
];
/** How container engines say, in the command's own output, that they could not start it. */
const startFailure = /^(OCI runtime exec failed|exec failed|exec: )/;
const defaultContainer = "kubectl.kubernetes.io/default-container";

/** A terminal in a container of a pod, or of the first running pod of a workload. */
export class TerminalStream implements StreamSource<Message, StreamUpdateOf<"terminal">> {
  readonly #params: StreamParamsOf<"terminal">;
  readonly #ends: StreamEnds;
  readonly #decoder = new StringDecoder("utf8");
  #session: ExecSession | undefined;
  /** In order; output that nobody has taken yet is one message. */
  #messages: Message[] = [];
  #size: { columns: number; rows: number };
  #typed: string[] = [];
  #closed = false;

  constructor(cluster: Cluster, params: StreamParamsOf<"terminal">, ends: StreamEnds) {
    this.#params = params;
    this.#ends = ends;
    this.#size = { columns: params.columns, rows: params.rows };
    this.#open(cluster).catch((error: unknown) => this.#fail(messageOf(error)));
  }

  next(): Message | undefined {
    return this.#messages.shift();
  }

  #say(data: string): void {
    const last = this.#messages.at(-1);
    if (last?.data === undefined) this.#messages.push({ data });
    else last.data += data;
  }

  update({ data, size }: StreamUpdateOf<"terminal">): void {
    if (size) {
      this.#size = size;
      this.#session?.resize(size.columns, size.rows);
    }
    if (data === undefined) return;
    if (this.#session) this.#session.write(data);
    else this.#typed.push(data);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#session?.close();
  }

  async #open(cluster: Cluster): Promise<void> {
    const pod = await this.#findPod(cluster);
    const container = this.#params.container ?? pod.metadata.annotations?.[defaultContainer] ?? pod.spec.containers[0]!.name;
    const ref = { ...known.pods, namespace: pod.metadata.namespace, name: pod.metadata.name };
    if (this.#params.object.resource !== "pods") this.#messages.push({ notice: `${pod.metadata.name} · ${container}` });
    for (const command of this.#params.command ? [this.#params.command] : shells) {
      const problem = await this.#run(cluster, ref, container, command);
      if (problem === undefined || this.#closed) return;
      if (this.#params.command || !/no such file|not found|executable file/i.test(problem)) return this.#fail(problem);
    }
    this.#fail(`container ${container} has no shell: start a debug container instead`);
  }

  async #findPod(cluster: Cluster): Promise<Pod> {
    const { object } = this.#params;
    if (object.resource === "pods") return getObject<Pod>(cluster, object);
    const workload = await getObject(cluster, object);
    const relations = new Relations(cluster, ["pods", "replicasets", "jobs"], () => {});
    try {
      await Promise.all((["pods", "replicasets"] as const).map((name) => relations.cache(name)?.settled() ?? Promise.resolve()));
      const running = relations.podsOf(workload).find(({ status, metadata }) => status?.phase === "Running" && !metadata.deletionTimestamp);
      if (!running) throw new ServiceError("no-pod", `${keyOf(object as ObjectRef)} has no running pod: wait until one is up`);
      return running;
    } finally {
      relations[Symbol.dispose]();
    }
  }

  /** Resolves with the problem of a command that never started; undefined once it has ended by itself. */
  #run(cluster: Cluster, pod: ObjectRef, container: string, command: string[]): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      let spoke = false;
      const opened = openExec(cluster, pod, container, command, {
        onOutput: (data) => {
          if (!spoke && startFailure.test(data.toString())) return;
          spoke = true;
          this.#say(this.#decoder.write(data));
          this.#ends.wake();
        },
        onEnd: (exit, problem) => {
          this.#session = undefined;
          if (exit === undefined && !spoke) return resolve(problem ?? "the command could not run");
          // 126 and 127 before any output: there is no such shell.
          if ((exit === 126 || exit === 127) && !spoke) return resolve("executable file not found");
          this.#messages.push(exit === undefined ? { notice: problem ?? "ended" } : { exit });
          this.#ends.end();
          resolve(undefined);
        },
      });
      opened.then((session) => {
        if (this.#closed) return session.close();
        this.#session = session;
        session.resize(this.#size.columns, this.#size.rows);
        for (const data of this.#typed.splice(0)) session.write(data);
      }, reject);
    });
  }

  #fail(problem: string): void {
    this.#ends.end(new ServiceError("terminal", problem));
  }
}
