import type { Service, ServicePort } from "../../../shared/kubernetes/types.ts";
import { Services } from "../../api/resources.ts";
import type { Strategy } from "../strategy.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { labelName } from "./nameRules.ts";
import { validateObjectMeta, validateUpdatedMetadata } from "./objectMeta.ts";
import { Problems, sameValue } from "./problems.ts";
import type { ServiceRanges } from "./serviceAllocation.ts";
import { ServiceAllocator } from "./serviceAllocation.ts";
import { serviceWarnings } from "./serviceWarnings.ts";
import { validateService, validateServiceStatus, validateServiceUpdate } from "./serviceValidation.ts";

const isExternallyAccessible = (service: Service): boolean =>
  service.spec?.type === "LoadBalancer" ||
  service.spec?.type === "NodePort" ||
  (service.spec?.type === "ClusterIP" && !!service.spec.externalIPs?.length);
const usesNodePorts = (service: Service): boolean => service.spec?.type === "NodePort" || service.spec?.type === "LoadBalancer";
const isExternalName = (service: Service): boolean => service.spec?.type === "ExternalName";
const usesHealthCheckPort = (service: Service): boolean => service.spec?.type === "LoadBalancer" && service.spec.externalTrafficPolicy === "Local";

const clientIPTimeout = 10_800;

/** Services; addresses and ports come from the ranges. */
export function serviceStrategy(ranges: ServiceRanges): Strategy<Service> {
  const allocator = new ServiceAllocator(ranges);
  const strategy = kindStrategy<Service>(Services, {
    name: labelName,
    status: true,
    defaults: defaultService,
    validateStatusUpdate: (service, _old, problems) => validateServiceStatus(service, problems),
    prepareForCreate: (service) => completeClusterIPs(service),
    prepareForUpdate(service, old) {
      keepAllocated(service, old);
      completeClusterIPs(service, old);
      dropForeignFields(service, old);
    },
    strategy: {
      allowCreateOnUpdate: true,
      selectableFields: (service) => ({ "spec.clusterIP": service.spec?.clusterIP ?? "", "spec.type": service.spec?.type ?? "" }),
      warnings: serviceWarnings,
      afterDeletion: (service) => allocator.release(service),
    },
  });
  // Addresses come first, as in Kubernetes: what can't be had is reported alone.
  strategy.validate = async (service, context) => {
    const unavailable = new Problems();
    await allocator.allocate(service, undefined, unavailable, context);
    if (unavailable.list.length > 0) return unavailable.list;
    const problems = new Problems();
    validateObjectMeta(service.metadata, true, labelName, "metadata", problems);
    validateService(service, problems);
    if (problems.list.length > 0) allocator.release(service);
    return problems.list;
  };
  strategy.validateUpdate = async (service, old, context) => {
    const unavailable = new Problems();
    await allocator.allocate(service, old, unavailable, context);
    if (unavailable.list.length > 0) return unavailable.list;
    const problems = new Problems();
    validateUpdatedMetadata(service, old, problems);
    validateServiceUpdate(service, old, problems);
    return problems.list;
  };
  return strategy;
}

function defaultService(service: Service): void {
  const spec = (service.spec ??= {});
  spec.sessionAffinity ||= "None";
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === "ClientIP" && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: clientIPTimeout } };
  }
  spec.type ||= "ClusterIP";
  spec.ports?.forEach(defaultPort);
  if (isExternallyAccessible(service)) spec.externalTrafficPolicy ||= "Cluster";
  if (spec.type !== "ExternalName") spec.internalTrafficPolicy ??= "Cluster";
  if (spec.type === "LoadBalancer") {
    spec.allocateLoadBalancerNodePorts ??= true;
    for (const ingress of service.status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= "VIP";
  }
}

function defaultPort(port: ServicePort): void {
  port.protocol ||= "TCP";
  if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === "") port.targetPort = port.port;
}

/** clusterIP and clusterIPs are one field under two names. */
function completeClusterIPs(service: Service, old?: Service): void {
  const spec = service.spec!;
  const before = old?.spec;
  if (!old) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  const singleChanged = (spec.clusterIP ?? "") !== (before?.clusterIP ?? "");
  const pluralChanged = !sameValue(spec.clusterIPs, before?.clusterIPs);
  if (!singleChanged || pluralChanged) return;
  if (!spec.clusterIP) delete spec.clusterIPs;
  else spec.clusterIPs = [spec.clusterIP, ...(spec.clusterIPs ?? []).slice(1)];
}

/** An update that leaves out what the server gave keeps it. */
function keepAllocated(service: Service, old: Service): void {
  const spec = service.spec!;
  const before = old.spec!;
  if (!isExternalName(old) && !isExternalName(service)) {
    if (!spec.clusterIP && before.clusterIP) spec.clusterIP = before.clusterIP;
    if (!spec.clusterIPs?.length && before.clusterIPs && spec.clusterIP === before.clusterIP) spec.clusterIPs = [...before.clusterIPs];
  }
  if (usesNodePorts(old) && usesNodePorts(service)) keepNodePorts(spec.ports ?? [], before.ports ?? []);
  if (usesHealthCheckPort(old) && usesHealthCheckPort(service) && before.healthCheckNodePort) spec.healthCheckNodePort ||= before.healthCheckNodePort;
}

function keepNodePorts(ports: ServicePort[], before: ServicePort[]): void {
  const used = new Set(ports.map((port) => port.nodePort).filter(Boolean));
  for (const port of ports) {
    if (port.nodePort) continue;
    const match = before.find((candidate) => candidate.port === port.port && candidate.protocol === port.protocol);
    if (!match?.nodePort || used.has(match.nodePort)) continue;
    port.nodePort = match.nodePort;
    used.add(match.nodePort);
  }
}

/** After a change of type: drops what the new type has no use for, unless the update changed it as well. */
function dropForeignFields(service: Service, old: Service): void {
  const spec = service.spec!;
  const before = old.spec!;
  if (!isExternalName(old) && isExternalName(service)) {
    if (spec.clusterIP === before.clusterIP && sameValue(spec.clusterIPs, before.clusterIPs)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    if (sameValue(spec.ipFamilies, before.ipFamilies)) delete spec.ipFamilies;
    if (spec.ipFamilyPolicy === before.ipFamilyPolicy) delete spec.ipFamilyPolicy;
  }
  if (usesNodePorts(old) && !usesNodePorts(service)) dropNodePorts(spec.ports ?? [], before.ports ?? []);
  if (usesHealthCheckPort(old) && !usesHealthCheckPort(service) && spec.healthCheckNodePort === before.healthCheckNodePort)
    delete spec.healthCheckNodePort;
  if (before.type === "LoadBalancer" && spec.type !== "LoadBalancer") {
    if (spec.allocateLoadBalancerNodePorts === before.allocateLoadBalancerNodePorts) delete spec.allocateLoadBalancerNodePorts;
    if (spec.loadBalancerClass === before.loadBalancerClass) delete spec.loadBalancerClass;
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(service) && spec.externalTrafficPolicy === before.externalTrafficPolicy)
    delete spec.externalTrafficPolicy;
  if (spec.type !== "LoadBalancer") delete service.status;
}

function dropNodePorts(ports: ServicePort[], before: ServicePort[]): void {
  const known = new Set(before.map((port) => port.nodePort));
  if (ports.some((port) => port.nodePort && !known.has(port.nodePort))) return;
  for (const port of ports) delete port.nodePort;
}
