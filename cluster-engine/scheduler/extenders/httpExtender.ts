import { readFileSync } from "node:fs";
import { type Agent, request as httpRequest } from "node:http";
import { Agent as TlsAgent, request as httpsRequest } from "node:https";
import type { Container, Node, Pod } from "../../../shared/kubernetes/types.ts";
import type { ExtenderConfiguration } from "../config/types.ts";
import { milliseconds } from "../config/duration.ts";
import type { NodeInfo } from "../nodeInfo.ts";
import type { Candidate } from "../preemption.ts";
import type { Verdict } from "../types.ts";

const defaultTimeout = 5_000;
/** Extenders score from 0 to 10. */
const scale = 10;

/** Answers with their keys in lower case, as Go reads them. */
type Answer<K extends string> = Partial<Record<K, unknown>>;

/** A scheduler extender over HTTP (kube-scheduler's extender/v1). Every call throws Error when it fails. */
export class HttpExtender {
  readonly configuration: ExtenderConfiguration;
  readonly #agent: Agent | undefined;
  readonly #timeout: number;

  constructor(configuration: ExtenderConfiguration) {
    this.configuration = configuration;
    this.#timeout = configuration.httpTimeout ? milliseconds(configuration.httpTimeout) : defaultTimeout;
    if (configuration.urlPrefix.startsWith("https:")) this.#agent = new TlsAgent({ keepAlive: true, ...tlsOptions(configuration) });
  }

  get name(): string {
    return this.configuration.urlPrefix;
  }

  get weight(): number {
    return this.configuration.weight ?? 1;
  }

  get filters(): boolean {
    return Boolean(this.configuration.filterVerb);
  }

  get prioritizes(): boolean {
    return Boolean(this.configuration.prioritizeVerb);
  }

  get binds(): boolean {
    return Boolean(this.configuration.bindVerb);
  }

  get preempts(): boolean {
    return Boolean(this.configuration.preemptVerb);
  }

  /** Only pods that ask for its resources, when it has some. */
  concerns({ spec }: Pod): boolean {
    const managed = this.configuration.managedResources ?? [];
    if (managed.length === 0) return true;
    const asks = ({ resources }: Container) =>
      managed.some(({ name }) => resources?.requests?.[name] !== undefined || resources?.limits?.[name] !== undefined);
    return [...spec.containers, ...(spec.initContainers ?? [])].some(asks);
  }

