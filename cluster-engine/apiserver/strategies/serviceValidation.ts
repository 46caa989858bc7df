import { isIP, isIPv4 } from "node:net";
import type { Service, ServicePort } from "../../../shared/kubernetes/types.ts";
import { dns1123Label, dns1123Subdomain, portNumber, qualifiedName } from "../../api/names.ts";
import { validateAddress, validateBlock } from "./addresses.ts";
import { validateChoice } from "./containers.ts";
import { validateLabels } from "./objectMeta.ts";
import { validatePort } from "./probes.ts";
import type { Problems } from "./problems.ts";

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const affinities = ["ClientIP", "None"];
const protocols = ["SCTP", "TCP", "UDP"];
const families = ["IPv4", "IPv6"];
const familyPolicies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
const trafficPolicies = ["Cluster", "Local"];
const distributions = ["PreferClose", "PreferSameZone", "PreferSameNode"];
const longestAffinity = 86_400;

const isHeadless = ({ spec }: Service): boolean => spec?.clusterIPs?.length === 1 && spec.clusterIPs[0] === "None";

export function validateService(service: Service, problems: Problems): void {
  const spec = service.spec!;
  if (!spec.ports?.length && !isHeadless(service) && spec.type !== "ExternalName") problems.required("spec.ports");
  validateType(service, problems);
  const names = new Set<string>();
  const ports = spec.ports ?? [];
  ports.forEach((port, i) => validateServicePort(port, ports.length > 1, names, `spec.ports[${i}]`, problems));
  validateLabels(spec.selector, "spec.selector", problems);
  validateSessionAffinity(service, problems);
  validateClusterIPs(service, problems);
  spec.externalIPs?.forEach((address, i) => validateExternalIP(address, `spec.externalIPs[${i}]`, problems));
  validateChoice(spec.type, types, "spec.type", problems);
  validateUniquePorts(service, problems);
  validateLoadBalancer(service, problems);
  validateExternalTraffic(service, problems);
  if (spec.internalTrafficPolicy !== undefined && !trafficPolicies.includes(spec.internalTrafficPolicy))
    problems.notSupported("spec.internalTrafficPolicy", spec.internalTrafficPolicy, trafficPolicies);
  if (spec.trafficDistribution !== undefined && !distributions.includes(spec.trafficDistribution))
    problems.notSupported("spec.trafficDistribution", spec.trafficDistribution, distributions);
}

