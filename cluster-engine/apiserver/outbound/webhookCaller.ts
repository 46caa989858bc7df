import { Agent, request, type RequestOptions } from "node:https";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import type { Service, ServiceReference, WebhookClientConfig } from "../../../shared/kubernetes/types.ts";
import type { ResourceRegistry } from "../registry/resourceRegistry.ts";
import { readyEndpoint } from "./endpoints.ts";

/** Posts a document to a webhook and answers what it answers. `timeout` is in ms. Rejects with an Error worded as Go does. */
export type WebhookCaller = (config: WebhookClientConfig, document: object, timeout: number) => Promise<unknown>;

export interface WebhookCallerOptions {
  registry: ResourceRegistry;
  /** Absent: there is no pod network, and webhooks behind Services can't be reached. */
  dialPod?: ((address: string, port: number) => Promise<Duplex>) | undefined;
}

/** Bytes of the largest answer that is read. */
const answerLimit = 8 * 1024 * 1024;
const keptAgents = 100;

export function webhookCaller(options: WebhookCallerOptions): WebhookCaller {
  // Connections are kept: a handshake costs more than an answer.
  const agents = new Map<string, Agent>();
  return async (config, document, timeout) => {
    const address = addressOf(config);
    const shown = `${address}${address.includes("?") ? "&" : "?"}timeout=${timeout / 1000}s`;
    const url = new URL(shown);
    const fail = (problem: string) => new Error(`failed to call webhook: Post ${JSON.stringify(shown)}: ${problem}`);
    const key = `${url.host} ${config.caBundle ?? ""}`;
    let agent = agents.get(key);
    if (!agent) {
      if (agents.size >= keptAgents) agents.clear();
      agents.set(key, (agent = new Agent({ keepAlive: true, maxFreeSockets: 4 })));
    }
    try {
      const { code, body } = await post(url, Buffer.from(JSON.stringify(document)), { agent, ...(await reach(config, options)) }, timeout);
      if (code !== 200) throw new Error(`an error on the server (${JSON.stringify(body.slice(0, 500))}) has prevented the request from succeeding`);
      return JSON.parse(body) as unknown;
    } catch (error) {
      throw fail(problemOf(error as NodeJS.ErrnoException, url));
    }
  };
}

function addressOf({ url, service }: WebhookClientConfig): string {
  if (url) return url;
  const { name, namespace, path = "", port = 443 } = service!;
  return `https://${name}.${namespace}.svc:${port}${path}`;
}

/** How the connection is made: straight to a URL, or to an endpoint of the Service under the Service's name. */
async function reach(config: WebhookClientConfig, options: WebhookCallerOptions): Promise<RequestOptions> {
  const ca = config.caBundle ? { ca: Buffer.from(config.caBundle, "base64") } : {};
  if (!config.service) return ca;
  const { address, port } = endpointOf(config.service, options);
  if (!options.dialPod) throw new Error("there is no pod network");
  const servername = `${config.service.name}.${config.service.namespace}.svc`;
  const connection = await options.dialPod(address, port);
  // Without an agent: one would connect by itself.
  return { agent: undefined, createConnection: () => connectTls({ socket: connection, servername, ...ca }) };
}

function endpointOf({ name, namespace, port = 443 }: ServiceReference, { registry }: WebhookCallerOptions) {
  const service = registry.cacheOf({ group: "", resource: "services" }).get(namespace, name)?.object as Service | undefined;
  if (!service) throw new Error(`service ${JSON.stringify(name)} not found`);
  const wanted = service.spec?.ports?.find((each) => each.port === port);
  if (!wanted) throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const endpoint = readyEndpoint(service, wanted, registry);
  if (!endpoint) throw new Error(`no endpoints available for service ${JSON.stringify(name)}`);
  return endpoint;
}

function post(url: URL, body: Buffer, options: RequestOptions, timeout: number): Promise<{ code: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", accept: "application/json", "content-length": body.length };
    const signal = AbortSignal.timeout(timeout);
    const sent = request(url, { ...options, method: "POST", headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        if ((size += chunk.length) > answerLimit) response.destroy(new Error(`the answer is larger than ${answerLimit} bytes`));
      });
      response.on("end", () => resolve({ code: response.statusCode!, body: Buffer.concat(chunks).toString() }));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** What Go says of the same failure. */
function problemOf(error: NodeJS.ErrnoException & { address?: string; port?: number }, { host }: URL): string {
  const at = error.address ? `${error.address}:${error.port}` : host;
  switch (error.code) {
    case "ECONNREFUSED":
      return `dial tcp ${at}: connect: connection refused`;
    case "ENOTFOUND":
      return `dial tcp: lookup ${host}: no such host`;
    case "ABORT_ERR":
    case "23":
      return "context deadline exceeded";
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
    default:
      return error.name === "AbortError" || error.name === "TimeoutError" ? "context deadline exceeded" : error.message;
  }
}