  async filter(pod: Pod, nodes: readonly NodeInfo[]): Promise<{ feasible: NodeInfo[]; refusals: Map<string, Verdict> }> {
    const answer = await this.#send<Answer<"nodes" | "nodenames" | "failednodes" | "failedandunresolvablenodes" | "error">>(
      this.configuration.filterVerb!,
      this.#args(pod, nodes),
    );
    if (answer.error) throw new Error(answer.error as string);
    const byName = new Map(nodes.map((info) => [info.name, info]));
    const names =
      (answer.nodenames as string[] | null | undefined) ??
      (answer.nodes as { items?: Node[] } | undefined)?.items?.map(({ metadata }) => metadata.name);
    const feasible = (names ?? []).map((name) => {
      const info = byName.get(name);
      if (!info) throw new Error(`extender "${this.name}" claims a filtered node "${name}" which is not found in the input node list`);
      return info;
    });
    const refusals = new Map<string, Verdict>();
    for (const [name, reason] of entries(answer.failednodes)) refusals.set(name, { code: "unschedulable", reasons: [reason] });
    for (const [name, reason] of entries(answer.failedandunresolvablenodes)) refusals.set(name, { code: "unresolvable", reasons: [reason] });
    return { feasible, refusals };
  }

  /** 0…100 for each node. */
  async prioritize(pod: Pod, nodes: readonly NodeInfo[]): Promise<number[]> {
    const answer = await this.#send<unknown>(this.configuration.prioritizeVerb!, this.#args(pod, nodes));
    const list = (Array.isArray(answer) ? answer : []).map((each) => lowered(each) as { host: string; score: number });
    const scores = new Map(list.map(({ host, score }) => [host, score * scale]));
    return nodes.map((info) => scores.get(info.name) ?? 0);
  }

  async bind({ metadata: { namespace, name, uid } }: Pod, node: string): Promise<void> {
    const answer = await this.#send<Answer<"error">>(this.configuration.bindVerb!, {
      PodName: name,
      PodNamespace: namespace,
      PodUID: uid,
      Node: node,
    });
    if (answer.error) throw new Error(answer.error as string);
  }

  async review(pod: Pod, candidates: readonly Candidate[]): Promise<Candidate[]> {
    const whole = !this.configuration.nodeCacheCapable;
    const victims = Object.fromEntries(
      candidates.map(({ node, victims: pods, violations }) => [
        node.name,
        { Pods: whole ? pods : pods.map(({ metadata }) => ({ UID: metadata.uid })), NumPDBViolations: violations },
      ]),
    );
    const args = { Pod: pod, ...(whole ? { NodeNameToVictims: victims } : { NodeNameToMetaVictims: victims }) };
    const answer = await this.#send<Answer<"nodenametometavictims">>(this.configuration.preemptVerb!, args);
    const byName = new Map(candidates.map((candidate) => [candidate.node.name, candidate]));
    const kept: Candidate[] = [];
    for (const [name, value] of Object.entries((answer.nodenametometavictims ?? {}) as Record<string, object>)) {
      const { pods = [], numpdbviolations = 0 } = lowered(value) as { pods?: object[]; numpdbviolations?: number };
      const node = byName.get(name)?.node;
      if (!node) throw new Error(`nodeinfo not found for node name "${name}"`);
      const left = pods.map((each) => this.#victim(node, (lowered(each) as { uid: string }).uid));
      if (left.length === 0 && !this.configuration.ignorable) throw new Error(`expected at least one victim pod on node "${name}"`);
      if (left.length > 0) kept.push({ node, victims: left, violations: numpdbviolations });
    }
    return kept;
  }

  #victim(node: NodeInfo, uid: string): Pod {
    const pod = node.pods.get(uid);
    if (!pod)
      throw new Error(`extender: ${this.name} claims to preempt pod (UID: ${uid}) on node: ${node.name}, but the pod is not found on that node`);
    return pod;
  }

  #args(pod: Pod, nodes: readonly NodeInfo[]): unknown {
    if (this.configuration.nodeCacheCapable) return { Pod: pod, Nodes: null, NodeNames: nodes.map((info) => info.name) };
    return { Pod: pod, Nodes: { metadata: {}, items: nodes.map(({ node }) => node) }, NodeNames: null };
  }

  async #send<T>(verb: string, args: unknown): Promise<T> {
    const url = `${this.name.replace(/\/+$/, "")}/${verb}`;
    const body = Buffer.from(JSON.stringify(args));
    const text = await new Promise<string>((resolve, reject) => {
      const send = url.startsWith("https:") ? httpsRequest : httpRequest;
      const headers = { "content-type": "application/json", "content-length": body.length };
      const sent = send(url, { method: "POST", headers, agent: this.#agent, timeout: this.#timeout }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString());
          else reject(new Error(`failed ${verb} with extender at URL ${url}, code ${response.statusCode}`));
        });
      });
      sent.on("timeout", () => sent.destroy(new Error(`Post "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`)));
      sent.on("error", reject).end(body);
    });
    const parsed: unknown = JSON.parse(text);
    return (Array.isArray(parsed) ? parsed : lowered(parsed as object)) as T;
  }
}

const entries = (map: unknown): [string, string][] => Object.entries((map ?? {}) as Record<string, string>);

const lowered = (object: object | null): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object ?? {}).map(([key, value]) => [key.toLowerCase(), value]));

function tlsOptions({ tlsConfig = {} }: ExtenderConfiguration): object {
  const { insecure, serverName, certFile, keyFile, caFile, certData, keyData, caData } = tlsConfig;
  const read = (data?: string, file?: string) => (data ? Buffer.from(data, "base64") : file ? readFileSync(file) : undefined);
  const ca = read(caData, caFile);
  return { ca, cert: read(certData, certFile), key: read(keyData, keyFile), servername: serverName, rejectUnauthorized: Boolean(ca) && !insecure };
}
