import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Pod, Service } from "../../../shared/kubernetes/types.ts";
import { readyEndpoint } from "../outbound/endpoints.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { badRequest, serviceUnavailable } from "../request/statusErrors.ts";
import type { ServerContext } from "../serverContext.ts";
import { existing } from "../verbs/get.ts";
import type { Verb } from "../verbs/verbContext.ts";

interface Target {
  tls: boolean;
  host: string;
  port: number;
  dial(): Promise<Duplex>;
}

/** `nodes|pods|services/NAME/proxy/…`: passes an HTTP request on, through the pod network. */
export const proxy: Verb = async (call, resource, context) => {
  const target = targetOf(call, resource, context);
  let connection: Duplex;
  try {
    connection = await target.dial();
  } catch (error) {
    throw serviceUnavailable(`error trying to reach service: dial tcp ${target.host}:${target.port}: ${(error as Error).message}`);
  }
  return forward(call, target, connection);
};

/** `[scheme:]name[:port]`. */
function parseName(text: string): { scheme: string; name: string; port: string } {
  const parts = text.split(":");
  if (parts.length === 1) return { scheme: "", name: parts[0]!, port: "" };
  if (parts.length === 2) return { scheme: "", name: parts[0]!, port: parts[1]! };
  return { scheme: parts[0]!, name: parts[1]!, port: parts[2]! };
}

function targetOf(call: ApiCall, resource: ServedResource, context: ServerContext): Target {
  const { scheme, name, port } = parseName(call.info.name);
  const found = existing(resource, call.info.namespace, name).object;
  if (resource.resource === "pods") return podTarget(found as Pod, port, scheme, context);
  if (resource.resource === "services") return serviceTarget(found as Service, port, scheme, context);
  throw serviceUnavailable(`no proxy to node ${JSON.stringify(name)}: its kubelet serves no HTTP`);
}

function podTarget(pod: Pod, portText: string, scheme: string, { nodes, dialPod }: ServerContext): Target {
  const host = pod.status?.podIP ?? "";
  const port =
    Number(portText) ||
    pod.spec?.containers.flatMap((container) => container.ports ?? []).find(({ protocol }) => (protocol ?? "TCP") === "TCP")?.containerPort ||
    80;
  const node = pod.spec?.nodeName ? nodes(pod.spec.nodeName) : undefined;
  if (!host && !node) throw badRequest(`address not allowed: pod ${pod.metadata.name} has no IP`);
  const dial = () =>
    dialPod && host ? dialPod(host, port) : node!.portForward({ namespace: pod.metadata.namespace ?? "", pod: pod.metadata.name }, port);
  return { tls: scheme === "https", host, port, dial };
}

function serviceTarget(service: Service, portText: string, scheme: string, context: ServerContext): Target {
  const { name } = service.metadata;
  const ports = service.spec?.ports ?? [];
  const wanted = portText ? ports.find((port) => port.name === portText || String(port.port) === portText) : ports[0];
  if (!wanted) throw serviceUnavailable(`no service port ${JSON.stringify(portText)} found for service ${JSON.stringify(name)}`);
  const endpoint = readyEndpoint(service, wanted, context.registry);
  if (endpoint)
    return {
      tls: scheme === "https",
      host: endpoint.address,
      port: endpoint.port,
      dial: () => dialEndpoint(endpoint.address, endpoint.port, context),
    };
  throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(portText ? `${name}:${portText}` : name)}`);
}

function dialEndpoint(host: string, port: number, { dialPod }: ServerContext): Promise<Duplex> {
  if (!dialPod) throw new Error("there is no pod network");
  return dialPod(host, port);
}

const hopByHop = new Set(["connection", "upgrade", "keep-alive", "proxy-connection", "transfer-encoding", "te", "trailer", "authorization", "host"]);

async function forward(call: ApiCall, target: Target, connection: Duplex): Promise<Answer> {
  const headers: Record<string, string> = { host: `${target.host}:${target.port}`, connection: "close" };
  for (const name of call.headerNames) if (!hopByHop.has(name) && !name.startsWith(":")) headers[name] = call.header(name)!;
  const { connect } = await import("node:tls");
  const socket = target.tls ? connect({ socket: connection, rejectUnauthorized: false }) : connection;
  const question = call.target.indexOf("?");
  const path = `/${call.info.rest}${call.path.endsWith("/") && call.info.rest ? "/" : ""}${question < 0 ? "" : call.target.slice(question)}`;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = httpRequest({ method: call.method, path, headers, createConnection: () => socket });
    outgoing.once("response", resolve);
    outgoing.on("error", (error) => reject(serviceUnavailable(`error trying to reach service: ${error.message}`)));
    if (call.incoming) call.incoming.pipe(outgoing);
    else outgoing.end();
  });
  const kept = Object.entries(answer.headers).filter(([name]) => !hopByHop.has(name));
  return {
    type: "stream",
    code: answer.statusCode ?? 502,
    body: answer,
    headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
  };
}
