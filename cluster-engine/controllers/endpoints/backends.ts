import type { Container, Pod, Service, ServicePort } from "../../../shared/kubernetes/types.ts";
import { labelSetMatcher } from "../../api/selectors.ts";
import type { Informer } from "../../client/types.ts";
import { semanticEqual } from "../equality.ts";
import { isReady, isTerminal } from "../podState.ts";

// What Endpoints and EndpointSlices have in common: which pods are behind a Service, and at which ports.

export const headlessLabel = "service.kubernetes.io/headless";

export const isHeadless = ({ spec }: Service): boolean => !spec?.clusterIP || spec.clusterIP === "None";

/** Services with a selector are the controllers' to fill; others are their users'. */
export const hasSelector = ({ spec }: Service): boolean =>
  spec?.type !== "ExternalName" && spec?.selector !== undefined && Object.keys(spec.selector).length > 0;

export function selectedPods(service: Service, pods: Informer<Pod>): Pod[] {
  const selects = labelSetMatcher(service.spec!.selector);
  return pods.list(service.metadata.namespace).filter((pod) => selects(pod.metadata.labels));
}

/** The keys of the Services that select this pod. */
export const servicesOf =
  (services: Informer<Service>) =>
  (pod: Pod): string[] =>
    services
      .list(pod.metadata.namespace)
      .filter((service) => hasSelector(service) && labelSetMatcher(service.spec!.selector)(pod.metadata.labels))
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);

/** Whether an update of a pod can change what is behind its Services. */
export const movesTraffic = (pod: Pod, old: Pod): boolean => !semanticEqual(traits(pod), traits(old));

const traits = ({ metadata, spec, status }: Pod): unknown => [
  metadata.labels,
  metadata.deletionTimestamp,
  spec.nodeName,
  status?.phase,
  status?.podIPs,
  status?.conditions?.find(({ type }) => type === "Ready")?.status,
];

/** What a pod gives to a Service. */
export interface Backend {
  /** Of the pod, all families. */
  addresses: string[];
  ports: BackendPort[];
  /** Takes new traffic; `serving` is the same but for pods that are on their way out. */
  ready: boolean;
  serving: boolean;
  terminating: boolean;
  /** The name by which cluster DNS finds the pod under the Service. */
  hostname?: string;
  nodeName?: string;
  targetRef: { kind: "Pod"; namespace: string; name: string; uid: string };
}

/** The pods that have an address and have not ended. */
export const backendsOf = (service: Service, pods: Pod[]): Backend[] =>
  pods.filter((pod) => !isTerminal(pod) && pod.status?.podIP).map((pod) => backendOf(service, pod));

function backendOf(service: Service, pod: Pod): Backend {
  const { namespace, name, uid, deletionTimestamp } = pod.metadata;
  const { hostname, subdomain, nodeName } = pod.spec;
  const serving = isReady(pod);
  const terminating = deletionTimestamp !== undefined;
  return {
    addresses: pod.status!.podIPs?.map(({ ip }) => ip) ?? [pod.status!.podIP!],
    ports: portsOf(service, pod),
    ready: publishesNotReady(service) || (serving && !terminating),
    serving,
    terminating,
    ...(hostname && subdomain === service.metadata.name ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: "Pod", namespace, name, uid },
  };
}

export const publishesNotReady = ({ spec }: Service): boolean => spec?.publishNotReadyAddresses ?? false;

export type AddressType = "IPv4" | "IPv6";

/** The families that a Service has, the main one first. */
export function addressTypesOf({ spec }: Service): AddressType[] {
  if (spec?.ipFamilies?.length) return spec.ipFamilies as AddressType[];
  return [spec?.clusterIP?.includes(":") ? "IPv6" : "IPv4"];
}

export const isOfType = (address: string, type: AddressType): boolean => address.includes(":") === (type === "IPv6");

export interface BackendPort {
  name: string;
  port: number;
  protocol: "TCP" | "UDP" | "SCTP";
  appProtocol?: string;
}

/** The Service's ports as this pod has them; one that the pod does not name is left out. */
function portsOf(service: Service, pod: Pod): BackendPort[] {
  return (service.spec?.ports ?? []).flatMap((servicePort) => {
    const port = findPort(pod, servicePort);
    if (port === undefined) return [];
    const { name = "", protocol = "TCP", appProtocol } = servicePort;
    return [{ name, port, protocol, ...(appProtocol ? { appProtocol } : {}) }];
  });
}

function findPort({ spec }: Pod, { targetPort, port, protocol = "TCP" }: ServicePort): number | undefined {
  if (targetPort === undefined || targetPort === 0) return port;
  if (typeof targetPort === "number") return targetPort;
  const sidecars = (spec.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  for (const container of [...spec.containers, ...sidecars] as Container[]) {
    const found = container.ports?.find((each) => each.name === targetPort && (each.protocol ?? "TCP") === protocol);
    if (found) return found.containerPort;
  }
  return undefined;
}