function validateType(service: Service, problems: Problems): void {
  const spec = service.spec!;
  if ((spec.type === "LoadBalancer" || spec.type === "NodePort") && isHeadless(service)) {
    problems.invalid("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${spec.type} services`);
  }
  if (spec.type !== "ExternalName") return;
  for (const field of ["clusterIPs", "ipFamilies"] as const)
    if (spec[field]?.length) problems.forbidden(`spec.${field}`, "may not be set for ExternalName services");
  if (spec.ipFamilyPolicy !== undefined) problems.forbidden("spec.ipFamilyPolicy", "may not be set for ExternalName services");
  const name = (spec.externalName ?? "").replace(/\.$/, "");
  if (!name) problems.required("spec.externalName");
  else problems.invalidEach("spec.externalName", name, dns1123Subdomain(name));
}

function validateServicePort(port: ServicePort, named: boolean, names: Set<string>, path: string, problems: Problems): void {
  if (named && !port.name) problems.required(`${path}.name`);
  else if (port.name) {
    problems.invalidEach(`${path}.name`, port.name, dns1123Label(port.name));
    if (names.has(port.name)) problems.duplicate(`${path}.name`, port.name);
    names.add(port.name);
  }
  problems.invalidEach(`${path}.port`, port.port, portNumber(port.port));
  validateChoice(port.protocol, protocols, `${path}.protocol`, problems);
  validatePort(port.targetPort ?? 0, `${path}.targetPort`, problems);
  if (port.appProtocol !== undefined) problems.invalidEach(`${path}.appProtocol`, port.appProtocol, qualifiedName(port.appProtocol));
}

function validateSessionAffinity({ spec }: Service, problems: Problems): void {
  const { sessionAffinity, sessionAffinityConfig } = spec!;
  validateChoice(sessionAffinity, affinities, "spec.sessionAffinity", problems);
  if (sessionAffinity === "ClientIP") {
    const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
    const field = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
    if (seconds === undefined) problems.required(field, "when session affinity type is ClientIP");
    else if (seconds <= 0 || seconds > longestAffinity) problems.invalid(field, seconds, `must be greater than 0 and less than ${longestAffinity}`);
  } else if (sessionAffinity === "None" && sessionAffinityConfig)
    problems.forbidden("spec.sessionAffinityConfig", "must not be set when session affinity is None");
}

/** clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy, as far as they can be judged without the cluster. */
export function validateClusterIPs(service: Service, problems: Problems): void {
  const { type, clusterIP, clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = service.spec!;
  if (type === "ExternalName") return;
  if (clusterIP) {
    if (clusterIPs.length === 0) problems.required("spec.clusterIPs");
    else if (clusterIPs[0] !== clusterIP) problems.invalid("spec.clusterIPs", clusterIPs, "first value must match `clusterIP`");
  } else if (clusterIPs.length > 0) problems.invalid("spec.clusterIPs", clusterIPs, "must be empty when `clusterIP` is not specified");
  ipFamilies.forEach((family, i) => {
    if (!families.includes(family)) problems.notSupported(`spec.ipFamilies[${i}]`, family, families);
    if (ipFamilies.indexOf(family) < i) problems.duplicate(`spec.ipFamilies[${i}]`, family);
  });
  if (ipFamilyPolicy !== undefined && !familyPolicies.includes(ipFamilyPolicy))
    problems.notSupported("spec.ipFamilyPolicy", ipFamilyPolicy, familyPolicies);
  const count = problems.list.length;
  clusterIPs.forEach((address, i) => {
    if (i > 0 || address !== "None") validateAddress(address, `spec.clusterIPs[${i}]`, problems);
    else if (clusterIPs.length > 1) problems.invalid("spec.clusterIPs", clusterIPs, "'None' must be the first and only value");
  });
  if (clusterIPs.length > 2) problems.invalid("spec.clusterIPs", clusterIPs, "may only hold up to 2 values");
  if (problems.list.length === count) validateFamilies(clusterIPs, ipFamilies, problems);
}

function validateFamilies(clusterIPs: string[], ipFamilies: string[], problems: Problems): void {
  if (clusterIPs.length === 2 && isIP(clusterIPs[0]!) === isIP(clusterIPs[1]!))
    problems.invalid("spec.clusterIPs", clusterIPs, "may specify no more than one IP for each IP family");
  if (clusterIPs[0] === "None") return;
  clusterIPs.forEach((address, i) => {
    const family = ipFamilies[i];
    if (family && (family === "IPv4") !== isIPv4(address))
      problems.invalid(`spec.clusterIPs[${i}]`, address, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``);
  });
}

/** An address that traffic may be sent to: not unspecified, loopback or link-local. */
export function validateEndpointAddress(address: string, field: string, problems: Problems): void {
  if (address === "0.0.0.0" || address === "::") problems.invalid(field, address, `may not be unspecified (${address})`);
  if (address.startsWith("127.") || address === "::1") problems.invalid(field, address, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
  if (/^169\.254\.|^fe[89ab]/i.test(address)) problems.invalid(field, address, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
  if (/^224\.0\.0\.|^ff02:/i.test(address))
    problems.invalid(field, address, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
}

function validateExternalIP(address: string, field: string, problems: Problems): void {
  if (isIP(address)) validateEndpointAddress(address, field, problems);
  else validateAddress(address, field, problems);
}

function validateUniquePorts({ spec }: Service, problems: Problems): void {
  const nodePorts = new Set<string>();
  const seen = new Set<string>();
  const ports = spec!.ports ?? [];
  if (spec!.type === "ClusterIP") {
    ports.forEach((port, i) => {
      if (port.nodePort) problems.forbidden(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'");
    });
  }
  ports.forEach((port, i) => {
    const identity = `${port.protocol}/${port.nodePort}`;
    if (port.nodePort && nodePorts.has(identity)) problems.duplicate(`spec.ports[${i}].nodePort`, port.nodePort);
    nodePorts.add(identity);
  });
  ports.forEach((port, i) => {
    const identity = `${port.protocol}/${port.port}`;
    if (seen.has(identity))
      problems.duplicate(`spec.ports[${i}]`, { Name: "", Protocol: port.protocol, AppProtocol: null, Port: port.port, TargetPort: 0, NodePort: 0 });
    seen.add(identity);
  });
}

function validateLoadBalancer({ spec }: Service, problems: Problems): void {
  const { type, loadBalancerSourceRanges, allocateLoadBalancerNodePorts, loadBalancerClass } = spec!;
  const only = "may only be used when `type` is 'LoadBalancer'";
  if (loadBalancerSourceRanges?.length) {
    if (type !== "LoadBalancer") problems.forbidden("spec.LoadBalancerSourceRanges", only);
    loadBalancerSourceRanges.forEach((range, i) => validateBlock(range.trim(), `spec.LoadBalancerSourceRanges[${i}]`, problems));
  }
  if (allocateLoadBalancerNodePorts !== undefined && type !== "LoadBalancer") problems.forbidden("spec.allocateLoadBalancerNodePorts", only);
  if (loadBalancerClass === undefined) return;
  if (type === "LoadBalancer") problems.invalidEach("spec.loadBalancerClass", loadBalancerClass, qualifiedName(loadBalancerClass));
  else problems.forbidden("spec.loadBalancerClass", only);
}

function validateExternalTraffic({ spec }: Service, problems: Problems): void {
  const { type, externalIPs, externalTrafficPolicy, healthCheckNodePort } = spec!;
  const accessible = type === "LoadBalancer" || type === "NodePort" || (type === "ClusterIP" && !!externalIPs?.length);
  if (!accessible) {
    if (externalTrafficPolicy)
      problems.invalid("spec.externalTrafficPolicy", externalTrafficPolicy, "may only be set for externally-accessible services");
  } else validateChoice(externalTrafficPolicy, trafficPolicies, "spec.externalTrafficPolicy", problems);
  if (type === "LoadBalancer" && externalTrafficPolicy === "Local") {
    if (!healthCheckNodePort) problems.required("spec.healthCheckNodePort");
  } else if (healthCheckNodePort) {
    problems.invalid(
      "spec.healthCheckNodePort",
      healthCheckNodePort,
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    );
  }
}

/** What may not change in a Service: its addresses, its class, its health check port. */
export function validateServiceUpdate(service: Service, old: Service, problems: Problems): void {
  const spec = service.spec!;
  const before = old.spec!;
  if (spec.type !== "ExternalName" && before.type !== "ExternalName" && !(isHeadless(service) && isHeadless(old))) {
    const now = spec.clusterIPs ?? [];
    before.clusterIPs?.forEach((address, i) => {
      if (now.length === 0 && i === 0) problems.invalid("spec.clusterIPs[0]", null, "primary clusterIP can not be unset");
      else if (i < now.length && now[i] !== address) problems.invalid(`spec.clusterIPs[${i}]`, now, "may not change once set");
    });
    const nowFamilies = spec.ipFamilies ?? [];
    if (isHeadless(service) === isHeadless(old) && nowFamilies.length > 0 && before.ipFamilies?.length && nowFamilies[0] !== before.ipFamilies[0]) {
      problems.invalid("spec.ipFamilies[0]", nowFamilies, "may not change once set");
    }
  }
  if (spec.type === "LoadBalancer" && before.type === "LoadBalancer" && spec.loadBalancerClass !== before.loadBalancerClass) {
    problems.invalid("spec.loadBalancerClass", spec.loadBalancerClass ?? null, "may not change once set");
  }
  const checked = ({ type, externalTrafficPolicy }: NonNullable<Service["spec"]>): boolean =>
    type === "LoadBalancer" && externalTrafficPolicy === "Local";
  if (checked(spec) && checked(before) && spec.healthCheckNodePort !== before.healthCheckNodePort)
    problems.forbidden("spec.healthCheckNodePort", "field is immutable");
  validateService(service, problems);
}

/** status.loadBalancer of a Service. */
export function validateServiceStatus({ spec, status }: Service, problems: Problems): void {
  const ingress = status?.loadBalancer?.ingress ?? [];
  const path = "status.loadBalancer.ingress";
  if (spec?.type !== "LoadBalancer" && ingress.length > 0) return problems.forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'");
  ingress.forEach(({ ip, ipMode, hostname }, i) => {
    if (ip) validateAddress(ip, `${path}[${i}].ip`, problems);
    if (ip && ipMode === undefined) problems.required(`${path}[${i}].ipMode`, "must be specified when `ip` is set");
    if (!ip && ipMode !== undefined) problems.forbidden(`${path}[${i}].ipMode`, "may not be specified when `ip` is not set");
    if (ip && ipMode !== undefined && !["Proxy", "VIP"].includes(ipMode)) problems.notSupported(`${path}[${i}].ipMode`, ipMode, ["Proxy", "VIP"]);
    if (!hostname) return;
    problems.invalidEach(`${path}[${i}].hostname`, hostname, dns1123Subdomain(hostname));
    if (isIP(hostname)) problems.invalid(`${path}[${i}].hostname`, hostname, "must be a DNS name, not an IP address");
  });
}
