import { isIPv4 } from "node:net";
import type { EndpointSlice, Node, Pod, Service, ServicePort } from "../../../shared/kubernetes/types.ts";
import { endpointsOf, isProxied, type EndpointAddress } from "./endpoints.ts";
import { ruleKey, type Rule, type RuleProtocol, type RuleTable } from "./types.ts";

export interface RuleContext {
  /** The node whose pods get these rules: `internalTrafficPolicy: Local` keeps to its endpoints. */
  node: string;
  /** InternalIPs of all nodes: node ports are reached at each. */
  nodeAddresses: string[];
}

const defaultAffinitySeconds = 10_800;

/** What the pods of one node need to know of a Service: its cluster IPs, external IPs, load balancer addresses and node ports. */
export function serviceRules(service: Service, slices: EndpointSlice[], context: RuleContext): RuleTable {
  const table: RuleTable = {};
  if (!isProxied(service)) return table;
  for (const port of service.spec?.ports ?? []) {
    const endpoints = endpointsOf(slices, port);
    const local = service.spec?.internalTrafficPolicy === "Local";
    const inside = local ? endpoints.filter((endpoint) => endpoint.node === context.node) : endpoints;
    addRules(table, service, port, clusterIPs(service), port.port, inside);
    addRules(table, service, port, outsideAddresses(service), port.port, endpoints);
    if (port.nodePort) addRules(table, service, port, context.nodeAddresses, port.nodePort, endpoints);
  }
  return table;
}

function addRules(table: RuleTable, service: Service, port: ServicePort, addresses: string[], number: number, endpoints: EndpointAddress[]): void {
  if (endpoints.length === 0) return;
  const affinitySeconds = affinityOf(service);
  const rule: Rule = { endpoints: endpoints.map(({ address }) => address), ...(affinitySeconds ? { affinitySeconds } : {}) };
  for (const address of addresses.filter(isRoutable)) table[ruleKey(address, protocolOf(port.protocol), number)] = rule;
}

/** Seconds of session affinity; 0 without. */
export function affinityOf(service: Service): number {
  if (service.spec?.sessionAffinity !== "ClientIP") return 0;
  return service.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds;
}

const clusterIPs = ({ spec }: Service): string[] => spec?.clusterIPs ?? (spec?.clusterIP ? [spec.clusterIP] : []);

function outsideAddresses({ spec, status }: Service): string[] {
  const ingress = (status?.loadBalancer?.ingress ?? []).filter((each) => each.ipMode !== "Proxy").flatMap((each) => each.ip ?? []);
  return [...(spec?.externalIPs ?? []), ...ingress];
}

/** Loopback means the pod itself there, whatever it means on this machine. */
const isRoutable = (address: string): boolean => isIPv4(address) && !address.startsWith("127.") && address !== "0.0.0.0";

const protocolOf = (protocol: string | undefined): RuleProtocol => (protocol ?? "TCP").toLowerCase() as RuleProtocol;

/** Host ports of the pods of one node, at that node's address. */
export function hostPortRules(pods: Pod[], nodeAddress: string): RuleTable {
  const table: RuleTable = {};
  if (!isRoutable(nodeAddress)) return table;
  for (const pod of pods) {
    const podIP = pod.status?.podIP;
    if (!podIP || pod.spec?.hostNetwork || isOver(pod)) continue;
    for (const port of (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? [])) {
      if (port.hostPort) table[ruleKey(nodeAddress, protocolOf(port.protocol), port.hostPort)] = { endpoints: [`${podIP}:${port.containerPort}`] };
    }
  }
  return table;
}

const isOver = (pod: Pod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

export const internalIP = (node: Node): string | undefined => node.status?.addresses?.find((address) => address.type === "InternalIP")?.address;
